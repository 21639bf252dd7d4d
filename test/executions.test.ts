/**
 * X2, X7, X9 with a client written from the execution document alone and a real gateway: updates, the answer to a checkpoint,
 * a command carried out, rooms, direct messages, coming back, malformed input, and who may not.
 */
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  type BrowserUpdateEvent,
  type CheckpointEvent,
  type ExecutionUpdateEvent,
  type StepUpdateEvent,
  WebSocketClient,
} from "./support/execution-client.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { until } from "./support/until.ts";

const secret = "only-for-these-tests-".repeat(3);
const issuer = { issuer: "https://id.test", audience: "signalbox", keys: [{ alg: "HS256", secret }] };

let folder: string;
let gateway: Gateway;
let clients: WebSocketClient[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-executions-"));
  const config = join(folder, "signalbox.config.json");
  const hide = [{ fields: ["cost"], unless: ["admin"] }];
  writeFileSync(config, JSON.stringify({ jwt: [{ ...issuer, tenants: "any" }], hide }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
});
afterEach(() => {
  for (const client of clients) client.close();
  clients = [];
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function tokenOf(sub: string, grants: Record<string, unknown>, more: Record<string, unknown> = {}): string {
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { iss: issuer.issuer, aud: issuer.audience, sub, iat, exp: iat + 3_600, signalbox: grants, ...more };
  const text = `${base64url({ alg: "HS256" })}.${base64url(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

async function open(path = "", token = gateway.token, headers: Record<string, string> = {}): Promise<WebSocketClient> {
  const address = `${gateway.url.replace("http", "ws")}/ws/executions${path}`;
  const client = await WebSocketClient.connect(address, token, headers);
  clients.push(client);
  return client;
}

const publish = (...events: unknown[]) => post<{ results: unknown[] }>(gateway, "/v1/events", events);

const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

test("X2 updates come flat as the document has them; who joins late has the state first", async () => {
  const early = await open("/flat");
  await until("it is in its room", () => early.of("joined").length === 1);
  await publish(
    {
      type: "execution_update",
      data: { executionId: "flat", status: "running", currentStep: "checkout", progress: 40 },
    },
    { type: "step_update", data: { executionId: "flat", stepId: "checkout", status: "done", result: { order: 4711 } } },
    { type: "execution_update", data: { executionId: "flat", status: "waiting_approval" } },
  );
  await until("all came", () => early.of("execution_update").length === 2);
  const [first, second] = early.of<ExecutionUpdateEvent>("execution_update");
  expect(first).toMatchObject({ executionId: "flat", status: "running", currentStep: "checkout", progress: 40 });
  expect(first?.timestamp).toMatch(iso);
  // The event had none: it is where it was.
  expect(second).toMatchObject({ status: "waiting_approval", progress: 40 });
  const [step] = early.of<StepUpdateEvent>("step_update");
  expect(step).toMatchObject({ executionId: "flat", stepId: "checkout", status: "done", result: { order: 4711 } });
  const late = await open("/flat");
  await until("the state came", () => late.of("step_update").length === 1);
  expect(late.received.map(({ type }) => type)).toEqual(["connected", "joined", "execution_update", "step_update"]);
  expect(late.of<ExecutionUpdateEvent>("execution_update")[0]).toMatchObject({
    executionId: "flat",
    status: "waiting_approval",
    progress: 40,
  });
});

test("X3 browsers are rooms: their newest picture comes first, then each", async () => {
  const picture = Buffer.from("a picture").toString("base64");
  await publish({
    type: "browser_update",
    data: { sessionId: "b1", screenshot: picture, url: "https://shop.example/" },
  });
  const client = await open("/none");
  client.send({ type: "join", room: "browser:b1" });
  await until("the newest", () => client.of("browser_update").length === 1);
  const [first] = client.of<BrowserUpdateEvent>("browser_update");
  expect(first).toMatchObject({ sessionId: "b1", screenshot: picture, url: "https://shop.example/" });
  await publish({ type: "browser_update", data: { sessionId: "b1", url: "https://shop.example/cart" } });
  await until("the next", () => client.of("browser_update").length === 2);
  client.send({ type: "leave", room: "browser:b1" });
  await until("it left", () => client.of("left").length === 1);
  await publish({ type: "browser_update", data: { sessionId: "b1", url: "https://shop.example/late" } });
  client.send({ type: "ping", id: "p1" });
  await until("it answers", () => client.of("pong").length === 1);
  expect(client.of("pong")[0]).toMatchObject({ replyTo: "p1" });
  expect(client.of("browser_update")).toHaveLength(2);
});

test("X7 a checkpoint is answered once: whoever comes second is told whose decision stands; late ones see what is open", async () => {
  await post(gateway, "/v1/checkpoints", {
    ...{ executionId: "ask", stepId: "deploy", checkpointId: "ask-1", title: "Deploy?" },
    checkpointData: { command: "terraform apply" },
  });
  const ada = await open("/ask", tokenOf("ada", { role: "approver" }));
  const bob = await open("/ask", tokenOf("bob", { role: "approver" }));
  await until("both see it", () => [ada, bob].every((one) => one.of("checkpoint_required").length === 1));
  const [asked] = ada.of<CheckpointEvent>("checkpoint_required");
  expect(asked).toMatchObject({
    ...{ executionId: "ask", stepId: "deploy", checkpointId: "ask-1" },
    checkpointData: { command: "terraform apply" },
  });
  expect(asked?.timestamp).toMatch(iso);
  ada.send({ type: "checkpoint_response", id: "r1", checkpointId: "ask-1", decision: "approve" });
  await until("it stands", () => ada.of("checkpoint_ack").length === 1);
  expect(ada.of("checkpoint_ack")[0]).toMatchObject({ accepted: true, decision: "approve", replyTo: "r1" });
  bob.send({ type: "checkpoint_response", checkpointId: "ask-1", decision: "deny" });
  await until("he is told", () => bob.of("checkpoint_ack").length === 1);
  expect(bob.of("checkpoint_ack")[0]).toMatchObject({
    ...{ accepted: false, decision: "approve", decidedBy: "user:ada" },
    error: { name: "already_decided" },
  });
  await until("everybody sees it", () => bob.of("checkpoint_decided").length === 1);
  const late = await open("/ask");
  late.send({ type: "ping" });
  await until("it answers", () => late.of("pong").length === 1);
  expect(late.of("checkpoint_required")).toEqual([]);
});

test("X4 a command is acknowledged, carried out, and each state told to whoever gave it", async () => {
  const client = await open("/work");
  client.send({
    type: "command",
    id: "c",
    executionId: "work",
    name: "pause",
    args: { after: "step" },
    commandId: "x4",
  });
  await until("it is acknowledged", () => client.of("command_ack").length === 1);
  expect(client.of("command_ack")[0]).toMatchObject({
    ...{ commandId: "x4", target: "execution:work", name: "pause", accepted: true, state: "queued", replyTo: "c" },
  });
  const target = "execution:work";
  await publish({ type: "command_started", channel: target, data: { commandId: "x4" } });
  await until("it was begun", () => client.of("command_update").some(({ state }) => state === "started"));
  await publish({ type: "command_done", channel: target, data: { commandId: "x4", result: { paused: true } } });
  await until("it is done", () => client.of("command_update").some(({ state }) => state === "done"));
  expect(client.of("command_update").at(-1)).toMatchObject({ commandId: "x4", result: { paused: true } });
  client.send({ type: "command", executionId: "work", name: "resume", commandId: "x4" });
  await until("another with its id is not", () => client.of("command_ack").length === 2);
  expect(client.of("command_ack")[1]).toMatchObject({ accepted: false, error: { name: "already_exists" } });
  const viewer = await open("/work", tokenOf("vera", { role: "viewer" }));
  viewer.send({ type: "command", executionId: "work", name: "pause" });
  await until("who may not is refused", () => viewer.of("command_ack").length === 1);
  expect(viewer.of("command_ack")[0]).toMatchObject({ accepted: false, error: { name: "forbidden" } });
});

test("X9 direct messages reach a connection or all of a principal, or are refused with a reason", async () => {
  const operator = { role: "operator" };
  const ada = await open("/direct", tokenOf("ada", operator));
  const bob = [await open("/direct", tokenOf("bob", operator)), await open("", tokenOf("bob", operator))];
  const vera = await open("/direct", tokenOf("vera", { role: "viewer" }));
  await until("all are there", () => [ada, vera, ...bob].every((one) => one.of("connected").length === 1));
  ada.send({ type: "direct", to: "user:bob", data: { hello: "both", api_key: `sk-${"a1B2".repeat(10)}` } });
  await until("both have it", () => bob.every((one) => one.of("direct").length === 1));
  const [got] = bob[0]?.of("direct") ?? [];
  expect(got).toMatchObject({ from: { principal: "user:ada" }, data: { hello: "both" } });
  expect(JSON.stringify(got)).not.toContain("a1B2");
  expect(ada.of("direct_ack")[0]).toMatchObject({ accepted: true, delivered: 2 });
  // Who it came from can be answered.
  bob[0]?.send({ type: "direct", to: `connection:${got?.from.connectionId}`, data: "back" });
  await until("she has it", () => ada.of("direct").length === 1);
  const refused: Array<[WebSocketClient, unknown, string]> = [
    [vera, { to: "user:bob", data: 1 }, "forbidden"],
    [vera, { to: "user:nobody", data: 1 }, "forbidden"],
    [vera, { to: `connection:${got?.from.connectionId}`, data: 1 }, "not_found"],
    [vera, { to: "connection:none", data: 1 }, "not_found"],
    [ada, { to: "user:nobody", data: 1 }, "not_found"],
    [ada, { to: "user:bob", data: "x".repeat(20_000) }, "payload_too_big"],
  ];
  for (const [client, message, name] of refused) {
    const before = client.of("direct_ack").length;
    client.send({ type: "direct", ...Object(message) });
    await until(`it is ${name}`, () => client.of("direct_ack").length > before);
    expect(client.of("direct_ack").at(-1)).toMatchObject({ accepted: false, error: { name } });
  }
  for (let n = 0; n < 150; n++) ada.send({ type: "direct", to: "user:bob", data: n });
  await until("each is answered", () => ada.of("direct_ack").length === 153);
  expect(ada.of("direct_ack").some(({ error }) => error?.name === "rate_limited")).toBe(true);
});

test("X5 who comes back with the newest cursors misses nothing and gets nothing twice", async () => {
  const first = await open();
  const steps = (from: number, to: number, executionId: string) =>
    Array.from({ length: to - from }, (_, n) => ({
      type: "step_update",
      data: { executionId, stepId: `s${from + n}`, status: "done" },
    }));
  await publish(...steps(0, 5, "back-a"), ...steps(0, 5, "back-b"));
  await until("it has them", () => first.of("step_update").length >= 10);
  const cursors = new Map(first.received.flatMap(({ room, cursor }) => (cursor === undefined ? [] : [[room, cursor]])));
  first.close();
  await publish(...steps(5, 9, "back-a"));
  const query = [...cursors.values()].map((cursor) => `since=${cursor}`).join("&");
  const second = await open(`?${query}`);
  await publish(...steps(9, 10, "back-a"), ...steps(5, 6, "back-b"));
  const of = (executionId: string) =>
    second.of<StepUpdateEvent>("step_update").flatMap((one) => (one.executionId === executionId ? [one.stepId] : []));
  await until("it has what it missed", () => of("back-a").includes("s9") && of("back-b").includes("s5"));
  expect(of("back-a")).toEqual(["s5", "s6", "s7", "s8", "s9"]);
  expect(of("back-b")).toEqual(["s5"]);
});

test("X14 what is malformed is answered and changes nothing; who does not stop is closed", async () => {
  const client = await open("/odd");
  const odd = [
    ...["{", "", "[]", "null", "12", '{"type":1}', '{"type":"x"}', '{"type":"join"}', '{"type":"join","room":"a b"}'],
    ...[
      '{"type":"join","room":"execution:e","since":"zzz"}',
      '{"type":"direct","to":"all"}',
      '{"type":"command","name":"x"}',
    ],
    ...[
      '{"type":"checkpoint_response"}',
      `{"type":"command","target":"agent:a","name":"x","args":${"[".repeat(60)}${"]".repeat(60)}}`,
    ],
  ];
  for (const text of odd) client.send(text);
  await until("each has its error", () => client.of("error").length === odd.length);
  expect(new Set(client.of("error").map(({ error }) => error.name))).toEqual(new Set(["invalid_message"]));
  client.send({ type: "__proto__" });
  client.send({ type: "ping" });
  await until("it still answers", () => client.of("pong").length === 1);
  for (let n = 0; n < 60; n++) client.send("{");
  expect(await client.closed).toBe(3_504);
});

test("A1 A10 A41 no token, a wrong one, another page or tenant: nothing; denied rooms look like absent ones", async () => {
  await expect(open("", "")).rejects.toThrow("401");
  await expect(open("", "wrong")).rejects.toThrow("401");
  await expect(open("", gateway.token, { Origin: "https://evil.example" })).rejects.toThrow("403");
  await expect(open("/%20")).rejects.toThrow("400");
  await publish({ type: "execution_update", data: { executionId: "secret", status: "running", cost: 7 } });
  const narrow = tokenOf("nina", { capabilities: [{ channels: "execution:own", verbs: ["subscribe", "history"] }] });
  const client = await open("/own", narrow);
  for (const room of ["execution:secret", "execution:absent"]) client.send({ type: "join", room, id: room });
  await until("both are refused", () => client.of("error").length === 2);
  const [there, absent] = client.of("error").map(({ error }) => error);
  expect({ ...there, message: "", details: "" }).toEqual({ ...absent, message: "", details: "" });
  expect(there.name).toBe("forbidden");
  const hidden = await open("/secret", tokenOf("vera", { role: "viewer" }));
  await until("the state came", () => hidden.of("execution_update").length === 1);
  await publish({ type: "execution_update", data: { executionId: "secret", status: "done", cost: 7 } });
  await until("the update came", () => hidden.of("execution_update").some(({ status }) => status === "done"));
  expect(hidden.of("execution_update").at(-1)?.cost).toBe("[hidden]");
  const other = await open("", tokenOf("ada", { role: "admin" }, { signalbox: { role: "admin", tenant: "other" } }));
  other.send({ type: "direct", to: "user:vera", data: "hello" });
  await until("it is answered", () => other.of("direct_ack").length === 1);
  expect(other.of("direct_ack")[0]).toMatchObject({ accepted: false, error: { name: "not_found" } });
  expect(other.of("execution_update")).toEqual([]);
});
