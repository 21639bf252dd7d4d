import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Agent } from "../../src/agent/agent.ts";
import type { AgentEnded, AgentSettings } from "../../src/index.ts";
import { listSpools } from "../../src/spool-root.ts";
import { FakeClock } from "../fake-clock.ts";
import { ModelGateway } from "../model-gateway.ts";

let root: string;
let clock: FakeClock;
let gateway: ModelGateway;
let agents: Agent[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "signalbox-agent-"));
  clock = new FakeClock();
  gateway = new ModelGateway("agent:a");
  agents = [];
});

afterEach(async () => {
  gateway.away = false;
  await Promise.all(agents.map((agent) => closed(agent)));
  rmSync(root, { recursive: true, force: true });
});

const rest = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await turn();
};

async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    clock.pass(Math.min(500, left));
    await rest();
  }
}

function start(settings: Partial<AgentSettings> = {}): Agent {
  const { client } = gateway;
  const ground = { client, url: "http://gateway", clock, random: () => 0.5, root };
  const agent = new Agent({ agentId: "a", ttlMs: 9_000, ...settings }, ground);
  agents.push(agent);
  return agent;
}

/** Ends it, in as much time as that takes. */
async function closed(agent: Agent): Promise<number> {
  const left = agent.close();
  await pass(20_000);
  return left;
}

const told = (type: string): Array<Record<string, unknown>> =>
  gateway.events.filter((event) => event.type === type).map(({ data }) => data);

const statuses = (): unknown[] => told("agent_status").map(({ status }) => status);

describe("what an agent says", () => {
  test("is of the catalogue, in order, with who it is", async () => {
    const agent = start({ agentType: "coder", name: "Ada's coder", sessionId: "s1" });
    agent.status("running", { message: "reading" });
    const task = agent.task({ id: "t1", title: "Add a form", type: "feature" });
    agent.log("warn", "no tests", { files: 3 });
    agent.usage({ inputTokens: 10, costUsd: 0.5 });
    task.progress(140, "writing");
    clock.pass(2_000);
    task.done({ files: 2 });
    task.failed("too late");
    agent.metric("contextTokens", 48, "tokens");
    agent.error(Object.assign(new Error("refused"), { code: "model_refusal" }));
    agent.publish("test_result", { total: 2, passing: 2, failing: 0 });
    await rest();
    const who = { agentId: "a", agentType: "coder", name: "Ada's coder", sessionId: "s1" };
    const events = gateway.events.filter(({ metadata }) => metadata?.producer?.id === "a");
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      ["agent_status", { ...who, status: "idle", host: expect.any(String) }],
      ["agent_status", { ...who, status: "running", previousStatus: "idle", message: "reading" }],
      ["agent_task_update", { ...of("t1"), status: "running", progress: 0 }],
      ["agent_log", { agentId: "a", level: "warn", message: "no tests", fields: { files: 3 }, taskId: "t1" }],
      ["agent_usage", { agentId: "a", sessionId: "s1", taskId: "t1", inputTokens: 10, costUsd: 0.5 }],
      ["agent_task_update", { ...of("t1"), status: "running", progress: 100, step: "writing" }],
      ["agent_task_update", { ...of("t1"), status: "done", progress: 100, result: { files: 2 } }],
      ["task_completed", { agentId: "a", taskId: "t1", status: "done", durationMs: 2_000, result: { files: 2 } }],
      ["agent_metric", { agentId: "a", name: "contextTokens", value: 48, unit: "tokens" }],
      [
        "agent_error",
        { agentId: "a", error: "refused", recoverable: true, code: "model_refusal", stack: expect.any(String) },
      ],
      ["test_result", { agentId: "a", total: 2, passing: 2, failing: 0 }],
    ]);
    expect(events.map(({ metadata }) => metadata?.producer?.seq)).toEqual(events.map((_, i) => i + 1));
  });

  const of = (taskId: string) => ({ agentId: "a", taskId, title: "Add a form", type: "feature" });

  test("ends with its verdict, and the lease; then nothing more is said", async () => {
    const agent = start();
    await rest();
    const ending = agent.failed(new Error("no such repository"));
    await rest();
    expect(await ending).toBe(0);
    expect(told("agent_error")).toMatchObject([{ error: "no such repository", recoverable: false }]);
    expect(told("agent_status").at(-1)).toMatchObject({ status: "failed", message: "no such repository" });
    expect(gateway.lease).toMatchObject({ held: false });
    expect(listSpools(root)).toEqual([]);
    agent.log("info", "after the end");
    await rest();
    expect(told("agent_log")).toEqual([]);
  });

  test("stays on disk where the gateway does not come in ten seconds, and goes first the next time", async () => {
    gateway.away = true;
    const first = start();
    first.log("info", "one");
    expect(await closed(first)).toBeGreaterThan(0);
    gateway.away = false;
    const second = start();
    second.log("info", "two");
    await pass(1_000);
    expect(told("agent_log").map(({ message }) => message)).toEqual(["one", "two"]);
    expect(await closed(second)).toBe(0);
    expect(listSpools(root)).toEqual([]);
  });

  test("over the limit log lines and metrics are left out and counted; the rest is not", async () => {
    gateway.away = true;
    const agent = start({ spool: { maxBytes: 2_000 } });
    for (let i = 0; i < 100; i++) agent.log("info", `line ${i}`);
    agent.metric("m", 1);
    agent.status("running");
    gateway.away = false;
    await pass(5_000);
    const kept = told("agent_log").length;
    expect(kept).toBeLessThan(100);
    expect(statuses()).toEqual(["idle", "running"]);
    agent.log("info", "room again");
    await rest();
    const message = `${100 - kept + 1} log lines and metrics were left out while the spool was full`;
    expect(told("agent_log").slice(-2)).toMatchObject([{ level: "warn", message }, { message: "room again" }]);
  });
});

