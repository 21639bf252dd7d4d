import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Allowed, isPublic } from "../../src/notifications/addresses.ts";
import { NotAllowed, Outgoing } from "../../src/notifications/outgoing.ts";

/** Nobody may ever be asked. */
let sink: Server;
let hits = 0;
let port = 0;
let answer: (path: string) => { status: number; headers?: Record<string, string>; body?: string | Buffer } = () => ({
  status: 204,
});

beforeAll(async () => {
  sink = createServer((request, response) => {
    const { status, headers = {}, body } = answer(request.url ?? "");
    response.writeHead(status, headers).end(body);
  });
  sink.on("connection", () => {
    hits++;
  });
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
  port = (sink.address() as AddressInfo).port;
});
afterAll(() => {
  sink.closeAllConnections();
  sink.close();
});

const strict = (more: Partial<ConstructorParameters<typeof Outgoing>[0]> = {}): Outgoing =>
  new Outgoing({ allow: [], ports: [443, 8443, port], timeoutMs: 500, ...more });
const free = (more: object = {}): Outgoing => strict({ allow: ["127.0.0.1"], timeoutMs: 5_000, ...more });
const request = (url: string, headers: Record<string, string> = {}) => ({ url, headers, body: Buffer.from("{}") });
const v4 = (...addresses: string[]) => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

