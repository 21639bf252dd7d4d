/** An agent that watches the gateway's health from outside. */
import type { Site } from "./fleet.ts";
import { scriptPath } from "./script.ts";

/** Checks that make one task. */
const checksPerTask = 20;

export async function check(site: Site): Promise<void> {
  const agent = site.agent("demo-checker", "monitor");
  let checks = 0;
  let task = 0;
  const beginTask = (): void => agent.begin({ id: `watch-${++task}`, title: "Watch the gateway", type: "monitor" });
  beginTask();
  await site.run({
    agentId: agent.id,
    processId: "demo-check",
    name: `check ${site.url}`,
    command: process.execPath,
    args: [scriptPath("check-health"), site.url],
    onLine: (line) => {
      if (!line.includes("seq=")) return;
      checks++;
      if (!line.includes("status=200")) agent.log("warn", line);
      if (checks % 5 === 0) agent.progress((((checks - 1) % checksPerTask) + 1) * (100 / checksPerTask), line);
      if (checks % checksPerTask !== 0) return;
      site.say("checker", line);
      agent.done();
      beginTask();
    },
  });
  agent.status("offline");
}
