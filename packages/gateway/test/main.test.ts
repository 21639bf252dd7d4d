import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { EventSource } from "eventsource";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ConfigFlags, createLog, loadConfig, startGateway } from "../src/index.ts";
import { nextEvent, serverEvents } from "./support/events.ts";
import { numbered, openGateway, tempDir, token } from "./support/gateway.ts";
import { manualStore, turn } from "./support/manual-store.ts";
import { rawRequest } from "./support/raw.ts";
import { openRelay } from "./support/relay.ts";
import { openWire } from "./support/wire.ts";

const silent = createLog({ level: "silent", pretty: false }, { write: () => {} });

describe("starting", () => {
  test("the token is made once and kept; the same data directory gives the same one", async () => {
    const dataDir = join(tempDir(), "data");
    const start = () =>
      startGateway(loadConfig({ flags: { port: 0, store: "memory", dataDir }, env: {}, cwd: dataDir }), {
        log: silent,
      });
    const first = await start();
    expect(first).toMatchObject({ host: "127.0.0.1", url: `http://127.0.0.1:${first.port}`, dataDir });
    expect(first.token).toHaveLength(43);
    await first.close();
    const second = await start();
    expect(second.token).toBe(first.token);
    await second.close();
  });

  test("a port in use: the next free one if that is wanted, else an error that says so", async () => {
    const taken = await occupy();
    const flags = { port: taken, store: "memory", dataDir: tempDir(), adminToken: token } as const;
    const gateway = await openGateway({ ...flags, portFallback: true });
    expect(gateway.port).toBeGreaterThan(taken);
    await expect(openGateway(flags)).rejects.toThrow("EADDRINUSE");
  });

  test("the log is one JSON line per record and never has the token", async () => {
    const gateway = await openGateway();
    await gateway.request("/v1/info", { headers: { authorization: "Bearer wrong-canary" } });
    await rawRequest(gateway, "/", { headers: { host: "evil\u202e.test\u001b[31m".replace(/[^\x20-\x7e]/g, "") } });
    const wire = await openWire(gateway, { headers: {} });
    wire.send({ id: "a", type: "auth_request", data: { token: "wrong-canary" } });
    await wire.closed;
    await gateway.close();
    const all = gateway.lines.join("");
    expect(all).not.toContain(token);
    expect(all).not.toContain("wrong-canary");
    for (const line of gateway.lines) expect(JSON.parse(line)).toHaveProperty("msg");
    expect(gateway.lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
      expect.arrayContaining(["the gateway runs", expect.stringContaining("refused: "), "the gateway has stopped"]),
    );
  });

  test("the dashboard: its files, its first page for its own addresses, never for those of the API", async () => {
    const dashboardDir = tempDir();
    mkdirSync(join(dashboardDir, "assets"));
    writeFileSync(join(dashboardDir, "index.html"), "<title>first page</title>");
    writeFileSync(join(dashboardDir, "assets", "app-1a2b.js"), "export {};");
    writeFileSync(join(dashboardDir, ".secret"), "no");
    const gateway = await openGateway({ dashboardDir });
    const get = (path: string) => rawRequest(gateway, path, { headers: { authorization: "", accept: "text/html" } });
    for (const path of ["/", "/fleet", "/processes/p1?tab=log"]) {
      const page = await get(path);
      expect([path, page.status, page.body]).toEqual([path, 200, "<title>first page</title>"]);
      expect(page.headers["cache-control"]).toBe("no-cache");
    }
    const script = await get("/assets/app-1a2b.js");
    expect(script.headers["content-type"]).toContain("javascript");
    expect(script.headers["cache-control"]).toContain("immutable");
    expect(script.headers["content-security-policy"]).toContain("default-src 'none'");
    for (const path of ["/assets/none.js", "/.secret", "/v1/nowhere", "/health/x", "/..%2f..%2fetc%2fpasswd.txt"]) {
      expect([path, (await get(path)).status]).toEqual([
        path,
        expect.toSatisfy((status) => status === 404 || status === 401 || status === 403),
      ]);
    }
  });
});