describe("A34 a webhook into the private network", () => {
  test.each([
    ...["127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254"],
    ...["100.64.0.1", "100.100.100.200", "168.63.129.16", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255"],
    ...["192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "240.0.0.1"],
    ...[
      "::",
      "::1",
      "fe80::1",
      "fc00::1",
      "fd12::1",
      "::ffff:127.0.0.1",
      "::ffff:8.8.8.8",
      "64:ff9b::7f00:1",
      "ff02::1",
    ],
    ...["2001:db8::1", "2001::1", "2002:7f00:1::", "fec0::1", "::127.0.0.1", "3fff::1", "100::1"],
  ])("%s is not public", (address) => {
    expect(isPublic(address)).toBe(false);
  });

  test.each([
    "1.1.1.1",
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "100.128.0.1",
    "93.184.216.34",
    "2606:4700::1111",
    "2a00:1450:4001::1",
  ])("%s is public", (address) => {
    expect(isPublic(address)).toBe(true);
  });

  test("none of the ways to write loopback reaches it", async () => {
    const before = hits;
    const hosts = [
      "127.0.0.1",
      "2130706433",
      "0x7f.1",
      "0x7f000001",
      "0177.0.0.1",
      "127.1",
      "[::1]",
      "[::ffff:127.0.0.1]",
    ];
    hosts.push("[::ffff:7f00:1]", "0.0.0.0", "0", "[::]", "localhost", "localhost.", "127.0.0.1.", "①②⑦.0.0.1");
    for (const host of hosts) {
      for (const scheme of ["https", "http"]) {
        await expect(strict().post(request(`${scheme}://${host}:${port}/hook`)), host).rejects.toThrow(NotAllowed);
      }
    }
    expect(hits).toBe(before);
  });

  test("a name that means something else a moment later is asked once, and only where it was checked", async () => {
    const before = hits;
    const answers = [v4("1.1.1.1"), v4("127.0.0.1")];
    let asked = 0;
    const lookUp = async () => answers[Math.min(asked++, 1)] ?? [];
    const outgoing = strict({ lookUp });
    // From here nothing answers on it: what counts is that nobody asked for its name again.
    await expect(outgoing.post(request(`https://rebind.example:${port}/`))).rejects.toThrow();
    expect(asked).toBe(1);
    await expect(outgoing.post(request(`https://rebind.example:${port}/`))).rejects.toThrow("leads to 127.0.0.1");
    expect(asked).toBe(2);
    expect(hits).toBe(before);
  });

  test("one private address among public ones is enough to refuse", async () => {
    for (const found of [v4("1.1.1.1", "10.0.0.1"), v4("127.0.0.1", "1.1.1.1"), v4("2606:4700::1111", "::1"), []]) {
      await expect(strict({ lookUp: async () => found }).post(request("https://both.example/"))).rejects.toThrow();
    }
  });

  test("redirects are not followed", async () => {
    answer = () => ({ status: 302, headers: { location: `http://127.0.0.1:${port}/inside` } });
    const before = hits;
    expect(await free().post(request(`http://127.0.0.1:${port}/outside`))).toMatchObject({ status: 302 });
    expect(hits).toBe(before + 1);
  });

  test("only https, only its ports, no passwords; what is allowed may be http at any port", async () => {
    const toPublic = { lookUp: async () => v4("1.1.1.1") };
    await expect(strict(toPublic).post(request("http://plain.example/"))).rejects.toThrow("https://");
    await expect(strict({ ...toPublic, ports: [443] }).post(request("https://odd.example:6379/"))).rejects.toThrow(
      "port 6379",
    );
    for (const url of [
      "https://user:pass@a.example/",
      "ftp://a.example/",
      "file:///etc/passwd",
      "gopher://a/",
      "https://",
      "https://a b/",
    ]) {
      expect(() => strict().check(url), url).toThrow(NotAllowed);
    }
    answer = () => ({ status: 204 });
    for (const allow of [["127.0.0.1"], ["127.0.0.0/8"]]) {
      expect(await strict({ allow, timeoutMs: 5_000 }).post(request(`http://127.0.0.1:${port}/`))).toMatchObject({
        status: 204,
      });
    }
    const named = strict({ allow: ["hooks.internal"], timeoutMs: 5_000, lookUp: async () => v4("127.0.0.1") });
    expect(await named.post(request(`http://hooks.internal:${port}/`))).toMatchObject({ status: 204 });
    await expect(named.post(request(`http://other.internal:${port}/`))).rejects.toThrow(NotAllowed);
    for (const entry of ["10.0.0.0/33", "a b", "http://x", "*", "10.0.0.0/8/8"])
      expect(() => new Allowed([entry]), entry).toThrow(RangeError);
  });

  test("a line end in the path or in a header reaches nobody", async () => {
    const before = hits;
    for (const url of [
      `http://127.0.0.1:${port}/\r\nX: y`,
      `http://127.0.0.1:${port}/\nX`,
      `http://127.0.0.1:${port}/ HTTP/1.1\r\n`,
    ]) {
      await expect(free().post(request(url))).rejects.toThrow(NotAllowed);
    }
    await expect(free().post(request(`http://127.0.0.1:${port}/`, { "webhook-id": "a\r\nx: y" }))).rejects.toThrow();
    expect(hits).toBe(before);
  });

  test("an answer that never ends, or never comes, is given up", async () => {
    answer = () => ({ status: 200, body: Buffer.alloc(1_048_576) });
    expect(await free().post(request(`http://127.0.0.1:${port}/`))).toMatchObject({ status: 200 });
    const silent = createTcpServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port: at } = silent.address() as AddressInfo;
    await expect(free({ timeoutMs: 100 }).post(request(`http://127.0.0.1:${at}/`))).rejects.toThrow(
      "no answer in time",
    );
    const never = strict({ lookUp: () => new Promise(() => {}), timeoutMs: 100 });
    await expect(never.post(request("https://slow.example/"))).rejects.toThrow("no answer in time");
    silent.close();
  });
});

test("CVE-2026-1527 nobody is asked for another protocol, with or without a line end, and an offer of one is refused", async () => {
  const lines: string[] = [];
  const offering = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      lines.push(String(data));
      socket.end(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: evil\r\n\r\nGET / HTTP/1.1\r\n\r\n",
      );
    });
  });
  await new Promise<void>((resolve) => offering.listen(0, "127.0.0.1", resolve));
  const { port: at } = offering.address() as AddressInfo;
  await expect(free().post(request(`http://127.0.0.1:${at}/`))).rejects.toThrow("another protocol");
  await expect(free().post(request(`http://127.0.0.1:${at}/`, { upgrade: "a\r\nx-injected: 1" }))).rejects.toThrow();
  expect(lines.join("")).not.toMatch(/^(upgrade|x-injected):/im);
  offering.close();
});

test("CVE-2026-2581 the same asked a thousand times at once holds no answer's body", async () => {
  answer = () => ({ status: 200, body: Buffer.alloc(1_048_576) });
  const outgoing = free({ timeoutMs: 60_000 });
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const one = async (): Promise<number> => {
    const { status } = await outgoing.post(request(`http://127.0.0.1:${port}/same`));
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    return status;
  };
  for (let rounds = 0; rounds < 4; rounds++) {
    expect(new Set(await Promise.all(Array.from({ length: 50 }, one)))).toEqual(new Set([200]));
  }
  // The sink of this very process has the bodies it sends, 50 MiB of them at a time; 200 answers would be 200 MiB.
  expect(most).toBeLessThan(150 * 1_048_576);
});
