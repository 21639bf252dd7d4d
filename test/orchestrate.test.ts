/**
 * V2–V4 and V6: a client written from the VS Code document alone, a real gateway, a real runner in a process of its own. It
 * starts a session and sees it begin, go on and stop; without a runner it waits and says so; nothing is begun twice.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, history, post } from "./support/http.ts";
import { until } from "./support/until.ts";
import { RealtimeClient } from "./support/vscode-client.ts";

let folder: string;
let gateway: Gateway;
let client: RealtimeClient;
let runners: ChildProcess[] = [];
/** What the runners printed. */
let began: Array<Record<string, unknown>> = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-orchestrate-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ orchestrate: { recipe: "forever" }, limits: { stopGraceMs: 3_000 } }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
  client = new RealtimeClient(gateway.url, gateway.token);
});
afterEach(async () => {
  client.dispose();
  await Promise.all(runners.map((runner) => end(runner)));
  runners = [];
  began = [];
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(name: string, ...recipes: string[]): Promise<ChildProcess> {
  const script = join(import.meta.dirname, "support/small-runner.ts");
  const args = [script, gateway.url, gateway.token, name, ...recipes];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  runners.push(child);
  let isReady = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const said = JSON.parse(line) as Record<string, unknown>;
    if (said.ready !== undefined) isReady = true;
    else began.push(said);
  });
  await until("the runner is ready", () => isReady);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

async function status(id: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${gateway.url}/orchestrate/status/${id}`, { headers: bearer(gateway.token) });
  return (await answer.json()) as Record<string, unknown>;
}

const typesOf = async (channel: string): Promise<string[]> => (await history(gateway, channel)).map(({ type }) => type);
const statuses = (): string[] => client.updates().map(({ status }) => status);

test("V3 V4 a started session works: started, active, progress, and stopped when all ended; then it is closed", async () => {
  await run("build", "quick", "forever");
  const { session_id: id } = await client.startSession("shop", ["quick", "reviewer"], "Add a login form");
  await client.connect(id);
  await until("one has ended, one runs", () => client.updates().some(({ progress }) => progress === 50));
  expect(client.messages[0]).toMatchObject({ type: "session_update", session_id: id });
  expect(statuses()).toContain("active");
  // Its own recipe for the one, the configured one for the other; both know what it is for.
  const told = began.map(({ args }) => args).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  expect(told).toEqual(
    [
      { recipe: "forever", args: { project: "shop", agent: "reviewer", objective: "Add a login form" } },
      { recipe: "quick", args: { project: "shop", agent: "quick", objective: "Add a login form" } },
    ].map((one) => expect.objectContaining(one)),
  );
  await client.stopSession(id);
  await until("it is closed", () => client.closed.has(id));
  expect(client.closed.get(id)).toBe(1_000);
  expect(client.updates().at(-1)).toMatchObject({ status: "stopped", outcome: "cancelled" });
  expect(await status(id)).toMatchObject({ session_id: id, status: "stopped", outcome: "cancelled" });
  const types = await typesOf(`session:${id}`);
  expect(types.filter((type) => type === "session_started")).toHaveLength(1);
  expect(types.filter((type) => type === "session_stopped")).toHaveLength(1);
});

test("V4 a session whose processes all end is stopped by that, done or failed", async () => {
  await run("build", "quick", "fails");
  const { session_id: good } = await client.startSession("shop", ["quick"], "");
  const { session_id: bad } = await client.startSession("shop", ["quick", "fails"], "");
  await Promise.all([client.connect(good), client.connect(bad)]);
  await until("both are closed", () => client.closed.size === 2);
  const last = (id: string) => client.messages.findLast(({ session_id }) => session_id === id)?.data;
  expect(last(good)).toMatchObject({ status: "stopped", outcome: "done", progress: 100 });
  expect(last(bad)).toMatchObject({ status: "stopped", outcome: "failed", message: expect.stringContaining("fails") });
});

test("V3 without a runner it waits and says so; it starts when one comes, also after kill -9 of the gateway, and once", async () => {
  const { session_id: id, status: first } = await client.startSession("shop", ["forever"], "Wait");
  expect(first).toBe("waiting");
  await client.connect(id);
  await until("it says so", () => statuses().includes("waiting"));
  expect(client.updates().at(-1).message).toContain("signalbox runner");
  await gateway.kill9();
  await gateway.restart();
  await run("late", "forever");
  await until("it is active", async () => (await status(id)).status === "active");
  await gateway.kill9();
  await gateway.restart();
  client = new RealtimeClient(gateway.url, gateway.token);
  await client.connect(id);
  expect(client.updates()).toEqual([]);
  await until("the state comes first", () => client.updates().length > 0);
  expect(client.updates()[0]).toMatchObject({ status: "active" });
  await client.stopSession(id);
  await until("it is closed", () => client.closed.has(id));
  expect(began.filter(({ sessionId }) => sessionId === id)).toHaveLength(1);
  const types = await typesOf(`session:${id}`);
  expect(types.filter((type) => type === "session_started")).toHaveLength(1);
  expect(types.filter((type) => type === "session_stopped")).toHaveLength(1);
  expect((await typesOf("agent:runner-late")).filter((type) => type === "command_started")).toHaveLength(1);
});

test("V4 a stop that a process ignores ends after its grace, and says what may still run", async () => {
  await run("build", "stubborn");
  const { session_id: id } = await client.startSession("shop", ["stubborn"], "");
  await client.connect(id);
  await until("it is active", () => statuses().includes("active"));
  await client.stopSession(id);
  await until("it is closed", () => client.closed.has(id));
  expect(statuses()).toContain("stopping");
  const last = client.updates().at(-1);
  expect(last).toMatchObject({ status: "stopped", outcome: "failed" });
  expect(last.message).toContain("stubborn did not end within 3 s");
});

test("V4 while a session runs an update comes at least every two seconds, and at most ten a second under a burst", async () => {
  await run("build", "forever");
  const { session_id: id } = await client.startSession("shop", ["forever"], "");
  await client.connect(id);
  const times = (): number[] => client.updates().map(({ timestamp }) => Date.parse(timestamp));
  const span = (): number => (times().at(-1) ?? 0) - (times()[0] ?? 0);
  await until("ten seconds of the gateway's own time", () => statuses().includes("active") && span() >= 10_000);
  expect(times().length).toBeGreaterThanOrEqual(Math.floor(span() / 2_000));
  const before = times().length;
  const burst = Array.from({ length: 500 }, (_, n) => ({
    type: "session_update",
    channel: `session:${id}`,
    data: { status: "active", progress: 50, progress_step: `step ${n}` },
  }));
  await post(gateway, "/v1/events", burst);
  await until("the newest came", () => client.updates().some(({ progress_step }) => progress_step === "step 499"));
  const [first = 0, ...others] = times().slice(before - 1);
  const seconds = ((others.at(-1) ?? first) - first) / 1_000;
  expect(others.length).toBeLessThanOrEqual(10 * seconds + 2);
  expect(others.length).toBeLessThan(100);
});

test("V2 memory, unknown types and publishes go both ways; what is malformed is answered and nothing ends", async () => {
  const { session_id: id } = await client.startSession("shop", ["nobody"], "");
  await client.connect(id);
  const seen = (type: string) => client.messages.filter((message) => message.type === type);
  client.send(id, { type: "memory_update", data: { key: "style", value: "two spaces" } });
  await until("it came back as an event", () => seen("memory_update").length > 0 && seen("ack").length > 0);
  expect(seen("memory_update")[0]).toMatchObject({ session_id: id, data: { key: "style", value: "two spaces" } });
  client.send(id, { type: "session_update", data: { status: "testing", progress_step: "lint", extra: 1 } });
  await until("the status came", () => statuses().includes("testing"));
  expect(client.updates().find(({ status }) => status === "testing")).toMatchObject({
    progress_step: "lint",
    extra: 1,
  });
  await post(gateway, "/v1/events", { type: "dream", channel: `session:${id}`, data: { of: "sheep" } });
  await until("an unknown type comes through", () => seen("dream").length > 0);
  for (const text of ["{", "[]", "null", '"x"', "{}", '{"type":1}', '{"type":"dance"}', '{"type":"command"}'])
    client.send(id, text);
  await until("each has its error", () => seen("error").length === 8);
  expect(seen("error")[0]?.data).toMatchObject({ name: "invalid_message" });
  client.send(id, { type: "ping" });
  await until("it still answers", () => seen("pong").length > 0);
  client.send(id, { type: "command", data: { target: "agent:a", name: "pause", command_id: "k1" } });
  await until("a command is acknowledged", () => seen("command_ack").length > 0);
  expect(seen("command_ack")[0]?.data).toMatchObject({ command_id: "k1", accepted: true });
  client.send(id, { type: "command", data: { name: "stop" } });
  await until("it is closed", () => client.closed.get(id) === 1_000);
});