describe("§3.6 stopping", () => {
  test("every client is told when to come back, then its connection ends", async () => {
    const gateway = await openGateway();
    const [kept] = await gateway.publish(numbered("global", 1, 1));
    const wires = await Promise.all(Array.from({ length: 5 }, () => openWire(gateway)));
    for (const wire of wires) wire.send({ id: "c", type: "connect" });
    for (const wire of wires) await wire.inbox.type("connect");
    const events = serverEvents(
      await gateway.request("/v1/channels/global/events", { headers: { accept: "text/event-stream" } }),
    );
    await nextEvent(events, ({ event }) => event === "message");
    const data = { channel: "global", since: { epoch: kept?.epoch, offset: 1 } };
    const body = JSON.stringify({ messages: [{ type: "subscribe", data }], waitMs: 50_000 });
    const polling = gateway.request("/v1/poll", { method: "POST", body });
    const history = gateway.request("/v1/channels/global/events?since=now&wait=50");
    await watching(gateway, 3);

    const closing = gateway.close();
    expect(gateway.close()).toBe(closing);
    const delays: number[] = [];
    for (const wire of wires) {
      const { data } = await wire.inbox.type("disconnect");
      const { reason, reconnectAfterMs } = data as { reason: string; reconnectAfterMs: number };
      expect(reason).toBe("going_away");
      delays.push(reconnectAfterMs);
      expect(await wire.closed).toEqual({ code: 3000, reason: "going_away" });
    }
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(500);
    expect(new Set(delays).size).toBeGreaterThan(1);
    expect((await nextEvent(events, ({ event }) => event === "disconnect")).data).toContain("going_away");
    await expect(nextEvent(events)).rejects.toThrow("ended");
    expect(await (await polling).json()).toMatchObject({
      messages: expect.arrayContaining([expect.objectContaining({ type: "disconnect" })]),
    });
    expect((await history).status).toBe(200);
    await closing;
    await expect(gateway.request("/health/live")).rejects.toThrow();
  });

  test("what was being published is still answered", async () => {
    const { store, appends } = manualStore();
    const gateway = await openGateway({}, { store });
    const publishing = gateway.publish({ type: "note", channel: "user:u" });
    while (appends.length === 0) await turn();
    const closing = gateway.close();
    await turn();
    appends[0]?.resolve([{ ok: true, epoch: "e", offset: 1, duplicate: false }]);
    expect(await publishing).toMatchObject([{ offset: 1 }]);
    await closing;
  });

  test("a client that does not answer its close does not hold up the end", async () => {
    const gateway = await openGateway();
    const wire = await openWire(gateway);
    wire.socket.pause();
    await gateway.close();
    expect(gateway.lines.at(-1)).toContain("the gateway has stopped");
  });
});

describe("restarting", () => {
  test("the official EventSource client resumes across a restart of the gateway: nothing lost, nothing twice", async () => {
    const dataDir = tempDir();
    const flags = { store: "sqlite", dataDir, allowedHosts: ["127.0.0.1"] } satisfies ConfigFlags;
    const first = await openGateway(flags);
    const relay = await openRelay(first);
    const source = new EventSource(`${relay.url}/v1/channels/process:p1/events`, {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
    });
    onTestFinished(() => source.close());
    const got: number[] = [];
    let wake: () => void = () => {};
    source.onmessage = (event: MessageEvent) => {
      got.push((JSON.parse(String(event.data)) as { data: { n: number } }).data.n);
      wake();
    };
    const until = async (count: number): Promise<void> => {
      while (got.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    await first.publish(numbered("process:p1", 1, 500));
    await until(500);
    await first.close();
    const second = await openGateway(flags);
    await second.publish(numbered("process:p1", 501, 1_000));
    relay.target(second);
    await until(1_000);
    expect(got).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
  });

  test("positions, snapshots and the epoch outlive a restart", async () => {
    const dataDir = tempDir();
    const first = await openGateway({ store: "sqlite", dataDir });
    const [kept] = await first.publish({ type: "agent_status", data: { agentId: "a", status: "running" } });
    await first.close();
    const second = await openGateway({ store: "sqlite", dataDir });
    const found = await (await second.request("/v1/channels/agent:a")).json();
    expect(found).toMatchObject({ epoch: kept?.epoch, offset: 1, snapshot: { state: { status: "running" } } });
  });
});

function occupy(): Promise<number> {
  const server: Server = createServer();
  onTestFinished(() => void server.close());
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

type Opened = Awaited<ReturnType<typeof openGateway>>;

/** Until so many connections watch `global`. */
async function watching(gateway: Opened, count: number): Promise<void> {
  for (;;) {
    const found = (await (await gateway.request("/v1/channels/global")).json()) as { subscribers: number };
    if (found.subscribers === count) return;
  }
}
