/**
 * W1 to W7: agents that publish to a real Redis and know nothing of us (redis-cli, redis-py) are seen over every transport and on
 * the dashboard, by those who may; what is published here is read by a program that knows `webgui:*` only. What is killed costs
 * what docs/webgui.md says it costs.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type TransportName } from "@signalbox/client";
import type { Publication } from "@signalbox/protocol";
import { io } from "socket.io-client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openDashboard, startBrowser } from "./support/browser.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, head, history, post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import { until } from "./support/until.ts";
import { consumer, ears, program, type Said } from "./support/webgui.ts";

const stream = "webgui-stream";

let redis: RedisServer;
let gateway: Gateway;
let folder: string;
const ends: Array<() => unknown> = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-webgui-"));
  redis = await startRedis();
  const config = join(folder, "gateway.json");
  writeFileSync(config, JSON.stringify({ jwt: [issuer], webgui: { redis: redis.url, stream } }));
  gateway = await startGateway({ args: ["--config", config] });
  await until("the gateway reads", () => reads(gateway));
});
beforeEach(() => async () => {
  for (const end of ends.splice(0)) await end();
});
afterAll(async () => {
  await gateway?.stop();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function figure(name: string, of: Gateway = gateway): Promise<number> {
  const answer = await fetch(`${of.url}/metrics`, { headers: bearer(of.token) }).catch(() => undefined);
  const line = (await answer?.text())?.split("\n").find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

const reads = async (of: Gateway): Promise<boolean> => (await figure("signalbox_webgui_reading", of)) === 1;

/** As redis-cli does. */
const publish = (channel: string, message: unknown): Promise<string> =>
  redis.command("publish", `webgui:${channel}`, typeof message === "string" ? message : JSON.stringify(message));

interface Watcher {
  seen: Publication[];
  refused: string[];
}

async function watch(channel: string, token: string, transport: TransportName = "websocket"): Promise<Watcher> {
  const watcher: Watcher = { seen: [], refused: [] };
  const client = createClient({ url: gateway.url, token, transports: [transport] });
  ends.push(() => client.close());
  let isReady = false;
  client.watch(channel, {
    since: "earliest",
    onEvent: (event) => void watcher.seen.push(event as Publication),
    onState: ({ status }) => {
      isReady ||= status === "live" || status === "refused";
    },
    onError: ({ name }) => void watcher.refused.push(name),
  });
  await until(`${channel} over ${transport}`, () => isReady);
  return watcher;
}

const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);
const numbersIn = (events: readonly Publication[]): number[] =>
  events.flatMap(({ data }) => (typeof (data as Said).n === "number" ? [Number((data as Said).n)] : []));

describe("W1 W3 W10 an agent that knows Redis only", () => {
  const session = [
    ...["session_started", "session_status_changed", "session_status_changed", "session_status_changed"],
    ...["test_result", "task_completed", "session_stopped"],
  ];

  test("is seen over every transport, on Socket.IO and on the dashboard", async () => {
    const browser = await startBrowser();
    ends.push(() => browser.close());
    const page = await openDashboard(browser, gateway, "/sessions");
    const transports: TransportName[] = ["websocket", "sse", "poll"];
    const watchers = await Promise.all(transports.map((one) => watch("session:py", gateway.token, one)));
    const agent = await watch("agent:coder", gateway.token);
    const told: unknown[] = [];
    const socket = io(gateway.url, { auth: { token: gateway.token }, transports: ["polling"], forceNew: true });
    ends.push(() => socket.disconnect());
    socket.on("task-completed", (argument) => void told.push(argument));
    await until("Socket.IO is connected", () => socket.connected);

    await program(redis, "agent.py", "py").ended;

    for (const { seen } of watchers) {
      await until("the session's events", () => seen.length >= session.length);
      expect(types(seen)).toEqual(session);
      expect(seen.map(({ offset }) => offset)).toEqual(session.map((_type, index) => index + 1));
    }
    const [first] = watchers[0]?.seen ?? [];
    expect(first).toMatchObject({
      data: { project: "shop", sessionId: "py" },
      metadata: { source: "webgui", webgui: { session_id: "py" } },
    });
    await until("the agent's events", () => agent.seen.length >= 5);
    expect(types(agent.seen)).toEqual([
      ...["agent_status", "agent_task_update", "agent_task_update", "agent_task_update", "agent_status"],
    ]);
    expect(agent.seen[1]?.data).toMatchObject({ agentId: "coder", taskId: "t1", progress: 0 });
    await until("the task on Socket.IO", () => told.length > 0);
    expect(told).toMatchObject([{ taskId: "t1", status: "done" }]);
    await page.locator('a[href="/sessions/py"]').waitFor();
    await page.goto(`${gateway.url}/agents`);
    await page.locator('a[href="/agents/coder"]').waitFor();
  });

  test("publishes from redis-cli the document's own message", async () => {
    const text = `{"type": "session_status_changed", "timestamp": "2024-01-01T12:00:00Z", "session_id": "sess_123",
      "data": {"status": "testing", "progress": 45, "message": "Executing UI tests..."}}`;
    expect(await publish("session:sess_123", text.replace(/\s+/g, " "))).toBe("1");
    await until("it is kept", async () => (await head(gateway, "session:sess_123")) === 1);
    const [event] = await history(gateway, "session:sess_123");
    expect(event).toMatchObject({
      type: "session_status_changed",
      timestamp: Date.parse("2024-01-01T12:00:00Z"),
      data: { status: "testing", progress: 45, message: "Executing UI tests..." },
    });
  });
});

