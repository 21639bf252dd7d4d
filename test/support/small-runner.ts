/**
 * The least that can be a runner (spec/surfaces.md S§2.2), in a process of its own and over plain HTTP: it takes its lease, says which recipes it has,
 * and carries out `start` and `cancel`. `quick` ends at once, `fails` badly, `forever` when it is told to, `stubborn` only when it is killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";

const [url = "", token = "", name = "", ...recipes] = process.argv.slice(2);
const agentId = `runner-${name}`;
const own = `agent:${agentId}`;

interface Command {
  commandId: string;
  target: string;
  name: string;
  args?: { recipe?: string; sessionId?: string };
}

/** Epoch and last seq of each channel whose lease is held. */
const held = new Map<string, { epoch: number; seq: number }>();
const running = new Map<string, ChildProcess>();

/** Undefined: there is no answer that counts, because the gateway is away or cannot answer now. */
async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer | undefined> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  try {
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.status < 500 ? ((await response.json()) as Answer) : undefined;
  } catch {
    // The gateway is away; its address stays.
    return undefined;
  }
}

async function renew(channel: string): Promise<void> {
  const known = held.get(channel);
  const lease = {
    producer: agentId,
    ttlMs: 15_000,
    takeOver: true,
    ...(known === undefined ? {} : { epoch: known.epoch }),
  };
  const taken = await ask<{ epoch?: number }>("PUT", `/v1/leases/${channel}`, lease);
  if (taken?.epoch !== undefined && known === undefined) held.set(channel, { epoch: taken.epoch, seq: 0 });
}

const turns = new Map<string, Promise<boolean>>();

/** One after the other in each channel: a producer counts its events. */
function publish(channel: string, type: string, data: unknown): Promise<boolean> {
  const turn = (turns.get(channel) ?? Promise.resolve(true)).then(() => publishNow(channel, type, data));
  turns.set(channel, turn);
  return turn;
}

/** Sent until it has an answer, with the same id: so a step whose answer was lost is known again. */
async function publishNow(channel: string, type: string, data: unknown): Promise<boolean> {
  const place = held.get(channel);
  const producer = place && { id: agentId, epoch: place.epoch, seq: place.seq + 1 };
  const event = {
    ...{ id: randomUUID(), channel, type, data },
    ...(producer === undefined ? {} : { metadata: { producer } }),
  };
  for (;;) {
    const answer = await ask<{ results?: Array<{ error?: unknown }> }>("POST", "/v1/events", [event]);
    if (answer === undefined) {
      await pause();
      continue;
    }
    const [result] = answer.results ?? [];
    if (result === undefined || result.error !== undefined) return false;
    if (place !== undefined) place.seq++;
    return true;
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

const scripts: Record<string, string> = {
  quick: "process.exit(0)",
  fails: "process.exit(3)",
  forever: "setInterval(() => {}, 1000)",
  stubborn: "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')",
};

async function start({ commandId, args = {} }: Command): Promise<void> {
  if (!(await publish(own, "command_started", { commandId, target: own }))) return;
  const processId = `p-${commandId}`;
  const channel = `process:${processId}`;
  await renew(channel);
  const { recipe = "", sessionId } = args;
  const script = scripts[recipe] ?? "process.exit(1)";
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
  running.set(channel, child);
  const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  // Before that it would obey.
  if (recipe === "stubborn") await once(child.stdout, "data");
  await publish(channel, "process_started", { processId, command: recipe, args: [], pid: child.pid, sessionId });
  await publish(own, "command_done", { commandId, target: own, result: { processId, channel, pid: child.pid } });
  void ended.then(async (how) => {
    running.delete(channel);
    await publish(channel, "process_stopped", { processId, ...how });
  });
}

async function cancel({ commandId, target }: Command): Promise<void> {
  if (!(await publish(target, "command_started", { commandId, target }))) return;
  running.get(target)?.kill("SIGTERM");
  await publish(target, "command_done", { commandId, target });
}

process.on("exit", () => {
  for (const child of running.values()) child.kill("SIGKILL");
});
process.on("SIGTERM", () => process.exit(0));

const recipe = { type: "string", enum: recipes };
const schema = { type: "object", required: ["recipe"], properties: { recipe, args: { type: "object" } } };
const commands = [{ name: "start", args: schema }];

await renew(own);
await publish(own, "agent_status", { agentId, status: "idle" });
await publish(own, "agent_commands", { agentId, commands });
process.stdout.write(`${JSON.stringify({ ready: agentId })}\n`);
for (;;) {
  for (const channel of [own, ...running.keys()]) {
    await renew(channel);
    const open = await ask<{ commands?: Command[] }>("GET", `/v1/commands?target=${channel}&state=open`);
    for (const command of open?.commands ?? []) await (command.name === "start" ? start(command) : cancel(command));
  }
  await pause();
}
