/**
 * V2–V4 and V6: a client written from the VS Code document alone, a real gateway, a real runner in a process of its own. It
 * starts a session and sees it begin, go on and stop; without a runner it waits and says so; nothing is begun twice.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cli } from "./support/cli.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, history, post } from "./support/http.ts";
import { until } from "./support/until.ts";
import { RealtimeClient } from "./support/vscode-client.ts";

let folder: string;
let gateway: Gateway;
let client: RealtimeClient;
let runners: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-orchestrate-"));
  configure(60_000);
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", configFile()] });
  client = new RealtimeClient(gateway.url, gateway.token);
});
const configFile = (): string => join(folder, "signalbox.config.json");
const configure = (stopGraceMs: number): void =>
  writeFileSync(configFile(), JSON.stringify({ orchestrate: { recipe: "forever" }, limits: { stopGraceMs } }));

afterEach(async () => {
  client.dispose();
  await Promise.all(runners.map((runner) => end(runner)));
  runners = [];
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Begins a runner with these recipes; resolves when its lease is held and they are declared. */
type RunnerOf = (name: string, ...recipes: string[]) => Promise<void>;

/** Over plain HTTP. */
const small: RunnerOf = async (name, ...recipes) => {
  const script = join(import.meta.dirname, "support/small-runner.ts");
  const args = [script, gateway.url, gateway.token, name, ...recipes];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  runners.push(child);
  let isReady = false;
  createInterface({ input: child.stdout }).on("line", () => {
    isReady = true;
  });
  await until("the runner is ready", () => isReady);
};

const scripts: Record<string, string> = {
  quick: "process.exit(0)",
  fails: "process.exit(3)",
  forever: "setInterval(() => {}, 1000)",
};

/** `signalbox runner`, as people start it; it runs so many processes at once. */
const realOf =
  (concurrency: number): RunnerOf =>
  async (name, ...recipes) => {
    const place = join(folder, `runner-${name}`);
    mkdirSync(place);
    const told = { type: "string", maxLength: 200 };
    const argsSchema = { properties: { project: told, agent: told, objective: told } };
    const all = recipes.map((recipe) => [
      recipe,
      { command: process.execPath, args: ["-e", scripts[recipe]], argsSchema },
    ]);
    writeFileSync(
      join(place, "signalbox.runner.json"),
      JSON.stringify({ name, concurrency, recipes: Object.fromEntries(all) }),
    );
    const started = cli(["runner", "--json"], {
      cwd: place,
      env: { SIGNALBOX_URL: gateway.url, SIGNALBOX_TOKEN: gateway.token },
    });
    runners.push(started.process);
    await started.until((text) => text.includes('"state":"held"'));
    await until("it has said what it understands", async () =>
      (await typesOf(`agent:runner-${name}`)).includes("agent_commands"),
    );
  };

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

/** The commands that a runner was given, with what became of them. */
async function given(
  name: string,
): Promise<Array<{ name: string; state: string; code?: string; args: { sessionId?: string } }>> {
  const answer = await fetch(`${gateway.url}/v1/commands?target=agent:runner-${name}`, {
    headers: bearer(gateway.token),
  });
  return ((await answer.json()) as { commands: Awaited<ReturnType<typeof given>> }).commands;
}

