/** The least that can be a runner (spec/surfaces.md S§2.2), in this process: what it begins is an event and nothing else. */
import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import { token } from "./gateway.ts";

export interface Runner {
  /** Ids of the sessions for which it began something, in order. */
  readonly begun: string[];
  /** Channels of processes that it was told to end, in order. */
  readonly ended: string[];
}

interface Command {
  commandId: string;
  target: string;
  name: string;
  args?: { sessionId?: string };
}

const everyMs = 50;

/** Asks `url` for its work until the test is over; an answer that is none is asked for again. */
export async function openRunner(url: string, name: string): Promise<Runner> {
  const own = `agent:runner-${name}`;
  const runner: Runner = { begun: [], ended: [] };
  const held = new Map<string, { epoch: number; seq: number }>();
  const taken = new Set<string>();
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, everyMs));
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    for (; !isOver; await pause()) {
      try {
        const sent = body === undefined ? {} : { body: JSON.stringify(body) };
        const answer = await fetch(url + path, { method, headers, ...sent });
        if (answer.status < 500) return await answer.json();
      } catch {
        // A node is away; the next one is not.
      }
    }
    return undefined;
  };
  const lease = async (channel: string): Promise<void> => {
    const known = held.get(channel);
    const wish = { producer: name, ttlMs: 30_000, takeOver: true, ...(known && { epoch: known.epoch }) };
    const answer = (await ask("PUT", `/v1/leases/${channel}`, wish)) as { epoch?: number } | undefined;
    if (answer?.epoch !== undefined && known === undefined) held.set(channel, { epoch: answer.epoch, seq: 0 });
  };
  /** False: it was refused. */
  const say = async (channel: string, type: string, data: object): Promise<boolean> => {
    const place = held.get(channel);
    const producer = place && { id: name, epoch: place.epoch, seq: ++place.seq };
    const event = { id: randomUUID(), channel, type, data, ...(producer && { metadata: { producer } }) };
    const answer = (await ask("POST", "/v1/events", [event])) as { results?: Array<{ error?: unknown }> } | undefined;
    const isKept = answer?.results?.[0] !== undefined && answer.results[0].error === undefined;
    if (!isKept && place !== undefined) place.seq--;
    return isKept;
  };
  const start = async ({ commandId, args }: Command): Promise<void> => {
    if (!(await say(own, "command_started", { commandId, target: own }))) return;
    runner.begun.push(args?.sessionId ?? "");
    const processId = `p-${commandId}`;
    const channel = `process:${processId}`;
    await lease(channel);
    await say(channel, "process_started", { processId, command: "work", args: [] });
    await say(own, "command_done", { commandId, target: own, result: { processId, channel } });
  };
  const cancel = async ({ commandId, target }: Command): Promise<void> => {
    if (!(await say(target, "command_started", { commandId, target }))) return;
    runner.ended.push(target);
    await say(target, "process_stopped", {
      processId: target.slice("process:".length),
      exitCode: null,
      signal: "SIGTERM",
    });
    await say(target, "command_done", { commandId, target });
  };
  await lease(own);
  await say(own, "agent_commands", {
    agentId: `runner-${name}`,
    commands: [{ name: "start", args: { type: "object" } }],
  });
  const work = async (): Promise<void> => {
    for (; !isOver; await pause()) {
      for (const channel of held.keys()) {
        const open = (await ask("GET", `/v1/commands?target=${channel}&state=open`)) as { commands?: Command[] };
        for (const command of open?.commands ?? []) {
          if (taken.has(command.commandId)) continue;
          taken.add(command.commandId);
          await (command.name === "start" ? start(command) : cancel(command));
        }
      }
    }
  };
  void work();
  return runner;
}
