/**
 * B2, B5, B7, D5, W1 with agents in real processes: without a gateway at first, killed, stopped, replaced; what they said is
 * there once and in order, what they were told was done at most once, what people decided is found again.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { flushSpools, listSpools } from "@signalbox/agent";
import { createClient } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cli } from "./support/cli.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, history, post } from "./support/http.ts";
import { until } from "./support/until.ts";

type Line = Record<string, unknown>;

interface AgentProcess {
  child: ChildProcess;
  lines: Line[];
  tell(method: string, ...args: unknown[]): void;
  /** Resolves with the first line, from now on or before, that has this member. */
  said(member: string): Promise<Line>;
  kill9(): Promise<void>;
}

let gateway: Gateway;
let folder: string;
/** What an agent has: a key of the role agent, bound to it. */
let token: string;
let agents: AgentProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-agents-"));
  gateway = await startGateway();
  const create = ["keys", "create", "a", "--role", "agent", "--agent", "a", "--data-dir", gateway.dataDir];
  const created = cli(create, { cwd: folder });
  expect(await created.ended).toBe(0);
  token = created.stdout().trim();
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.kill9()));
  agents = [];
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

const spools = (): string => join(folder, "spool");
const effectsFile = (): string => join(folder, "effects");

/** Commands that were carried out, once for each time. */
const effects = (): string[] =>
  existsSync(effectsFile()) ? readFileSync(effectsFile(), "utf8").split("\n").filter(Boolean) : [];

