/**
 * No sticky sessions needed, and sticky sessions work: three nodes behind Debian's nginx and haproxy as examples/load-balancers/ sets
 * them up, by round robin, by the client's address, by a cookie. Whoever follows has everything once and in order, over every way.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type CountedViewer, clientViewer, logViewers } from "./support/counted-viewers.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, history, post } from "./support/http.ts";
import { balanceWithHaproxy, balanceWithNginx, choices } from "./support/load-balancer.ts";
import { quietPort } from "./support/quiet-port.ts";
import { type RedisServer, startRedis } from "./support/redis/index.ts";
import type { ReverseProxy } from "./support/reverse-proxy.ts";
import { type Follower, follow, followOld } from "./support/socketio-follower.ts";
import { until } from "./support/until.ts";
import { RealtimeClient } from "./support/vscode-client.ts";

const smallRunner = join(import.meta.dirname, "support/small-runner.ts");
const lines = 300;
const perPublish = 10;

const balancers = [
  { name: "nginx", balance: balanceWithNginx },
  { name: "haproxy", balance: balanceWithHaproxy },
].flatMap(({ name, balance }) => choices.map((choice) => ({ name, choice, balance })));

let folder: string;
let port: number;
let redis: RedisServer;
let nodes: Gateway[];
const token = "of-all-nodes-of-this-test";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-sticky-"));
  port = await quietPort();
  redis = await startRedis();
  const file = join(folder, "signalbox.config.json");
  writeFileSync(file, JSON.stringify({ allowedHosts: [`localhost:${port}`], trustedProxies: ["127.0.0.1"] }));
  const env = { SIGNALBOX_REDIS_URL: redis.url, SIGNALBOX_ADMIN_TOKEN: token };
  const start = (n: number) => startGateway({ dataDir: join(folder, `data-${n}`), args: ["--config", file], env });
  nodes = await Promise.all([0, 1, 2].map(start));
});
afterAll(async () => {
  await Promise.all((nodes ?? []).map((node) => node.stop()));
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Open polls and upgrades whose connection is on another node than the one they came to. */
async function forwarded(): Promise<number> {
  const counts = nodes.map(async ({ url }) => {
    const text = await (await fetch(`${url}/metrics`, { headers: bearer(token) })).text();
    return Number(/^signalbox_connections\{[^}]*"forwarded"\} (\d+)/m.exec(text)?.[1]);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

describe.each(balancers)("behind $name, $choice", ({ name, choice, balance }) => {
  let proxy: ReverseProxy;
  let url: string;
  beforeAll(async () => {
    proxy = await balance({ targets: nodes.map((node) => node.port), choice, port, host: `localhost:${port}` });
    url = proxy.url;
  });
  afterAll(() => proxy?.stop());
  let ends: Array<() => unknown> = [];
  afterEach(async () => {
    await Promise.all(ends.map((end) => end()));
    ends = [];
  });

  test("a process's lines come to everybody once and in order, whatever way they take", async () => {
    const processId = `${name}-${choice}`;
    const followed = { url, token, processId, cwd: folder };
    const viewers: CountedViewer[] = [
      ...(["websocket", "sse", "poll"] as const).map((transport) => clientViewer(followed, transport)),
      ...logViewers(followed),
    ];
    const sockets: Record<string, Follower> = {
      "4.8 over WebSocket": follow({ ...followed, transports: ["websocket"] }),
      "4.8 over polling": follow({ ...followed, transports: ["polling"] }),
      "4.8 with cookies over polling": follow({ ...followed, transports: ["polling"], withCredentials: true }),
      "4.8 over both": follow({ ...followed, transports: ["polling", "websocket"] }),
      "4.8 with cookies over both": follow({
        ...followed,
        transports: ["polling", "websocket"],
        withCredentials: true,
      }),
      "2.5 over polling": followOld({ ...followed, transports: ["polling"] }),
      "2.5 over both": followOld({ ...followed, transports: ["polling", "websocket"] }),
    };
    ends.push(
      ...viewers.map((viewer) => () => viewer.close()),
      ...Object.values(sockets).map((one) => () => one.stop()),
    );
    await until("all are there", () => Object.values(sockets).every(({ joins }) => joins > 0));
    for (let from = 1; from <= lines; from += perPublish) {
      const events = Array.from({ length: perPublish }, (_, n) => ({
        type: "process_output",
        data: { processId, output: String(from + n) },
      }));
      await post({ url, token } as Gateway, "/v1/events", events);
    }
    const expected = Array.from({ length: lines }, (_, n) => n + 1);
    for (const viewer of viewers) {
      expect([viewer.name, await viewer.lines(String(lines))]).toEqual([viewer.name, expected.map(String)]);
    }
    for (const [who, { lines: told, gaps, errors }] of Object.entries(sockets)) {
      await until(`${who} has the last line`, () => told.at(-1) === lines);
      expect([who, told, gaps, errors]).toEqual([who, expected, [], []]);
      // As it was opened: nobody had to come back.
      expect([who, sockets[who]?.connections]).toEqual([who, 1]);
    }
    if (choice === "signalbox_by_source") expect(await forwarded()).toBe(0);
    if (choice === "signalbox") expect(await forwarded()).toBeGreaterThan(0);
  });

  test("V3 V4 a session is started, followed, asked for and stopped, whichever node is asked", async () => {
    const client = new RealtimeClient(url, token);
    ends.push(() => client.dispose());
    const { session_id: id, status } = await client.startSession("shop", ["nobody"], "Wait");
    expect(status).toBe("waiting");
    await client.connect(id);
    await until("it says so", () => client.updates().some((update) => update.status === "waiting"));
    for (let n = 0; n < 3; n++) {
      const answer = await fetch(`${url}/orchestrate/status/${id}`, { headers: bearer(token) });
      expect(await answer.json()).toMatchObject({ session_id: id, status: "waiting" });
    }
    await client.stopSession(id);
    await until("it is closed", () => client.closed.has(id));
    expect([client.closed.get(id), client.updates().at(-1)]).toMatchObject([1_000, { status: "stopped" }]);
  });
});

test("a node is killed: whoever followed through it goes on at others and misses nothing; its sessions are carried on there, once", async () => {
  const ends: Array<() => unknown> = [];
  const targets = nodes.map((node) => node.port);
  const proxy = await balanceWithHaproxy({ targets, choice: "signalbox", port, host: `localhost:${port}` });
  const { url } = proxy;
  const front = { url, token } as Gateway;
  try {
    const ids = nodes.flatMap((_node, n) => [`killed-${n}-a`, `killed-${n}-b`]);
    for (const [n, id] of ids.entries()) {
      const taker = { url: nodes[n >> 1]?.url ?? "", token } as Gateway;
      const started = await post(taker, "/orchestrate/start", { session_id: id, agents: ["forever"] });
      expect(started).toMatchObject({ status: "waiting" });
    }
    const followed = { url, token, processId: "killed", cwd: folder };
    const viewers: CountedViewer[] = [
      ...(["websocket", "sse", "poll"] as const).map((transport) => clientViewer(followed, transport)),
      ...logViewers(followed),
    ];
    const sockets: Record<string, Follower> = {
      "4.8 over WebSocket": follow({ ...followed, transports: ["websocket"] }),
      "4.8 over polling": follow({ ...followed, transports: ["polling"] }),
      "4.8 over both": follow({ ...followed, transports: ["polling", "websocket"] }),
      "2.5 over polling": followOld({ ...followed, transports: ["polling"] }),
    };
    ends.push(
      ...viewers.map((viewer) => () => viewer.close()),
      ...Object.values(sockets).map((one) => () => one.stop()),
    );
    await until("all are there", () => Object.values(sockets).every(({ joins }) => joins > 0));
    for (let from = 1; from <= lines; from += perPublish) {
      if (from === 101) await nodes[0]?.kill9();
      const events = Array.from({ length: perPublish }, (_, n) => ({
        ...{ type: "process_output", data: { processId: "killed", output: String(from + n) } },
        metadata: { idempotencyKey: `line-${from + n}` },
      }));
      await insist("they are kept", () => post(front, "/v1/events", events));
    }
    const runner = spawn(process.execPath, [smallRunner, url, token, "late", "forever"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    ends.push(async () => {
      const gone = once(runner, "exit");
      if (runner.kill("SIGTERM")) await gone;
    });
    const expected = Array.from({ length: lines }, (_, n) => n + 1);
    for (const viewer of viewers) {
      expect([viewer.name, await viewer.lines(String(lines))]).toEqual([viewer.name, expected.map(String)]);
    }
    for (const [who, { lines: told, gaps }] of Object.entries(sockets)) {
      await until(`${who} has the last line`, () => told.at(-1) === lines);
      expect([who, told, gaps]).toEqual([who, expected, []]);
    }
    const statusOf = async (id: string): Promise<unknown> =>
      (
        (await (await fetch(`${url}/orchestrate/status/${id}`, { headers: bearer(token) })).json()) as {
          status: string;
        }
      ).status;
    for (const id of ids) await until(`${id} is active`, async () => (await statusOf(id)) === "active");
    for (const id of ids) await insist(`${id} is stopped`, () => post(front, "/orchestrate/stop", { session_id: id }));
    for (const id of ids) await until(`${id} has stopped`, async () => (await statusOf(id)) === "stopped");
    for (const id of ids) {
      const types = (await history(front, `session:${id}`)).map(({ type }) => type);
      expect([id, types.filter((type) => /^session_st/.test(type))]).toEqual([
        id,
        ["session_started", "session_stopped"],
      ]);
    }
    const begun = (await history(front, "agent:runner-late")).filter(({ type }) => type === "command_started");
    expect(begun).toHaveLength(ids.length);
  } finally {
    await Promise.all(ends.map((end) => end()));
    await proxy.stop();
    await nodes[0]?.restart();
  }
});

/** Asked again until it is answered. */
const insist = (what: string, ask: () => Promise<unknown>): Promise<void> =>
  until(what, () =>
    ask().then(
      () => true,
      () => false,
    ),
  );
