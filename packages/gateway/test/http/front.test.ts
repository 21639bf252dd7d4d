import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { contentSecurityPolicy } from "../../src/http/front.ts";
import { openGateway, token } from "../support/gateway.ts";
import { errorOf, rawBytes, rawRequest } from "../support/raw.ts";

describe("before anything else", () => {
  test("A1 a foreign Host or Origin gets 403 on every route, token or not", async () => {
    const gateway = await openGateway();
    const paths = [
      "/",
      "/v1/info",
      "/v1/events",
      "/v1/poll",
      "/v1/stream",
      "/health/live",
      "/openapi.json",
      "/nowhere",
    ];
    for (const path of paths) {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const host = await rawRequest(gateway, path, { method, headers: { host: "evil.test" } });
        expect([path, host.status, errorOf(host.body).name]).toEqual([path, 403, "forbidden_host"]);
        const origin = await rawRequest(gateway, path, { method, headers: { origin: "https://evil.test" } });
        expect([path, origin.status, errorOf(origin.body).name]).toEqual([path, 403, "forbidden_origin"]);
      }
    }
  });

  test("A1 an allowed origin gets CORS headers and its preflight answered; the gateway's own needs none", async () => {
    const gateway = await openGateway({ allowedOrigins: ["https://ops.example.org"] });
    const origin = "https://ops.example.org";
    const preflight = await rawRequest(gateway, "/v1/events", { method: "OPTIONS", headers: { origin } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers["access-control-allow-origin"]).toBe(origin);
    expect(preflight.headers["access-control-allow-headers"]).toContain("authorization");
    const answer = await rawRequest(gateway, "/v1/info", { headers: { origin } });
    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([200, origin]);
    const own = await rawRequest(gateway, "/v1/info", { headers: { origin: gateway.url } });
    expect([own.status, own.headers["access-control-allow-origin"]]).toEqual([200, undefined]);
  });

  test.each(["token", "access_token", "TOKEN", "api_key", "jwt"])(
    "A2 %s in a query is refused with 400",
    async (name) => {
      const gateway = await openGateway();
      for (const path of ["/v1/info", "/v1/channels/agent:a/events", "/", "/v1/nowhere"]) {
        const answer = await rawRequest(gateway, `${path}?x=1&${name}=canary-7f3a`);
        expect(answer.status).toBe(400);
        expect(answer.body).toContain("Authorization: Bearer");
      }
      expect(gateway.lines.join("")).not.toContain("canary-7f3a");
    },
  );

  test("A16 a compressed body is refused with 415", async () => {
    const gateway = await openGateway();
    for (const encoding of ["gzip", "br", "gzip, gzip", "deflate"]) {
      const headers = { "content-type": "application/json", "content-encoding": encoding };
      const answer = await rawRequest(gateway, "/v1/events", { method: "POST", headers, body: "{}" });
      expect([answer.status, errorOf(answer.body).name]).toEqual([415, "unsupported_media_type"]);
    }
  });

  test("A31 every answer has the security headers", async () => {
    const gateway = await openGateway();
    for (const path of [
      "/",
      "/v1/info",
      "/v1/nowhere",
      "/health/ready",
      "/openapi.json",
      "/v1/channels/agent:a/events",
    ]) {
      const { headers } = await rawRequest(gateway, path);
      expect(headers).toMatchObject({
        "content-security-policy": contentSecurityPolicy,
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": expect.stringMatching(/no-store|no-cache/),
      });
    }
  });
});

test("an offer to upgrade to anything but a WebSocket is passed over", async () => {
  const gateway = await openGateway();
  const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQAAP__" };
  expect((await rawRequest(gateway, "/v1/info", { headers })).status).toBe(200);
});

test("an expectation that nobody knows is passed over, and the names are checked all the same", async () => {
  const gateway = await openGateway();
  const headers = { expect: "the-unexpected" };
  expect((await rawRequest(gateway, "/v1/info", { headers })).status).toBe(200);
  const foreign = await rawRequest(gateway, "/v1/info", { headers: { ...headers, host: "evil.test" } });
  expect([foreign.status, errorOf(foreign.body).name]).toEqual([403, "forbidden_host"]);
});

const upgrade =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

test.each([
  ["A1 no Host", "GET /v1/info HTTP/1.1\r\nConnection: close\r\n", 403, "forbidden_host"],
  ["A1 a second Host", "GET /v1/info HTTP/1.1\r\nHost: HOST\r\nHost: evil.test\r\n", 400, "invalid_message"],
  [
    "A1 a second Host at an upgrade",
    `GET /v1/ws HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n${upgrade}`,
    400,
    "invalid_message",
  ],
  [
    "two tokens",
    "GET /v1/info HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n",
    400,
    "invalid_message",
  ],
  ["an upgrade of HTTP/1.0", `GET /v1/ws HTTP/1.0\r\nHost: HOST\r\n${upgrade}`, 400, "invalid_message"],
  ["an upgrade without a version of HTTP", `GET /v1/ws\r\nHost: HOST\r\n${upgrade}`, 400, "invalid_message"],
  [
    "A50 several transfer codings",
    "GET /v1/info HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
    400,
    "invalid_message",
  ],
])("%s is refused with our error", async (_what, head, status, name) => {
  const gateway = await openGateway();
  const answer = await rawBytes(gateway, `${head.replaceAll("HOST", `127.0.0.1:${gateway.port}`)}\r\n`);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toContain(`{"error":{"name":"${name}"`);
});

describe("what is hardly HTTP", () => {
  test.each([
    ["bytes that are no request", "\0\x01\x02\r\n\r\n", 400],
    ["a target that is no path", "GET http://evil.test/ HTTP/1.1\r\nHost: HOST\r\n\r\n", 400],
    ["a header without end", `GET / HTTP/1.1\r\nHost: HOST\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, 431],
    [
      "two lengths",
      "POST /v1/events HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
      400,
    ],
    ["a broken percent sign", "GET /v1/channels/%E0%A4%A HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", 400],
    [
      "an endless name",
      `GET /v1/channels/${"a".repeat(1_000)} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n`,
      400,
    ],
  ])("%s gets its status and the process goes on", async (_what, bytes, status) => {
    const gateway = await openGateway();
    const answer = await rawBytes(gateway, bytes.replace("HOST", `127.0.0.1:${gateway.port}`));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect((await rawRequest(gateway, "/health/live")).status).toBe(200);
  });
});

test("a body that is too big is answered before the connection ends, also to who reads only after writing", async () => {
  const gateway = await openGateway();
  for (let round = 0; round < 5; round++) {
    const socket = connect(gateway.port, gateway.host);
    const length = 8_000_000;
    socket.write(
      `POST /v1/events HTTP/1.1\r\nHost: ${gateway.host}:${gateway.port}\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`,
    );
    socket.pause();
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.end(Buffer.alloc(length, 120), resolve);
    });
    const text = (await socket.setEncoding("utf8").toArray()).join("");
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain("payload_too_big");
  }
});
