/**
 * An agent in a process of its own, told what to do by lines of JSON on stdin: [method, ...arguments]. Each thing that
 * happens is a line of JSON on stdout. It works on by itself: every few milliseconds it logs the next number.
 */
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { AgentEnded, startAgent } from "@signalbox/agent";

const [url = "", token = "", agentId = "", root = "", options = "{}"] = process.argv.slice(2);
const { effects, children, everyMs = 5, ...settings } = JSON.parse(options);

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const agent = await startAgent({
  ...{ url, token, agentId, spool: { root } },
  ...settings,
  onFenced: (holder) => say({ fenced: holder ?? null }),
  onRefused: ({ message }) => say({ refused: message }),
});
agent.lease.subscribe(() => say({ lease: agent.lease.snapshot().state }));

/** What a command did in the world: a line for each time, so that twice is seen. */
agent.command("work", { title: "Work" }, async ({ commandId, args, signal }) => {
  appendFileSync(effects, `${commandId}\n`);
  say({ working: commandId });
  if (args === "for ever") await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return { worked: commandId };
});
for (const name of children ?? []) agent.child(name).status("running");

agent.status("running");
say({ started: process.pid });

let next = Number(settings.from ?? 1);
async function work(): Promise<void> {
  for (;;) {
    await agent.proceed();
    agent.log("info", String(next));
    say({ logged: next++ });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
work().catch(async (error) => {
  if (!(error instanceof AgentEnded)) throw error;
  say({ ended: error.code });
  if (error.code === "cancelled") say({ left: await agent.close() });
});

const methods: Record<string, (...args: never[]) => unknown> = {
  ask: async (question) => say({ decision: await agent.ask(question) }),
  applied: async (id, outcome) => say({ applied: await agent.applied(id, outcome).then(() => id) }),
  remember: (key, value) => agent.memory.set(key, value),
  done: async () => say({ left: await agent.done("all done") }),
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const [method, ...args]: [string, ...never[]] = JSON.parse(line);
  void methods[method]?.(...args);
});