test("W3 S§5.4 a program that knows webgui:* only hears what is published here, and no message twice", async () => {
  const { heard, kill } = await consumer(redis);
  ends.push(kill);
  const data = { status: "testing", progress: 45, sessionId: "out" };
  await post(gateway, "/v1/events", [
    { type: "session_status_changed", timestamp: 1_704_110_400_000, channel: "session:out", data },
    { type: "agent_metric", channel: "agent:out", data: { agentId: "out", name: "x", value: 1 } },
    { type: "process_output", channel: "process:out", data: { processId: "out", output: "x" } },
    { type: "agent_log", channel: "agent:out", data: { agentId: "out", message: "a line" } },
    { type: "system_notification", channel: "user:ada", data: { message: "for Ada", userId: "ada" } },
  ]);
  await publish("global", { type: "from_an_agent" });
  await until("it is kept", async () => types(await history(gateway, "global")).includes("from_an_agent"));
  await post(gateway, "/v1/events", { type: "the_last", channel: "global", data: {} });
  await until("the last", () => heard().some(({ type }) => type === "the_last"));
  const [first, ...others] = heard();
  expect(first).toEqual({
    channel: "webgui:session:out",
    type: "session_status_changed",
    timestamp: "2024-01-01T12:00:00.000Z",
    session_id: "out",
    data,
    signalbox: { id: expect.any(String), channel: "session:out", epoch: expect.any(String), offset: 1 },
  });
  const said = others.map(({ channel, type }) => `${channel} ${type}`).sort();
  expect(said).toEqual([
    "webgui:agent:out agent_log",
    "webgui:global from_an_agent",
    "webgui:global the_last",
    "webgui:user:ada system_notification",
  ]);
  // Nothing of it came back in.
  expect(await history(gateway, "session:out")).toHaveLength(1);
});

test("W6 W7 messages for one user are seen by that user only; however many watch, a node subscribes once", async () => {
  const [ada, bob] = ["ada", "bob"].map((name) => tokenOf(name, { role: "viewer" }));
  const own = await watch("user:ada", String(ada));
  const foreign = await watch("user:ada", String(bob));
  const pattern = await watch("user:*", String(bob));
  const crowd = await Promise.all(Array.from({ length: 20 }, () => watch("session:crowd", String(bob))));
  await publish("user:ada", { type: "notification", data: { message: "for Ada's eyes" } });
  await publish("user:bob", { type: "notification", data: { message: "for Bob" } });
  await publish("session:crowd", { type: "session_update", data: { status: "active" } });
  await until("Ada has hers", () => JSON.stringify(own.seen).includes("Ada's eyes"));
  for (const { seen } of crowd) await until("each has it", () => seen.length === 1);
  expect(foreign).toEqual({ seen: [], refused: ["forbidden"] });
  expect(JSON.stringify(pattern.seen)).not.toContain("Ada");
  expect(await ears(redis)).toEqual([expect.stringContaining("sub=1 psub=1")]);
});

test("what is no message costs nobody anything", async () => {
  const before = await figure('signalbox_webgui_refused_total{reason="form"}').then((known) => known || 0);
  const bad = ["hello", "[]", '{"type":1}', '{"type":"x","timestamp":"soon"}', '{"__proto__":{}}'];
  // As nobody types them: redis-cli would take them for options or miss their bytes.
  const script = `import os, redis
r = redis.Redis.from_url(os.environ["REDIS_URL"])
for text in ${JSON.stringify(bad)} + ["x" * 2_000_000, b"\\xff\\xfe", b""]: r.publish("webgui:global", text)
for name in ["webgui:", "webgui:nobody", "webgui:user:*", "webgui:session:a b", "webgui:agent:"]: r.publish(name, '{"type":"x"}')
r.publish("webgui:session:after", '{"type":"decision","data":{"ok":true}}')
r.publish("webgui:session:after", '{"type":"checkpoint_decided","data":{"checkpointId":"c","decision":"approve"}}')
r.publish("webgui:session:after", '{"type":"last"}')`;
  await program(redis, "-c", script).ended;
  await until("the good ones are kept", async () => (await head(gateway, "session:after")) >= 2);
  expect(types(await history(gateway, "session:after"))).toEqual(["decision", "last"]);
  const refused = async (reason: string) => figure(`signalbox_webgui_refused_total{reason="${reason}"}`);
  expect((await refused("form")) - before).toBe(3);
  expect(await Promise.all(["channel", "timestamp", "size", "text"].map(refused))).toEqual([5, 1, 1, 1]);
  expect(await refused("type")).toBe(2);
  expect(await refused("forbidden")).toBe(1);
});

