/** An agent that builds what the developer writes, again and again. */
import type { Task } from "@signalbox/agent";
import type { Site } from "./fleet.ts";
import { scriptPath } from "./script.ts";

/** Passes that make one task. */
const passesPerTask = 5;

export async function build(site: Site): Promise<void> {
  const agent = await site.agent("demo-builder", "builder");
  let pass = 0;
  let tasks = 0;
  const begin = (): Task => agent.task({ id: `build-${++tasks}`, title: "Keep the build fresh", type: "build" });
  let task = begin();
  agent.status("running");
  await site.run({
    agentId: agent.agentId,
    stop: AbortSignal.any([site.stop, agent.signal]),
    processId: "demo-build",
    name: "build --watch",
    command: process.execPath,
    args: [scriptPath("build-project"), site.directory],
    onLine: (line) => {
      const result = /pass (\d+): (.*)$/.exec(line);
      if (result === null) return;
      pass++;
      task.progress((((pass - 1) % passesPerTask) + 1) * (100 / passesPerTask), result[2] ?? "");
      if (pass % passesPerTask !== 0) return;
      site.say("builder", `${pass} builds, the last: ${result[2]}`);
      task.done();
      task = begin();
    },
  });
  await agent.close();
}
