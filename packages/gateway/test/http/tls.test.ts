import { once } from "node:events";
import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request } from "node:https";
import { connect as connectPlain } from "node:net";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import type { Message } from "@signalbox/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { ConfigError, type ConfigFlags } from "../../src/index.ts";
import { makeCertificate, type TestCertificate } from "../support/certificate.ts";
import { openGateway, type TestGateway, tempDir, token } from "../support/gateway.ts";
import { Inbox } from "../support/inbox.ts";

interface Secure {
  gateway: TestGateway;
  /** What the gateway serves now: the files it was given. */
  files: TestCertificate;
  dir: string;
}

async function openSecure(flags: ConfigFlags = {}, names?: string[]): Promise<Secure> {
  const dir = tempDir();
  const files = makeCertificate(dir, "first", names);
  const { certFile, keyFile } = files;
  // Looks at the files often: a fifth of the heartbeat.
  const gateway = await openGateway({ tls: { certFile, keyFile }, limits: { heartbeatMs: 500 }, ...flags });
  return { gateway, files, dir };
}

interface Answer {
  status: number | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}

function ask(
  { gateway, files }: Secure,
  path: string,
  init: { body?: unknown; headers?: object } = {},
): Promise<Answer> {
  const { body, headers } = init;
  return new Promise((resolve, reject) => {
    const options = {
      ...{ host: "127.0.0.1", port: gateway.port, path, ca: files.cert, agent: false as const },
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    };
    const sent = request(options, async (response) => {
      const { statusCode: status, headers } = response;
      resolve({ status, headers, body: (await response.toArray()).join("") });
    });
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function openSocket({ gateway, files }: Secure): Promise<{ inbox: Inbox; socket: WebSocket }> {
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`wss://127.0.0.1:${gateway.port}/v1/ws`, "signalbox.v1", { ca: files.cert, headers });
  onTestFinished(() => socket.terminate());
  const inbox = new Inbox();
  socket.on("message", (data) => inbox.take(JSON.parse(String(data)) as Message));
  socket.on("close", () => inbox.end());
  await once(socket, "open");
  return { inbox, socket };
}

/** A handshake as a client makes it, whatever the certificate. */
async function shake(gateway: TestGateway, options: object = {}): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port: gateway.port, rejectUnauthorized: false, ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

const nameServed = async (gateway: TestGateway): Promise<string | undefined> => {
  const socket = await shake(gateway);
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return Array.isArray(CN) ? CN[0] : CN;
};

/** The gateway looks at its files by itself: asked again until it has seen them. */
async function served(gateway: TestGateway, name: string): Promise<void> {
  while ((await nameServed(gateway)) !== name) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Whole or not at all, as careful people replace files. */
function put(content: Buffer | string, path: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

const event = (n: number): object => ({ type: "note", channel: "agent:a", data: { n } });

describe("TLS", () => {
  test("publishing and subscribing work over https and wss, and the gateway says so in its address", async () => {
    const secure = await openSecure();
    expect(secure.gateway.url).toBe(`https://127.0.0.1:${secure.gateway.port}`);
    const { inbox, socket } = await openSocket(secure);
    socket.send(JSON.stringify({ id: "1", type: "subscribe", data: { channel: "agent:a", since: "earliest" } }));
    await inbox.type("subscription_update");
    expect((await ask(secure, "/v1/events", { body: [event(1), event(2)] })).status).toBe(200);
    socket.send(JSON.stringify({ id: "2", ...event(3) }));
    const got = await inbox.publications(3);
    expect(got.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    const { servers } = JSON.parse((await ask(secure, "/asyncapi.json")).body) as { servers: object };
    expect(JSON.stringify(servers)).toContain('"wss"');
  });

  test("A1 its own origin begins with https; the same with http is a foreign one", async () => {
    const secure = await openSecure();
    const own = await ask(secure, "/v1/info", { headers: { origin: secure.gateway.url } });
    expect([own.status, own.headers["access-control-allow-origin"]]).toEqual([200, undefined]);
    const plain = await ask(secure, "/v1/info", { headers: { origin: secure.gateway.url.replace("https", "http") } });
    expect(plain.status).toBe(403);
  });

  test("browsers are told to stay with https, except on localhost", async () => {
    const secure = await openSecure();
    const header = "strict-transport-security";
    expect((await ask(secure, "/v1/info")).headers[header]).toMatch(/^max-age=[0-9]{7,}$/);
    const headers = { host: `localhost:${secure.gateway.port}` };
    expect((await ask(secure, "/v1/info", { headers })).headers[header]).toBeUndefined();
    const plain = await openGateway();
    expect((await plain.request("/v1/info")).headers.get(header)).toBeNull();
  });

  test("the address it tells is one that the certificate has", async () => {
    const secure = await openSecure({ allowedHosts: ["other.test", "box.test:443"] }, ["DNS:box.test"]);
    expect(secure.gateway.url).toBe(`https://box.test:${secure.gateway.port}`);
  });

  test("versions before 1.2 and other protocols than HTTP/1.1 are refused, and 1.2 and 1.3 are not", async () => {
    const { gateway } = await openSecure();
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const options = { minVersion: version, maxVersion: version, ALPNProtocols: ["h2", "http/1.1"] };
      const socket = await shake(gateway, options);
      expect([socket.getProtocol(), socket.alpnProtocol]).toEqual([version, "http/1.1"]);
    }
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
    await expect(shake(gateway, old)).rejects.toThrow(/alert|version/);
    await expect(shake(gateway, { ALPNProtocols: ["h2"] })).rejects.toThrow(/alert/);
  });
});

describe("a certificate that changes", () => {
  test("is served to new connections, while those that are open go on", async () => {
    const secure = await openSecure();
    const { gateway, files, dir } = secure;
    const { inbox, socket } = await openSocket(secure);
    socket.send(JSON.stringify({ id: "1", type: "subscribe", data: { channel: "agent:a", since: "now" } }));
    await inbox.type("subscription_update");
    const second = makeCertificate(dir, "second");
    put(readFileSync(second.certFile), files.certFile);
    put(readFileSync(second.keyFile), files.keyFile);
    await served(gateway, "second");
    expect((await ask({ ...secure, files: second }, "/v1/events", { body: event(1) })).status).toBe(200);
    expect((await inbox.publications(1))[0]?.data).toEqual({ n: 1 });
    expect(socket.readyState).toBe(WebSocket.OPEN);
    await expect(ask(secure, "/v1/info")).rejects.toThrow(/self-signed|self signed/);
  });

  test("is seen by what it holds: a file whose time stays the same has changed too", async () => {
    const { gateway, files, dir } = await openSecure();
    const second = makeCertificate(dir, "second");
    const past = new Date(0);
    for (const path of [files.certFile, files.keyFile]) utimesSync(path, past, past);
    put(readFileSync(second.certFile), files.certFile);
    put(readFileSync(second.keyFile), files.keyFile);
    for (const path of [files.certFile, files.keyFile]) utimesSync(path, past, past);
    await served(gateway, "second");
  });

  test("stays as it was, and the log says it once, when the pair does not fit, is no certificate or is gone", async () => {
    const { gateway, files, dir } = await openSecure();
    const second = makeCertificate(dir, "second");
    const complaints = (): number =>
      gateway.lines.filter((line) => line.includes("the certificate stays as it is")).length;
    let expected = 0;
    const complained = async (): Promise<void> => {
      expected++;
      while (complaints() < expected) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await nameServed(gateway)).toBe("first");
    };
    put(readFileSync(second.certFile), files.certFile);
    await complained();
    put("not a certificate", files.certFile);
    await complained();
    put("", files.certFile);
    await complained();
    put(readFileSync(second.keyFile), files.keyFile);
    await complained();
    rmSync(files.certFile);
    await complained();
    put(readFileSync(second.certFile), files.certFile);
    await served(gateway, "second");
    expect(complaints()).toBe(expected);
  });

  test.each([
    ["is missing", (dir: string) => ({ certFile: join(dir, "first.pem"), keyFile: join(dir, "none.key") })],
    ["is another's", (dir: string) => ({ certFile: join(dir, "first.pem"), keyFile: join(dir, "other.key") })],
    ["is no key", (dir: string) => ({ certFile: join(dir, "first.pem"), keyFile: join(dir, "first.pem") })],
  ])("a gateway whose key %s does not start, and says which file it is", async (_what, filesIn) => {
    const dir = tempDir();
    makeCertificate(dir, "first");
    makeCertificate(dir, "other");
    const opening = openGateway({ tls: filesIn(dir) });
    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow(join(dir, "first.pem"));
  });
});

describe("what is no handshake", () => {
  const bytesTo = (gateway: TestGateway, bytes: Buffer): Promise<unknown> => {
    const socket = connectPlain(gateway.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.resume();
    socket.write(bytes);
    return once(socket, "close");
  };
  const clientHello = Buffer.from("160301", "hex");

  test("plain HTTP is cut off, and the log tells why", async () => {
    const secure = await openSecure();
    const sent = plainRequest({ host: "127.0.0.1", port: secure.gateway.port, path: "/", agent: false });
    sent.end();
    await once(sent, "error");
    expect(secure.gateway.lines.join("")).toContain("this is plain HTTP");
    expect((await ask(secure, "/v1/info")).status).toBe(200);
  });

  test.each([
    ["zeros", Buffer.alloc(1_000)],
    ["random-looking bytes", Buffer.from(Array.from({ length: 4_000 }, (_, i) => (i * 7_919) % 251))],
    ["a record that says it is longer than one may be", Buffer.concat([clientHello, Buffer.from("ffff01", "hex")])],
    ["a hello that breaks its own lengths", Buffer.concat([clientHello, Buffer.from("0005010000ffff", "hex")])],
    ["an SSLv2 hello", Buffer.from("802e0100020015000000100100800200800300800400800500800600400700c0", "hex")],
    ["an alert", Buffer.from("15030100020228", "hex")],
  ])("%s: the connection ends, the gateway goes on", async (_what, bytes) => {
    const secure = await openSecure({ limits: { headerMs: 300, heartbeatMs: 500 } });
    await bytesTo(secure.gateway, bytes);
    expect((await ask(secure, "/v1/info")).status).toBe(200);
    expect(secure.gateway.lines.join("")).not.toContain('"level":"error"');
  });

  test("silence, and a client that leaves in the middle, end as well", async () => {
    const secure = await openSecure({ limits: { headerMs: 300, heartbeatMs: 500 } });
    await bytesTo(secure.gateway, Buffer.alloc(0));
    const leaving = connectPlain(secure.gateway.port, "127.0.0.1");
    await once(leaving, "connect");
    leaving.write(clientHello);
    leaving.resetAndDestroy();
    expect((await ask(secure, "/v1/info")).status).toBe(200);
  });

  test("what is no HTTP inside of TLS, and an upgrade that is refused, get their answer there", async () => {
    const { gateway } = await openSecure();
    const upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
    const sent: Array<[text: string, status: RegExp]> = [
      ["this is no HTTP\r\n\r\n", /^HTTP\/1\.1 400 /],
      [`GET /v1/ws HTTP/1.1\r\nHost: evil.test\r\n${upgrade}\r\n\r\n`, /^HTTP\/1\.1 403 /],
    ];
    for (const [text, status] of sent) {
      const socket = await shake(gateway);
      socket.write(text);
      expect((await socket.setEncoding("utf8").toArray()).join("")).toMatch(status);
    }
  });

  test("names in a handshake that nobody has change nothing", async () => {
    const { gateway } = await openSecure();
    const names = ["evil.test", "a".repeat(63), `${"a".repeat(60)}.`.repeat(4), "*", "x y", "..", "\u00fc.test", "%00"];
    for (const servername of names) {
      const socket = await shake(gateway, { servername });
      expect(socket.getPeerCertificate().subject.CN).toBe("first");
    }
  });

  test("stopping does not wait for handshakes that nobody ends", async () => {
    const { gateway } = await openSecure();
    const idle = connectPlain(gateway.port, "127.0.0.1");
    idle.on("error", () => {});
    await once(idle, "connect");
    const socket = await shake(gateway);
    await Promise.all([once(idle, "close"), once(socket, "close"), gateway.close()]);
  });
});
