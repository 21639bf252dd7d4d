import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { TrustedProxies } from "../../src/http/address.ts";
import { Door } from "../../src/http/door.ts";
import { openGateway, type TestGateway } from "../support/gateway.ts";
import { errorOf, rawRequest } from "../support/raw.ts";

const proxies = new TrustedProxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);

describe("trusted proxies", () => {
  test.each([
    ["127.0.0.1", true],
    ["127.0.0.2", false],
    ["10.255.0.1", true],
    ["11.0.0.1", false],
    ["fd12::1", true],
    ["fe80::1", false],
    ["::ffff:10.1.1.1", true],
    ["::ffff:11.1.1.1", false],
    ["", false],
    ["10.0.0", false],
    [undefined, false],
  ])("%s: %s", (address, trusted) => {
    expect(proxies.trusts(address)).toBe(trusted);
    expect(new TrustedProxies([]).trusts(address)).toBe(false);
  });

  test.each([
    "",
    "10",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "::/129",
    "localhost",
    "*",
    " 10.0.0.1",
  ])("%j is no address or network", (network) => {
    expect(() => new TrustedProxies([network])).toThrow(RangeError);
  });

  test.each([
    ["nobody's word but a proxy's counts", "192.0.2.1", "203.0.113.9", "192.0.2.1"],
    ["a proxy that says nothing is the client itself", "10.0.0.1", undefined, "10.0.0.1"],
    ["what the proxy saw is the last entry", "10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["what the client wrote before it is not believed", "10.0.0.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"],
    ["proxies in a row are passed over", "10.0.0.1", "198.51.100.7,203.0.113.9 , 10.0.0.2,fd00::3", "203.0.113.9"],
    ["a client that is a proxy itself", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["an IPv4 client has one name", "10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"],
    ["what is no address", "10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"],
    ["an address with a port", "10.0.0.1", "203.0.113.9:4711", "10.0.0.1"],
    ["nothing between commas", "10.0.0.1", "203.0.113.9,,", "10.0.0.1"],
    ["nothing at all", "10.0.0.1", "", "10.0.0.1"],
    ["junk that nobody has to read", "10.0.0.1", "<script>, 203.0.113.9", "203.0.113.9"],
  ])("%s", (_what, peer, header, client) => {
    const headers = header === undefined ? {} : { "x-forwarded-for": header };
    expect(proxies.client(peer, headers)).toBe(client);
  });
});

describe("A1 behind a proxy that ends TLS", () => {
  const door = new Door({ host: "127.0.0.1", allowedHosts: ["ops.example.org"], allowedOrigins: [], proxies });
  door.opened("127.0.0.1", 7400);
  const https = { host: "ops.example.org", "x-forwarded-proto": "https" };
  const origin = "https://ops.example.org";

  test("a page of the public name may use the gateway", () => {
    expect(door.refuse({ ...https, origin }, "10.0.0.1")).toBeUndefined();
    expect(door.originFor(https, "10.0.0.1")).toBe(origin);
  });

  test("also when the proxy calls the gateway otherwise and tells the public name", () => {
    const headers = { ...https, host: "127.0.0.1:7400", "x-forwarded-host": "OPS.example.org" };
    expect(door.refuse({ ...headers, origin }, "10.0.0.1")).toBeUndefined();
    expect(door.originFor(headers, "10.0.0.1")).toBe(origin);
  });

  test("the nearest proxy has the last word", () => {
    const headers = { ...https, "x-forwarded-proto": "http, https", "x-forwarded-host": "evil.test, ops.example.org" };
    expect(door.refuse({ ...headers, origin }, "10.0.0.1")).toBeUndefined();
  });

  test.each([
    ["a peer that is no proxy", {}, "192.0.2.1", "forbidden_origin"],
    ["no peer", {}, undefined, "forbidden_origin"],
    ["a scheme of its own", { "x-forwarded-proto": "wss" }, "10.0.0.1", "forbidden_origin"],
    ["plain HTTP", { "x-forwarded-proto": "http" }, "10.0.0.1", "forbidden_origin"],
    ["a rebound name, told by the proxy", { "x-forwarded-host": "evil.test" }, "10.0.0.1", "forbidden_host"],
    ["a rebound name, passed on", { host: "evil.test" }, "10.0.0.1", "forbidden_host"],
    [
      "a rebound name under an allowed one",
      { host: "evil.test", "x-forwarded-host": "ops.example.org" },
      "10.0.0.1",
      "forbidden_host",
    ],
    ["another page", { origin: "https://evil.test" }, "10.0.0.1", "forbidden_origin"],
  ])("%s is refused", (_what, headers, peer, error) => {
    expect(door.refuse({ ...https, origin, ...headers }, peer)?.name).toBe(error);
  });

  test("without trusted proxies the public origin can still be allowed by name", () => {
    const named = new Door({ host: "127.0.0.1", allowedHosts: ["ops.example.org"], allowedOrigins: [origin] });
    named.opened("127.0.0.1", 7400);
    expect(named.refuse({ host: "ops.example.org", origin }, "127.0.0.1")).toBeUndefined();
  });
});

describe("a gateway", () => {
  const spoofed = {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "ops.example.org",
  };
  const origin = "https://ops.example.org";

  const upgradeStatus = async (gateway: TestGateway, headers: Record<string, string>): Promise<number | undefined> => {
    const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/ws`, "signalbox.v1", { headers });
    onTestFinished(() => socket.terminate());
    socket.on("error", () => {});
    return await Promise.race([
      once(socket, "unexpected-response").then(([, response]) => (response as { statusCode?: number }).statusCode),
      once(socket, "open").then(() => 101),
    ]);
  };
  const refusalOf = ({ lines }: TestGateway): { address?: string } => {
    const line = lines.find((each) => each.includes("refused:"));
    return line === undefined ? {} : (JSON.parse(line) as { address?: string });
  };

  test("A1 believes no X-Forwarded header of a peer that is no proxy: 403, and its own address in the log", async () => {
    const gateway = await openGateway({ allowedHosts: ["ops.example.org"], trustedProxies: ["10.0.0.0/8"] });
    for (const host of ["ops.example.org", `127.0.0.1:${gateway.port}`]) {
      const answer = await rawRequest(gateway, "/v1/info", { headers: { ...spoofed, host, origin } });
      expect([answer.status, errorOf(answer.body).name]).toEqual([403, "forbidden_origin"]);
      expect(await upgradeStatus(gateway, { ...spoofed, host, origin })).toBe(403);
    }
    expect(refusalOf(gateway).address).toBe("127.0.0.1");
  });

  test("A1 believes a proxy's, on every transport", async () => {
    const gateway = await openGateway({ allowedHosts: ["ops.example.org"], trustedProxies: ["127.0.0.1"] });
    const headers = { ...spoofed, host: "ops.example.org", origin };
    expect((await rawRequest(gateway, "/v1/info", { headers })).status).toBe(200);
    expect(await upgradeStatus(gateway, headers)).toBe(101);
    const description = await rawRequest(gateway, "/asyncapi.json", { headers });
    expect(JSON.parse(description.body)).toMatchObject({
      servers: { gateway: { host: "ops.example.org", protocol: "wss" } },
    });
  });

  test("A1 refuses a foreign name that a proxy tells, and logs the client's address", async () => {
    const gateway = await openGateway({ allowedHosts: ["ops.example.org"], trustedProxies: ["127.0.0.1"] });
    const headers = { ...spoofed, host: "ops.example.org", "x-forwarded-host": "evil.test" };
    expect((await rawRequest(gateway, "/v1/info", { headers })).status).toBe(403);
    expect(await upgradeStatus(gateway, headers)).toBe(403);
    expect(refusalOf(gateway).address).toBe("203.0.113.9");
  });

  test("a wrong token is logged with the client's address, over HTTP and over a WebSocket", async () => {
    for (const way of ["http", "websocket"]) {
      const gateway = await openGateway({ trustedProxies: ["127.0.0.1"] });
      const headers = {
        ...spoofed,
        "x-forwarded-host": `127.0.0.1:${gateway.port}`,
        authorization: "Bearer wrong-wrong",
      };
      const status =
        way === "http"
          ? (await rawRequest(gateway, "/v1/info", { headers })).status
          : await upgradeStatus(gateway, headers);
      expect([way, status, refusalOf(gateway).address]).toEqual([way, 401, "203.0.113.9"]);
    }
  });
});
