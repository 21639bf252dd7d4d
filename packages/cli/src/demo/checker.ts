/** An agent that watches the gateway's health from outside. */
import type { Task } from "@signalbox/agent";
import type { Site } from "./fleet.ts";
import { scriptPath } from "./script.ts";

/** Checks that make one task. */
const checksPerTask = 20;

export async function check(site: Site): Promise<void> {
  const agent = await site.agent("demo-checker", "monitor");
  let checks = 0;
  let tasks = 0;
  const begin = (): Task => agent.task({ id: `watch-${++tasks}`, title: "Watch the gateway", type: "monitor" });
  let task = begin();
  agent.status("running");
  await site.run({
    agentId: agent.agentId,
    stop: AbortSignal.any([site.stop, agent.signal]),
    processId: "demo-check",
    name: `check ${site.url}`,
    command: process.execPath,
    args: [scriptPath("check-health"), site.url],
    onLine: (line) => {
      if (!line.includes("seq=")) return;
      checks++;
      if (!line.includes("status=200")) agent.log("warn", line);
      if (checks % 5 === 0) task.progress((((checks - 1) % checksPerTask) + 1) * (100 / checksPerTask), line);
      if (checks % checksPerTask !== 0) return;
      site.say("checker", line);
      task.done();
      task = begin();
    },
  });
  await agent.close();
}
