/**
 * D1 on several nodes: each request of a Socket.IO connection may come to another one than the last. What nodes pass on to each
 * other is believed of nodes alone.
 */
import { request as httpsRequest } from "node:https";
import { type Broker, defaultNamespaces } from "@signalbox/core";
import { describe, expect, test } from "vitest";
import type { ConfigFlags } from "../../src/index.ts";
import { secretDocument } from "../../src/nodes/forward/secret.ts";
import { vouch, vouchingHeader } from "../../src/nodes/forward/vouching.ts";
import { markOf } from "../../src/nodes/peers.ts";
import { openBalancer } from "../support/balancer.ts";
import { makeCertificate } from "../support/certificate.ts";
import { openGateway, type TestGateway, tempDir, token } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";
import { type RawAnswer, rawBytes, rawRequest } from "../support/raw.ts";
import { ask, bringing, newKinds, oldKinds, once } from "../surfaces/socketio/clients.ts";
import { openPolling, type Polling } from "../surfaces/socketio/raw.ts";

interface Nodes {
  cluster: ReturnType<typeof memoryCluster>;
  brokers: Broker[];
  all: TestGateway[];
  one: TestGateway;
  other: TestGateway;
  third: TestGateway;
}

async function openNodes(...flags: ConfigFlags[]): Promise<Nodes> {
  const cluster = memoryCluster(defaultNamespaces);
  const brokers = [0, 1, 2].map(() => cluster.node());
  const all: TestGateway[] = [];
  for (const [at, store] of brokers.entries()) all.push(await openGateway(flags[at] ?? flags[0], { store }));
  const [one, other, third] = all as [TestGateway, TestGateway, TestGateway];
  return { cluster, brokers, all, one, other, third };
}