describe("§12 the lease", () => {
  test("is given up for good when another takes it: the program is told, and nothing more is published", async () => {
    const holders: unknown[] = [];
    const agent = start({ onFenced: (holder) => holders.push(holder) });
    agent.status("running");
    await rest();
    gateway.takeOver("b");
    await pass(4_000);
    expect(holders).toEqual([{ producer: "b", epoch: 2 }]);
    expect((agent.signal.reason as AgentEnded).code).toBe("fenced");
    await expect(agent.proceed()).rejects.toThrow("another process");
    const asked = gateway.asked.length;
    agent.log("info", "from the grave");
    await pass(60_000);
    expect(gateway.asked).toHaveLength(asked);
    expect(statuses()).toEqual(["idle", "running"]);
  });

  test("once lost and taken again, the agent says again what it does, in the new epoch", async () => {
    const agent = start();
    agent.status("running");
    await rest();
    gateway.lose();
    await pass(4_000);
    expect(told("agent_status").at(-1)).toMatchObject({ status: "running", previousStatus: "lost" });
    expect(gateway.events.at(-1)?.metadata?.producer).toEqual({ id: "a", epoch: 2, seq: 1 });
  });
});

describe("§10 what it is told", () => {
  test("pause, resume and cancel do what they say where the program proceeds", async () => {
    const agent = start();
    agent.status("running");
    await rest();
    gateway.give("k1", "pause");
    await rest();
    expect(agent.paused.snapshot()).toBe(true);
    expect(told("agent_status").at(-1)).toMatchObject({ status: "paused", reason: "paused by user:ada" });
    agent.status("running", { message: "the last piece" });
    agent.status("idle");
    await rest();
    expect(statuses().at(-1)).toBe("paused");
    let went = 0;
    const proceeding = agent.proceed().then(() => went++);
    await rest();
    expect(went).toBe(0);
    gateway.give("k2", "resume");
    await proceeding;
    await rest();
    expect(statuses().at(-1)).toBe("idle");
    gateway.give("k3", "pause");
    await rest();
    const waiting = agent.proceed();
    gateway.give("k4", "cancel");
    await expect(waiting).rejects.toMatchObject({ code: "cancelled", message: "cancelled by user:ada" });
    await rest();
    await closed(agent);
    expect(statuses().at(-1)).toBe("cancelled");
    for (const id of ["k1", "k2", "k3", "k4"]) expect(gateway.state(id)).toBe("done");
  });

  test("what it understands is declared together, once, before people can ask for it", async () => {
    const agent = start();
    agent.command("build", { title: "Build", args: { type: "object" }, parallel: true }, () => 1);
    await rest();
    agent.command("deploy", () => 2);
    await rest();
    const names = told("agent_commands").map(({ commands }) =>
      (commands as Array<{ name: string }>).map(({ name }) => name),
    );
    expect(names).toEqual([
      ["pause", "resume", "cancel", "build"],
      ["pause", "resume", "cancel", "build", "deploy"],
    ]);
    expect(told("agent_commands")[0]?.commands).toContainEqual({
      ...{ name: "build", title: "Build", args: { type: "object" } },
    });
    gateway.give("k1", "deploy");
    await rest();
    expect(gateway.commands.get("k1")).toMatchObject({ state: "done", result: 2 });
  });
});