async function start(agentId: string, options: Record<string, unknown> = {}): Promise<AgentProcess> {
  const script = join(import.meta.dirname, "support/agent-process.ts");
  const settings = JSON.stringify({ effects: effectsFile(), ttlMs: 60_000, ...options });
  const args = ["--conditions=source", script, gateway.url, token, agentId, spools(), settings];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines: Line[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
  const agent: AgentProcess = {
    child,
    lines,
    tell: (method, ...rest) => void child.stdin.write(`${JSON.stringify([method, ...rest])}\n`),
    said: async (member) => {
      await until(`${agentId} says ${member}`, () => lines.some((line) => member in line));
      return lines.find((line) => member in line) ?? {};
    },
    kill9: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
  agents.push(agent);
  await agent.said("started");
  return agent;
}

/** The command line against this gateway; resolves with the exit code. */
const signalbox = (...args: string[]): Promise<number | string> =>
  cli(args, { cwd: folder, env: { SIGNALBOX_URL: gateway.url, SIGNALBOX_TOKEN: gateway.token } }).ended;

type Event = Publication<string, Record<string, unknown>>;

const events = async (agentId: string): Promise<Event[]> =>
  (await history(gateway, `agent:${agentId}`)).map((event) => ({ ...event, data: Object(event.data) }));

const logs = async (agentId: string): Promise<number[]> =>
  (await events(agentId)).filter(({ type }) => type === "agent_log").map(({ data }) => Number(data.message));

const statuses = async (agentId: string): Promise<unknown[]> =>
  (await events(agentId)).filter(({ type }) => type === "agent_status").map(({ data }) => data.status);

const newestLogged = ({ lines }: AgentProcess): number =>
  lines.reduce((most, line) => Math.max(most, Number(line.logged ?? 0)), 0);

const oneTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

async function get(path: string): Promise<Line> {
  const answer = await fetch(`${gateway.url}${path}`, { headers: bearer(gateway.token) });
  return (await answer.json()) as Line;
}

const leaseIs = (agentId: string, state: string): Promise<void> =>
  until(
    `the lease of ${agentId} is ${state}`,
    async () => (await get(`/v1/leases/${encodeURIComponent(`agent:${agentId}`)}`)).state === state,
  );

test("W1 an agent that began without a gateway, and whose gateway is killed, loses and doubles nothing", async () => {
  await gateway.kill9();
  const agent = await start("a");
  await until("it works alone", () => newestLogged(agent) > 50);
  for (let round = 0; round < 3; round++) {
    await gateway.restart();
    const soFar = newestLogged(agent);
    await until("it catches up", async () => (await logs("a")).length > soFar);
    await gateway.kill9();
  }
  await gateway.restart();
  agent.tell("done");
  expect(await agent.said("left")).toEqual({ left: 0 });
  expect(await logs("a")).toEqual(oneTo(newestLogged(agent)));
  expect((await statuses("a")).at(-1)).toBe("done");
  expect(await get("/v1/leases/agent:a")).toMatchObject({ state: "released" });
  expect(listSpools(spools())).toEqual([]);
});

test("W1 an agent that is killed again and again loses nothing it had spooled: the next one sends the rest, once", async () => {
  let from = 1;
  for (let round = 0; round < 4; round++) {
    // In every other round it never meets the gateway.
    if (round % 2 === 1) await gateway.kill9();
    const agent = await start("a", { from });
    await until("it works", () => newestLogged(agent) >= from + 40);
    await agent.kill9();
    from = newestLogged(agent) + 1;
    if (round % 2 === 1) await gateway.restart();
  }
  const last = await start("a", { from });
  await until("it works", () => newestLogged(last) >= from + 5);
  last.tell("done");
  expect(await last.said("left")).toEqual({ left: 0 });
  const got = await logs("a");
  // A number may have been spooled whose line on stdout the kill cut off; then it comes again from the next process.
  expect([...new Set(got)].sort((a, b) => a - b)).toEqual(oneTo(newestLogged(last)));
  expect(got.length - new Set(got).size).toBeLessThanOrEqual(4);
  const ids = (await events("a")).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(got).toEqual([...got].sort((a, b) => a - b));
});

test("W1 what a killed agent left is sent by a flush, which says that it is gone", async () => {
  await gateway.kill9();
  const agent = await start("a");
  await until("it works", () => newestLogged(agent) > 20);
  await agent.kill9();
  await gateway.restart();
  const client = createClient({ url: gateway.url, token: gateway.token });
  const [flushed] = await flushSpools({ gateway: client, url: gateway.url, root: spools() });
  client.close();
  expect(flushed).toMatchObject({ left: 0 });
  expect((await logs("a")).length).toBeGreaterThan(20);
  expect((await statuses("a")).at(-1)).toBe("lost");
});

test("B5 D5 a stopped agent is lost once, within its lease; continued, it goes on in a new epoch", async () => {
  const agent = await start("a", { ttlMs: 2_000 });
  await until("it is heard", async () => (await logs("a")).length > 5);
  agent.child.kill("SIGSTOP");
  await until("it is lost", async () => (await statuses("a")).includes("lost"));
  agent.child.kill("SIGCONT");
  await until("it is back", async () => (await statuses("a")).at(-1) === "running");
  agent.tell("done");
  expect(await agent.said("left")).toEqual({ left: 0 });
  expect((await statuses("a")).filter((status) => status === "lost")).toHaveLength(1);
  expect(await logs("a")).toEqual(oneTo(newestLogged(agent)));
  const back = (await events("a")).findLast(({ data }) => data.previousStatus === "lost");
  expect(back).toMatchObject({ data: { status: "running" }, metadata: { producer: { id: "a", epoch: 2 } } });
});

test("B5 an agent whose place another takes learns it and stops; its spool rests", async () => {
  const first = await start("a", { ttlMs: 1_000 });
  await until("it is heard", async () => (await logs("a")).length > 5);
  const second = await start("a", { producer: "a-2", takeOver: true, from: 1_000_000 });
  expect(await first.said("fenced")).toEqual({ fenced: { producer: "a-2", epoch: 2 } });
  expect(await first.said("ended")).toEqual({ ended: "fenced" });
  const taken = (await events("a")).findLast(({ type }) => type === "lease_held")?.offset ?? 0;
  await until("the second one is heard", async () => (await logs("a")).some((number) => number >= 1_000_000));
  const after = (await events("a")).filter(({ offset }) => offset > taken);
  expect(new Set(after.flatMap(({ metadata }) => metadata?.producer?.id ?? []))).toEqual(new Set(["a-2"]));
  second.tell("done");
  await second.said("left");
});

test("B7 commands around kills of the agent: each at most once, and what was cut off is said", async () => {
  const given: string[] = [];
  const give = async (commandId: string, args?: unknown): Promise<void> => {
    given.push(commandId);
    const body = { target: "agent:a", name: "work", commandId, ...(args === undefined ? {} : { args }) };
    await post(gateway, "/v1/commands", body);
  };
  await give("before");
  for (let round = 0; round < 3; round++) {
    const agent = await start("a");
    for (let i = 0; i < 5; i++) await give(`k${round}-${i}`);
    await give(`cut-${round}`, "for ever");
    await give(`behind-${round}`);
    await until("it is at the one that does not end", () =>
      agent.lines.some((line) => line.working === `cut-${round}`),
    );
    await agent.kill9();
  }
  const last = await start("a");
  const stateOf = async (id: string): Promise<unknown> => (await get(`/v1/commands/${id}`)).state;
  for (const id of given) {
    await until(`${id} has ended`, async () => ["done", "failed"].includes(String(await stateOf(id))));
  }
  for (const id of given) {
    const { state, code } = await get(`/v1/commands/${id}`);
    const expected = id.startsWith("cut") ? { state: "failed", code: "interrupted" } : { state: "done" };
    expect({ id, state, ...(code === undefined ? {} : { code }) }).toEqual({ id, ...expected });
  }
  expect(effects().sort()).toEqual(given.sort());
  await last.kill9();
});

test("B2 an agent killed while people decide asks again and finds the answer; that it acted is said once", async () => {
  const question = { id: "deploy-1", title: "Deploy?", data: { changes: 3 } };
  const first = await start("a");
  first.tell("ask", question);
  const isAsked = async (): Promise<boolean> => (await get("/v1/checkpoints/deploy-1")).state === "open";
  await until("it asked", isAsked);
  await until("it says that it waits", async () => (await statuses("a")).at(-1) === "waiting_approval");
  await first.kill9();
  await gateway.kill9();
  await gateway.restart();
  await post(gateway, "/v1/checkpoints/deploy-1/decision", { decision: "approve" });
  const second = await start("a");
  second.tell("ask", question);
  const { decision } = await second.said("decision");
  expect(decision).toMatchObject({ checkpointId: "deploy-1", decision: "approve", how: "decided", applied: false });
  second.tell("applied", "deploy-1", { deployed: true });
  await second.said("applied");
  second.tell("applied", "deploy-1", { deployed: true });
  await until("it said it twice", () => second.lines.filter((line) => "applied" in line).length === 2);
  const types = (await events("a")).map(({ type }) => type).filter((type) => type.startsWith("checkpoint_"));
  expect(types).toEqual(["checkpoint_required", "checkpoint_decided", "checkpoint_applied"]);
  await until("it goes on", async () => (await statuses("a")).at(-1) === "running");
});

test("B2 a question outlives the gateway's death, and each answers the one who asked", async () => {
  const agent = await start("a");
  agent.tell("ask", { id: "q1", title: "One?", data: 1 });
  await until("it asked", async () => (await get("/v1/checkpoints/q1")).state === "open");
  await gateway.kill9();
  await gateway.restart();
  expect(await signalbox("deny", "q1", "--reason", "not today")).toBe(0);
  expect((await agent.said("decision")).decision).toMatchObject({ decision: "deny", reason: "not today" });
});

test("B7 pause, resume and cancel by the command line, with a child that ends with its parent", async () => {
  const agent = await start("a", { children: ["sub-1"] });
  const command = async (name: string): Promise<void> => {
    expect(await signalbox("command", "agent:a", name, "--wait")).toBe(0);
  };
  await leaseIs("a", "held");
  await leaseIs("a/sub-1", "held");
  await command("pause");
  await until("it is paused", async () => (await statuses("a")).at(-1) === "paused");
  const paused = newestLogged(agent);
  await command("resume");
  await until("it works on", () => newestLogged(agent) > paused + 5);
  expect((await statuses("a")).at(-1)).toBe("running");
  await command("cancel");
  expect(await agent.said("ended")).toEqual({ ended: "cancelled" });
  expect(await agent.said("left")).toEqual({ left: 0 });
  expect((await statuses("a")).at(-1)).toBe("cancelled");
  expect((await statuses("a/sub-1")).at(-1)).toBe("cancelled");
  await leaseIs("a", "released");
  await leaseIs("a/sub-1", "released");
});

test("D5 memory is written once, counted on by the next process", async () => {
  const first = await start("a", { sessionId: "s1" });
  first.tell("remember", "plan", "one");
  first.tell("remember", "plan", "two");
  first.tell("done");
  expect(await first.said("left")).toEqual({ left: 0 });
  const second = await start("a", { sessionId: "s1" });
  second.tell("remember", "plan", "three");
  second.tell("done");
  expect(await second.said("left")).toEqual({ left: 0 });
  const updates = (await history(gateway, "session:s1")).filter(({ type }) => type === "memory_update");
  expect(updates.map(({ data }) => data)).toEqual(
    ["one", "two", "three"].map((value, i) => ({ sessionId: "s1", key: "plan", version: i + 1, value, author: "a" })),
  );
});
