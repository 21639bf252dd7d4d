/**
 * §14 with real processes: agents that use tokens are warned of, paused and cancelled, while their gateway is killed again
 * and again; what it counted is what it kept. And a whole fleet is stopped, of which one does not answer.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Publication } from "@signalbox/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cli } from "./support/cli.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, history, post } from "./support/http.ts";
import { until } from "./support/until.ts";

type Line = Record<string, unknown>;

interface Agent {
  agentId: string;
  child: ChildProcess;
  /** What it printed. */
  lines: Line[];
}

interface Event extends Publication {
  data: Record<string, unknown>;
}

let gateway: Gateway;
let agents: Agent[] = [];

beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(async () => {
  await Promise.all(agents.map(end));
  agents = [];
  await gateway.stop();
});

/** Begins an agent; resolves when it has its lease. */
async function begin(agentId: string, how: string, onLine: () => void = () => {}): Promise<Agent> {
  const script = join(import.meta.dirname, "support/token-eater.ts");
  const args = [script, gateway.url, gateway.token, agentId, how, "s1"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const agent: Agent = { agentId, child, lines: [] };
  agents.push(agent);
  createInterface({ input: child.stdout }).on("line", (line) => {
    agent.lines.push(JSON.parse(line));
    onLine();
  });
  await until(`${agentId} has its lease`, () => agent.lines.length > 0);
  return agent;
}

async function end({ child }: Agent): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

const eventsOf = async (channel: string): Promise<Event[]> => (await history(gateway, channel)) as Event[];
const usedBy = ({ lines }: Agent): number => Number(lines.findLast(({ used }) => used !== undefined)?.used ?? 0);
const didOf = ({ lines }: Agent): unknown[] => lines.flatMap(({ did }) => (did === undefined ? [] : [did]));

interface Budget {
  state: string;
  used: { tokens: number };
  paused?: { given: number; counts: Record<string, number> };
  cancelled?: { given: number; counts: Record<string, number> };
}

async function budgetOf(scope: string): Promise<Budget> {
  const answer = await fetch(`${gateway.url}/v1/budgets/${scope}`, { headers: bearer(gateway.token) });
  return (await answer.json()) as Budget;
}

const set = (scope: string, tokens: number, more: object = {}) =>
  post(gateway, "/v1/events", { type: "budget_set", data: { scope, limits: { tokens }, ...more } });

test("B12 agents are warned of, paused and cancelled, once each, whatever kills the gateway", async () => {
  const limit = 40_000;
  await set("session:s1", limit);
  // They count as well, and are not reached.
  for (const scope of ["agent:stubborn", "global"]) await set(scope, 10 * limit);
  // Killed at an answer: what follows from it may or may not have been kept by then.
  const killsAt = [0.3, 0.79, 0.8, 0.85, 0.98, 1, 1.05, 1.18, 1.2, 1.3].map((share) => share * limit);
  let kills = 0;
  let killing: Promise<void> = Promise.resolve();
  const watch = (): void => {
    const total = agents.reduce((sum, agent) => sum + usedBy(agent), 0);
    if (total < (killsAt[0] ?? Number.POSITIVE_INFINITY)) return;
    killsAt.shift();
    kills++;
    const killed = gateway.kill9();
    killing = killing.then(() => killed).then(() => gateway.restart());
  };
  const obedient = await begin("obedient", "obedient", watch);
  const stubborn = await begin("stubborn", "stubborn", watch);
  await until("both have ended", () => [obedient, stubborn].every(({ child }) => child.exitCode !== null));
  await killing;
  expect(kills).toBeGreaterThanOrEqual(7);

  await until("the session is cancelled", async () => (await budgetOf("session:s1")).state === "cancelled");
  const stages = (await eventsOf("session:s1")).map(({ type }) => type);
  expect(stages).toEqual(["budget_set", "budget_warned", "budget_paused", "budget_cancelled"]);
  // Nothing was counted twice, nothing was left out: the budget, the log, and what the agents were told agree.
  const kept = new Map<string, number>();
  for (const agent of [obedient, stubborn]) {
    const usage = (await eventsOf(`agent:${agent.agentId}`)).filter(({ type }) => type === "agent_usage");
    kept.set(
      agent.agentId,
      usage.reduce((sum, { data }) => sum + Number(data.inputTokens) + Number(data.outputTokens), 0),
    );
    expect(kept.get(agent.agentId)).toBe(usedBy(agent));
    expect(agent.lines.filter(({ wrong }) => wrong !== undefined)).toEqual([]);
  }
  const total = [...kept.values()].reduce((sum, tokens) => sum + tokens, 0);
  expect((await budgetOf("session:s1")).used.tokens).toBe(total);
  expect(await budgetOf("global")).toMatchObject({ state: "open", used: { tokens: total } });
  expect(await budgetOf("agent:stubborn")).toMatchObject({ state: "open", used: { tokens: kept.get("stubborn") } });

  // Each was told once to pause and once to cancel, did so once, and the receipts say so.
  for (const agent of [obedient, stubborn]) {
    const given = (await eventsOf(`agent:${agent.agentId}`)).filter(({ type }) => type === "command_queued");
    expect(given.map(({ data }) => data.name)).toEqual(["pause", "cancel"]);
    expect(didOf(agent).sort()).toEqual(["cancel", "pause"]);
  }
  const { paused, cancelled } = await budgetOf("session:s1");
  for (const receipt of [paused, cancelled]) expect(receipt).toMatchObject({ given: 2, counts: { done: 2 } });

  // A new count begins at nothing, and an agent that comes now is told nothing.
  await set("session:s1", limit, { reset: true });
  await gateway.kill9();
  await gateway.restart();
  expect(await budgetOf("session:s1")).toMatchObject({ state: "open", used: { tokens: 0 } });
  const late = await begin("late", "obedient");
  await until("the late one works", () => usedBy(late) > 2_000);
  expect(didOf(late)).toEqual([]);
});

test("B12 who comes to work under a budget that is used up is told so, also where the gateway was killed meanwhile", async () => {
  await set("global", 1_000, { cancelAt: null });
  const first = await begin("first", "obedient");
  await until("the first one has paused", () => didOf(first).length > 0);
  const second = await begin("second", "idle");
  await gateway.kill9();
  await gateway.restart();
  await until("the second one has paused", () => didOf(second).length > 0);
  expect([didOf(first), didOf(second)]).toEqual([["pause"], ["pause"]]);
  await until("the receipt has both", async () => (await budgetOf("global")).paused?.counts.done === 2);
});

test("B12 a fleet is stopped with one command, and who does not answer is named", async () => {
  await Promise.all([begin("a", "idle"), begin("b", "idle"), begin("deaf", "deaf")]);
  const env = { SIGNALBOX_URL: gateway.url, SIGNALBOX_TOKEN: gateway.token };
  const stopping = cli(["stop", "--yes", "--timeout", "10"], { cwd: gateway.dataDir, env });
  expect(await stopping.ended).toBe(1);
  expect(stopping.stdout().trim().split("\n")).toEqual([
    "agent:deaf  not answering",
    "3 channels told to cancel: 2 acknowledged, 2 done, 1 not answering",
  ]);
  expect(stopping.stderr()).toContain("not all acknowledged");
  await until("two have ended", () => agents.filter(({ child }) => child.exitCode === 0).length === 2);
  await begin("c", "obedient");
  const pausing = cli(["stop", "agent:c", "--pause", "--yes", "--json"], { cwd: gateway.dataDir, env });
  expect(await pausing.ended).toBe(0);
  expect(JSON.parse(pausing.stdout())).toMatchObject({ name: "pause", told: 1, acknowledged: 1, done: 1, others: [] });
});