describe("W5 links and processes that die", () => {
  const isLossSaid = async (since: number): Promise<boolean> =>
    (await history(gateway, "global")).some(
      ({ offset, data }) => offset > since && JSON.stringify(data).includes("Nobody listened to webgui:*"),
    );

  test("links to Redis that are cut, and a Redis that restarts: it goes on by itself, and says what may be lost", async () => {
    const goesOn = async (name: string): Promise<void> => {
      await until("the gateway hears again", async () => (await publish("session:again", { type: name })) !== "0");
      const kept = async (type: string) => types(await history(gateway, "session:again")).filter((one) => one === type);
      await until("and keeps it", async () => (await kept(name)).length > 0);
      for (const type of [`${name}_once`, `${name}_last`]) await publish("session:again", { type });
      await until("and what follows", async () => (await kept(`${name}_last`)).length > 0);
      expect(await kept(`${name}_once`)).toHaveLength(1);
    };
    const [first] = [await head(gateway, "global")];
    for (const type of ["pubsub", "normal"]) await redis.command("client", "kill", "type", type, "skipme", "yes");
    await goesOn("after_cut");
    await until("that is said", () => isLossSaid(first));
    const second = await head(gateway, "global");
    await redis.kill();
    await post(gateway, "/v1/events", { type: "meanwhile", channel: "session:again", data: {} });
    await redis.start();
    await goesOn("after_restart");
    await until("that is said", () => isLossSaid(second));
    expect(await figure("signalbox_webgui_unheard_seconds_total")).toBeGreaterThan(0);
  });

  test("the stream: the gateway is killed while an agent writes, and each entry is kept once, in order", async () => {
    const count = 3_000;
    const writer = `import json, os, redis
r = redis.Redis.from_url(os.environ["REDIS_URL"])
for n in range(${count}): r.xadd("${stream}", {"channel": f"webgui:session:s{n % 3}", "message": json.dumps({"type": "step", "data": {"n": n}})})`;
    const written = program(redis, "-c", writer).ended;
    for (const part of [0.1, 0.3, 0.5]) {
      await until("some are kept", async () => (await head(gateway, "session:s0")) > (part * count) / 3);
      await gateway.kill9();
      await gateway.restart();
    }
    await written;
    await redis.command("xadd", stream, "*", "channel", "session:s0", "message", "no message");
    for (const one of [0, 1, 2]) {
      await until("all are kept", async () => (await head(gateway, `session:s${one}`)) >= count / 3);
      const expected = Array.from({ length: count / 3 }, (_, index) => 3 * index + one);
      expect(numbersIn(await history(gateway, `session:s${one}`))).toEqual(expected);
    }
    const pending = async () => (await redis.command("xpending", stream, "signalbox")).split("\n")[0];
    await until("all are acknowledged", async () => (await pending()) === "0");
  });

  test("plain Pub/Sub: what is published while the gateway is dead is lost, which is said; nothing is doubled", async () => {
    const before = await head(gateway, "global");
    // Each line: a number, and whether anybody listened.
    const script = `import os, redis, time, json
r = redis.Redis.from_url(os.environ["REDIS_URL"])
n = missed = heard = 0
while missed < 50 or heard < 200:
    got = r.publish("webgui:session:plain", json.dumps({"type": "step", "data": {"n": n}}))
    print(n, got, flush=True)
    missed, heard = (missed, heard + 1) if got else (missed + 1, 0)
    n += 1
    time.sleep(0.002)`;
    const { lines, ended, kill } = program(redis, "-c", script);
    ends.push(kill);
    await until("some are kept", async () => (await head(gateway, "session:plain")) > 100);
    await gateway.kill9();
    await gateway.restart();
    await ended;
    const said = lines.map((line): [number, boolean] => {
      const [number, listeners] = line.split(" ").map(Number);
      return [Number(number), Number(listeners) > 0];
    });
    const last = said.at(-1)?.[0] ?? 0;
    await until("the last is kept", async () => numbersIn(await history(gateway, "session:plain")).at(-1) === last);
    const kept = numbersIn(await history(gateway, "session:plain"));
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
    // What nobody heard; and what the dead process had heard and not kept yet.
    const lost = said.filter(([number]) => !kept.includes(number));
    const atDeath = lost.filter(([, heard]) => heard);
    expect(lost.length - atDeath.length).toBe(said.filter(([, heard]) => !heard).length);
    // It is one hole: nothing is lost before it and after it.
    const from = lost[0]?.[0] ?? 0;
    expect(lost.map(([number]) => number)).toEqual(lost.map((_one, index) => from + index));
    await until("the loss is said", () => isLossSaid(before));
    console.log(`plain Pub/Sub: ${said.length} published, ${lost.length} lost, of which ${atDeath.length} were heard`);
  });
});
