/**
 * No sticky sessions needed, and sticky sessions work: three nodes behind Debian's nginx and haproxy as examples/load-balancers/ sets
 * them up, by round robin, by the client's address, by a cookie. Whoever follows has everything once and in order, over every way.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultNamespaces } from "@signalbox/core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createLog, loadConfig, startGateway } from "../packages/gateway/src/index.ts";
import { memoryCluster } from "../packages/gateway/test/support/memory-broker.ts";
import { type CountedViewer, clientViewer, logViewers } from "./support/counted-viewers.ts";
import { bearer } from "./support/http.ts";
import { balanceWithHaproxy, balanceWithNginx, type Choice, choices } from "./support/load-balancer.ts";
import { quietPort } from "./support/quiet-port.ts";
import type { ReverseProxy } from "./support/reverse-proxy.ts";
import { type Follower, follow, followOld } from "./support/socketio-follower.ts";
import { until } from "./support/until.ts";
import { RealtimeClient } from "./support/vscode-client.ts";

const lines = 300;
const perPublish = 10;

const balancers = [
  { name: "nginx", balance: balanceWithNginx },
  { name: "haproxy", balance: balanceWithHaproxy },
].flatMap(({ name, balance }) => choices.map((choice) => ({ name, choice, balance })));

let folder: string;
let port: number;
let nodes: Array<{ port: number; url: string; close(): Promise<void> }>;
const token = "of-all-nodes-of-this-test";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-sticky-"));
  port = await quietPort();
  const cluster = memoryCluster(defaultNamespaces);
  nodes = [];
  for (let n = 0; n < 3; n++) {
    const config = loadConfig({
      flags: {
        port: 0,
        store: "memory",
        dataDir: join(folder, `data-${n}`),
        adminToken: token,
        allowedHosts: [`localhost:${port}`],
        trustedProxies: ["127.0.0.1"],
      },
      env: {},
    });
    const log = createLog({ level: "warn", pretty: false }, { write: (line: string) => void console.log(line) });
    nodes.push(await startGateway(config, { log, store: cluster.node() }));
  }
});
afterAll(async () => {
  await Promise.all((nodes ?? []).map((node) => node.close()));
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

  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const headers = { ...bearer(token), "content-type": "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };

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
      await post("/v1/events", events);
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