describe("§11 what it asks", () => {
  const question = { id: "q1", title: "Deploy?", data: { changes: 3 } };

  test("waits for people, says so, and goes on with their answer", async () => {
    const agent = start();
    agent.status("running");
    const asked: string[] = [];
    const asking = agent.ask({ ...question, deadline: new Date(5), onAsked: (id) => asked.push(id) });
    await pass(120_000);
    expect(asked).toEqual(["q1"]);
    expect(gateway.checkpoints.get("q1")).toMatchObject({
      ...{ channel: "agent:a", agentId: "a", title: "Deploy?", checkpointData: { changes: 3 }, deadline: 5 },
    });
    expect(told("agent_status").at(-1)).toMatchObject({ status: "waiting_approval", message: "Deploy?" });
    gateway.decide("q1", "approve", { answer: 7 });
    await pass(1_000);
    expect(await asking).toMatchObject({ decision: "approve", answer: 7, decidedBy: "user:ada", how: "decided" });
    expect(statuses().at(-1)).toBe("running");
  });

  test("is asked again where the gateway lost it, and answered although it was away", async () => {
    const agent = start();
    const asking = agent.ask(question);
    await rest();
    gateway.checkpoints.clear();
    await pass(2_000);
    expect(gateway.checkpoints.has("q1")).toBe(true);
    gateway.away = true;
    gateway.decide("q1", "deny");
    await pass(60_000);
    gateway.away = false;
    await pass(30_000);
    expect(await asking).toMatchObject({ decision: "deny" });
  });

  test("is refused with the gateway's error, and withdrawn when its signal fires", async () => {
    const agent = start();
    gateway.checkpoints.set("q1", { state: "open", checkpointData: "another" });
    await expect(agent.ask(question)).rejects.toMatchObject({ name: "already_exists" });
    const abort = new AbortController();
    const asking = agent.ask({ ...question, id: "q2", signal: abort.signal });
    asking.catch(() => undefined);
    await rest();
    abort.abort(new Error("not needed"));
    await expect(asking).rejects.toThrow("not needed");
    expect(gateway.checkpoints.get("q2")).toMatchObject({ state: "withdrawn" });
    await rest();
    expect(statuses().at(-1)).toBe("idle");
  });

  test("an end of the process leaves the question to the next one", async () => {
    const agent = start();
    const asking = agent.ask(question);
    asking.catch(() => undefined);
    await rest();
    await closed(agent);
    await expect(asking).rejects.toMatchObject({ code: "closed" });
    expect(gateway.checkpoints.get("q1")).toMatchObject({ state: "open" });
  });

  test("that it acted is said once, also by a process that did not ask", async () => {
    const agent = start();
    gateway.checkpoints.set("q1", { checkpointData: 1 });
    gateway.decide("q1", "approve");
    await agent.applied("q1", { version: 42 });
    await agent.applied("q1");
    expect(gateway.checkpoints.get("q1")?.applied).toEqual({ outcome: { version: 42 } });
    expect(told("checkpoint_applied")).toEqual([
      { checkpointId: "q1", agentId: "a", decision: "approve", outcome: { version: 42 } },
    ]);
  });
});

test("an agent's id must be the name of a channel", () => {
  expect(() => start({ agentId: "no spaces" })).toThrow("not an agent's id");
});