describe.each<[string, RunnerOf]>([
  ["a small runner over HTTP", small],
  ["signalbox runner", realOf(4)],
])("with %s", (_kind, run) => {
  test("V3 V4 a started session works: started, active, progress, and stopped when all ended; then it is closed", async () => {
    await run("build", "quick", "forever");
    const { session_id: id } = await client.startSession("shop", ["quick", "reviewer"], "Add a login form");
    await client.connect(id);
    await until("one has ended, one runs", () => client.updates().some(({ progress }) => progress === 50));
    expect(client.messages[0]).toMatchObject({ type: "session_update", session_id: id });
    expect(statuses()).toContain("active");
    // Its own recipe for the one, the configured one for the other; both know what it is for.
    const told = (await given("build")).map(({ args }) => args);
    expect(told).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ recipe: "forever", sessionId: id },
          args: { project: "shop", agent: "reviewer", objective: "Add a login form" },
        }),
        expect.objectContaining({
          recipe: "quick",
          args: { project: "shop", agent: "quick", objective: "Add a login form" },
        }),
      ]),
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
    expect(last(bad)).toMatchObject({
      status: "stopped",
      outcome: "failed",
      message: expect.stringContaining("fails"),
    });
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
    await until("the state comes first", () => client.updates().length > 0);
    expect(client.updates()[0]).toMatchObject({ status: "active" });
    await client.stopSession(id);
    await until("it is closed", () => client.closed.has(id));
    expect(client.updates().at(-1)).toMatchObject({ status: "stopped", outcome: "cancelled" });
    const types = await typesOf(`session:${id}`);
    expect(types.filter((type) => type === "session_started")).toHaveLength(1);
    expect(types.filter((type) => type === "session_stopped")).toHaveLength(1);
    expect((await typesOf("agent:runner-late")).filter((type) => type === "command_started")).toHaveLength(1);
  });
});

test("V3 what a runner has no room for is given again when it has", async () => {
  await realOf(1)("one", "forever", "quick");
  const { session_id: id } = await client.startSession("shop", ["forever", "quick"], "");
  await until("there was no room", async () => (await given("one")).some(({ code }) => code === "busy"));
  expect((await status(id)).status).toBe("active");
  const [process] = (await status(id)).processes as string[];
  await post(gateway, "/v1/commands", { target: `process:${process}`, name: "cancel" });
  await until("it has stopped", async () => (await status(id)).status === "stopped");
  expect((await given("one")).filter(({ state }) => state === "done")).toHaveLength(2);
  expect(await status(id)).toMatchObject({ outcome: "cancelled", message: "forever was cancelled" });
});

test("V3 whenever the gateway is killed, each session is started and stopped once, and each agent begun once", async () => {
  await small("build", "quick", "forever");
  const ids = Array.from({ length: 4 }, (_, n) => `killed-${n}`);
  /** Asked again until it is answered. */
  const insist = (what: string, ask: () => Promise<unknown>) =>
    until(what, () =>
      ask().then(
        () => true,
        () => false,
      ),
    );
  for (const id of ids) {
    const body = { session_id: id, project: "shop", agents: ["quick", "forever"] };
    const started = insist(`${id} is started`, () => post(gateway, "/orchestrate/start", body));
    await new Promise((resolve) => setTimeout(resolve, randomInt(150)));
    await gateway.kill9();
    await gateway.restart();
    await started;
  }
  for (const id of ids) await until(`${id} is half done`, async () => (await status(id)).progress === 50);
  for (const id of ids) {
    const stopped = insist(`${id} is stopped`, () => post(gateway, "/orchestrate/stop", { session_id: id }));
    await new Promise((resolve) => setTimeout(resolve, randomInt(150)));
    await gateway.kill9();
    await gateway.restart();
    await stopped;
  }
  for (const id of ids) await until(`${id} has stopped`, async () => (await status(id)).status === "stopped");
  for (const id of ids) {
    const types = await typesOf(`session:${id}`);
    expect(types.filter((type) => type === "session_started")).toHaveLength(1);
    expect(types.filter((type) => type === "session_stopped")).toHaveLength(1);
  }
  const all = (await given("build")).filter(({ state }) => state !== "expired");
  expect(all.filter(({ name, state }) => name === "start" && state === "done")).toHaveLength(2 * ids.length);
  expect(all).toHaveLength(2 * ids.length);
});

test("V4 a stop that a process ignores ends after its grace, and says what may still run", async () => {
  configure(3_000);
  await gateway.restart();
  await small("build", "stubborn");
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
  await small("build", "forever");
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
  // What is published before the state was told is part of it.
  await until("the state is told", () => statuses().length > 0);
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
