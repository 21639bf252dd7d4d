/** An agent that builds what the developer writes, again and again. */
import type { Site } from "./fleet.ts";
import { scriptPath } from "./script.ts";

/** Passes that make one task. */
const passesPerTask = 5;

export async function build(site: Site): Promise<void> {
  const agent = site.agent("demo-builder", "builder");
  let pass = 0;
  let task = 0;
  const beginTask = (): void => agent.begin({ id: `build-${++task}`, title: "Keep the build fresh", type: "build" });
  beginTask();
  await site.run({
    agentId: agent.id,
    processId: "demo-build",
    name: "build --watch",
    command: process.execPath,
    args: [scriptPath("build-project"), site.directory],
    onLine: (line) => {
      const result = /pass (\d+): (.*)$/.exec(line);
      if (result === null) return;
      pass++;
      agent.progress((((pass - 1) % passesPerTask) + 1) * (100 / passesPerTask), result[2] ?? "");
      if (pass % passesPerTask !== 0) return;
      site.say("builder", `${pass} builds, the last: ${result[2]}`);
      agent.done();
      beginTask();
    },
  });
  agent.status("offline");
}