const nameOf = (gateway: TestGateway): string => /"node":"([^"]+)"/.exec(gateway.lines.join(""))?.[1] ?? "";
const polling = (sid: string): string => `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
/** One that has joined, and has been told so. */
async function join(gateway: TestGateway): Promise<Polling> {
  const session = await openPolling(gateway);
  await session.send(`40${JSON.stringify({ token })}`);
  await session.until("40{");
  return session;
}

const unknown = { status: 400, body: '{"code":1,"message":"Session ID unknown"}' };

describe("through a balancer that gives each request to the next node", () => {
  test.each([...newKinds, ...oldKinds])("$name has every line once, in order", async (kind) => {
    const { all } = await openNodes();
    const { url, counts } = await openBalancer(all);
    const client = kind.open(url, bringing(kind, token));
    const lines: number[] = [];
    client.on("process-output", ({ output }: { output: string }) => void lines.push(Number(output)));
    await once(client, "connect");
    await ask(client, "subscribe-process", "p1");
    for (let n = 0; n < 60; n++) {
      await all[n % 3]?.publish({ type: "process_output", data: { processId: "p1", output: String(n) } });
    }
    await expect.poll(() => lines.length).toBe(60);
    expect(lines).toEqual(Array.from({ length: 60 }, (_, n) => n));
    if (kind.transports[0] === "polling") expect(counts.every((count) => count > 0)).toBe(true);
    if (kind.transports.length === 2) await expect.poll(() => client.io.engine.transport.name).toBe("websocket");
  });
});

describe("what is passed on", () => {
  test("the answer comes with its status and headers, also a refusal of what is too big; an end at one side is one at the other", async () => {
    const { one, other, third } = await openNodes({ limits: { socketioBytes: 2_000 } });
    const { sid } = await openPolling(one);
    const headers = { "content-type": "text/plain;charset=UTF-8", origin: other.url };
    const connect = { method: "POST", headers, body: `40${JSON.stringify({ token })}` };
    expect(await rawRequest(other, polling(sid), connect)).toMatchObject({ status: 200, body: "ok" });
    const joined = await rawRequest(third, polling(sid), { headers: { origin: third.url } });
    expect(joined).toMatchObject({ status: 200, body: expect.stringMatching(/^40\{/) });
    expect(joined.headers).toMatchObject({ "content-type": "text/plain; charset=UTF-8", "cache-control": "no-store" });
    const refused = await rawRequest(other, polling(sid), { method: "POST", headers, body: "4".repeat(100_000) });
    expect(refused.status).toBe(413);
    expect(await rawRequest(other, polling(sid), { method: "POST", headers, body: "1" })).toMatchObject({ body: "ok" });
    expect(await rawRequest(third, polling(sid))).toMatchObject(unknown);
  });

  test("a client that goes away while it polls is gone where it belongs", async () => {
    const { one, other } = await openNodes();
    const session = await join(one);
    await expect.poll(() => metric(one, "socketio")).toBe(1);
    const abort = new AbortController();
    const headers = { authorization: "" };
    const poll = fetch(other.url + polling(session.sid), { signal: abort.signal, headers });
    await expect.poll(async () => await metric(other, "forwarded")).toBe(1);
    abort.abort();
    await expect(poll).rejects.toThrow();
    await expect.poll(() => metric(one, "socketio")).toBe(0);
    expect(await metric(other, "forwarded")).toBe(0);
  });

  test("it counts for the client, whom the first node knows", async () => {
    const { one, other } = await openNodes({ trustedProxies: ["127.0.0.1"] });
    const { sid } = await openPolling(one);
    const headers = { "x-forwarded-for": "203.0.113.9", "content-type": "text/html" };
    const answer = await rawRequest(other, polling(sid), { method: "POST", headers, body: "x" });
    expect(answer.status).toBe(415);
    expect(one.lines.join("")).toContain('"address":"203.0.113.9"');
  });

  test("connections of other nodes do not use up what one address may have", async () => {
    const { one, other } = await openNodes({ limits: { connectionsPerAddress: 4 } }, {});
    const sessions = [await join(one), await join(one), await join(one), await join(one)];
    const abort = new AbortController();
    const polls = sessions.map(({ sid }) => fetch(other.url + polling(sid), { signal: abort.signal }));
    await expect.poll(() => metric(other, "forwarded")).toBe(4);
    await expect.poll(() => metric(one, "tcp")).toBeGreaterThanOrEqual(4);
    abort.abort();
    await Promise.allSettled(polls);
  });
});

describe("a node that is not there", () => {
  test("its clients are told to begin anew, also those that were waiting", async () => {
    const { cluster, one, other } = await openNodes();
    const { sid } = await join(one);
    const waiting = rawRequest(other, polling(sid));
    await expect.poll(() => metric(other, "forwarded")).toBe(1);
    cluster.kill(nameOf(one));
    expect(await waiting).toMatchObject(unknown);
    expect(await rawRequest(other, polling(sid))).toMatchObject(unknown);
    expect(await upgrade(other, sid)).toMatch(/^HTTP\/1.1 400 /);
  });

  test.each(["", "short", "AAAAAAAAAAAAAAAA.x", "AAAAAAAAAAAAAAAA.", "....................", "A".repeat(5_000)])(
    "an id that nobody gave (%#) is unknown",
    async (sid) => {
      const { other } = await openNodes();
      const answer = await rawRequest(other, polling(sid));
      if (sid === "") expect(answer.status).toBe(200);
      else expect(answer).toMatchObject(unknown);
    },
  );

  test("one whose address leads elsewhere is not asked in circles", async () => {
    const { all } = await openNodes({}, { nodeUrl: "http://127.0.0.1:9" }, { nodeUrl: "http://127.0.0.1:9" });
    const [one, other] = all as [TestGateway, TestGateway];
    const lost = await openPolling(other);
    expect(await rawRequest(one, polling(lost.sid))).toMatchObject(unknown);
    const cluster = memoryCluster(defaultNamespaces);
    const first = await openGateway({}, { store: cluster.node() });
    const second = await openGateway({ nodeUrl: first.url }, { store: cluster.node() });
    const third = await openGateway({}, { store: cluster.node() });
    const misled = await openPolling(second);
    expect(await rawRequest(first, polling(misled.sid))).toMatchObject(unknown);
    expect(await rawRequest(third, polling(misled.sid))).toMatchObject(unknown);
  });
});

describe("what outsiders claim", () => {
  const claims = async ({ brokers, one }: Nodes, path: string, method = "GET") => {
    const [broker] = brokers;
    const secret = Buffer.from((await broker?.document(secretDocument))?.text ?? "", "base64url");
    const to = markOf(nameOf(one));
    const passed = { method, url: path };
    const claim = { to, address: "203.0.113.9", atMs: Date.now() };
    const right = vouch(secret, claim, passed);
    return {
      right,
      wrong: {
        "nothing at all": "",
        "no claim": "x",
        "a claim of its own": `${right.split(".")[0]}.${"A".repeat(43)}`,
        "a secret of its own": vouch(Buffer.alloc(32), claim, passed),
        "another path": vouch(secret, claim, { method, url: `${path}&x` }),
        "another method": vouch(secret, claim, { method: "DELETE", url: path }),
        "another node": vouch(secret, { ...claim, to: markOf("nobody") }, passed),
        "an hour ago": vouch(secret, { ...claim, atMs: Date.now() - 3_600_000 }, passed),
        "an hour from now": vouch(secret, { ...claim, atMs: Date.now() + 3_600_000 }, passed),
        "two claims": `${right}, ${right}`,
        "a mac of another claim": `${Buffer.from('["x"]').toString("base64url")}.${right.split(".")[1]}`,
        "a long one": "A".repeat(8_000),
      },
    };
  };
  const evil = { host: "evil.test", origin: "https://evil.test" };

  test("A50 a node is believed: what it looked at is not looked at again", async () => {
    const nodes = await openNodes();
    const { right } = await claims(nodes, "/v1/info");
    expect((await rawRequest(nodes.one, "/v1/info", { headers: { ...evil, [vouchingHeader]: right } })).status).toBe(
      200,
    );
    // Nobody but nodes says so: without it the same is refused.
    expect((await rawRequest(nodes.one, "/v1/info", { headers: evil })).status).toBe(403);
  });

  test("A1 nobody else is: refused before anything is done, on every address", async () => {
    const nodes = await openNodes();
    const { one } = nodes;
    const { sid, send } = await join(one);
    const paths = [polling(sid), "/v1/info", "/health/live"];
    for (const path of paths) {
      const { wrong } = await claims(nodes, path);
      for (const [what, header] of Object.entries(wrong)) {
        for (const more of [{}, evil]) {
          const answer = await rawRequest(one, path, { headers: { ...more, [vouchingHeader]: header } });
          expect([path, what, answer.status, answer.body]).toEqual([
            path,
            what,
            403,
            expect.stringContaining("forbidden"),
          ]);
        }
      }
    }
    expect(one.lines.join("")).not.toContain("203.0.113.9");
    // The connection is where it was.
    expect(await send("41")).toMatchObject({ status: 200 });
  });

  test("A1 a gateway that is alone believes nobody", async () => {
    const gateway = await openGateway();
    const header = vouch(
      Buffer.alloc(32),
      { to: "x", address: "203.0.113.9", atMs: Date.now() },
      { method: "GET", url: "/v1/info" },
    );
    const headers = { ...evil, [vouchingHeader]: header };
    expect((await rawRequest(gateway, "/v1/info", { headers })).status).toBe(403);
    expect((await rawRequest(gateway, "/v1/info", { headers: { [vouchingHeader]: header } })).status).toBe(200);
  });

  test("A50 what one node takes for a body is no request to the next", async () => {
    const { one, other } = await openNodes();
    const { sid, until } = await join(one);
    const smuggled = `40GET /v1/info HTTP/1.1\r\nHost: 127.0.0.1:${one.port}\r\n\r\n`;
    const lines = (length: string): string =>
      `POST ${polling(sid)} HTTP/1.1\r\nHost: 127.0.0.1:${other.port}\r\nContent-Type: text/plain\r\n${length}\r\n\r\n${smuggled}`;
    const both = `Content-Length: 2\r\nTransfer-Encoding: chunked`;
    expect(await rawBytes(other, lines(both))).toMatch(/^HTTP\/1.1 400 /);
    // Its length is said to be of this connection only: the next one gets another frame around the same body.
    const named = `Content-Length: ${smuggled.length}\r\nConnection: close, content-length`;
    const answer = await rawBytes(other, lines(named));
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    // Engine.IO read all of it as one packet, and ended for that.
    await expect(until("nothing")).rejects.toThrow("400");
  });

  test("A11 ids are 192 bits of chance, and tell nothing of their node's name", async () => {
    const { one, other } = await openNodes();
    const sids = await Promise.all([one, one, other].map(async (gateway) => (await openPolling(gateway)).sid));
    for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{32}$/);
    expect(new Set(sids.map((sid) => sid.split(".")[0])).size).toBe(2);
    expect(new Set(sids.map((sid) => sid.split(".")[1])).size).toBe(3);
  });
});

describe("over TLS", () => {
  const secureRequest = ({ port }: TestGateway, path: string): Promise<Pick<RawAnswer, "status" | "body">> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      const options = { host: "127.0.0.1", port, path, headers, rejectUnauthorized: false, agent: false as const };
      httpsRequest(options, async (answer) =>
        resolve({ status: answer.statusCode ?? 0, body: (await answer.toArray()).join("") }),
      )
        .once("error", reject)
        .end();
    });
  const open = async (gateway: TestGateway): Promise<string> =>
    /"sid":"([^"]+)"/.exec((await secureRequest(gateway, "/socket.io/?EIO=4&transport=polling")).body)?.[1] ?? "";

  test("to a node with this node's own certificate, whatever name is in it; to no other that is not trusted", async () => {
    const dir = tempDir();
    const [same, another] = ["same", "another"].map((name) => makeCertificate(dir, name, ["DNS:box.example.org"]));
    const flagsOf = ({ certFile, keyFile }: { certFile: string; keyFile: string }): ConfigFlags => ({
      tls: { certFile, keyFile },
    });
    if (same === undefined || another === undefined) throw new Error("no certificates");
    const { one, other, third } = await openNodes(flagsOf(same), flagsOf(same), flagsOf(another));
    const sid = await open(one);
    const path = `/socket.io/?EIO=4&transport=polling&j=1&sid=${sid}`;
    // It was asked, and says what it says of that.
    expect(await secureRequest(other, path)).toMatchObject({ status: 400, body: expect.stringContaining("/query/j") });
    expect(await secureRequest(third, polling(sid))).toMatchObject(unknown);
    expect(third.lines.join("")).toContain("neither this node's nor trusted");
  });
});

/** Connections of a kind. */
const metric = async (gateway: TestGateway, kind: string): Promise<number> => {
  const text = await (await gateway.request("/metrics")).text();
  return Number(new RegExp(`^signalbox_connections\\{[^}]*"${kind}"\\} (\\d+)`, "m").exec(text)?.[1]);
};

const upgrade = (gateway: TestGateway, sid: string): Promise<string> =>
  rawBytes(
    gateway,
    `GET /socket.io/?EIO=4&transport=websocket&sid=${sid} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  );
