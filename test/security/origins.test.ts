/** Who may speak to the gateway at all: asked of every transport and every request that changes something. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer } from "../support/http.ts";
import { exchange, head, startTarget, statusOf, type Target, upgradeHead } from "./support/target.ts";

let target: Target;
beforeAll(async () => {
  target = await startTarget({ allowedOrigins: ["https://good.com"] });
});
afterAll(async () => {
  await target.stop();
});

const message = '{"type":"note","channel":"global"}';

/** Each way in, as its client asks. */
const ways: Record<string, (headers: Record<string, string>) => string> = {
  "the WebSocket": (headers) => upgradeHead(target, headers),
  "the WebSocket of a session": (headers) => upgradeHead(target, headers, "/ws/session/s1"),
  "the WebSocket of executions": (headers) => upgradeHead(target, headers, "/ws/executions"),
  "the WebSocket of Socket.IO": (headers) => upgradeHead(target, headers, "/socket.io/?EIO=4&transport=websocket"),
  "the polling of Socket.IO": (headers) =>
    head("GET /socket.io/?EIO=4&transport=polling", { Host: target.host, ...headers }),
  "packets of Socket.IO": (headers) =>
    head("POST /socket.io/?EIO=4&transport=polling&sid=x", {
      Host: target.host,
      "Content-Type": "text/plain",
      "Content-Length": "2",
      ...headers,
    }) + "40",
  "the event stream": (headers) =>
    head("GET /v1/channels/global/events", { Host: target.host, Accept: "text/event-stream", ...headers }),
  "the stream of many channels": (headers) =>
    head("GET /v1/events?channel=global", { Host: target.host, Accept: "text/event-stream", ...headers }),
  "history and long poll": (headers) =>
    head("GET /v1/channels/global/events?wait=30&since=now", { Host: target.host, ...headers }),
  "a process's log": (headers) => head("GET /v1/processes/p1/logs", { Host: target.host, ...headers }),
  search: (headers) => head("GET /v1/search?q=a", { Host: target.host, ...headers }),
  "the list of channels": (headers) => head("GET /v1/channels", { Host: target.host, ...headers }),
  "the dashboard": (headers) => head("GET /", { Host: target.host, ...headers }),
  publishing: (headers) => posted("/v1/events", message, headers),
  "the stream of messages": (headers) => posted("/v1/stream", `[${message}]`, headers),
  "starting a session": (headers) => posted("/orchestrate/start", "{}", headers),
  "stopping a session": (headers) => posted("/orchestrate/stop", '{"session_id":"s1"}', headers),
  "the list of sessions": (headers) => head("GET /orchestrate/sessions", { Host: target.host, ...headers }),
  "a session's status": (headers) => head("GET /orchestrate/status/s1", { Host: target.host, ...headers }),
  "the poll of messages": (headers) => posted("/v1/poll", `{"messages":[${message}]}`, headers),
};

const posted = (path: string, body: string, headers: Record<string, string>): string =>
  head(`POST ${path}`, {
    Host: target.host,
    "Content-Type": "application/json",
    "Content-Length": String(body.length),
    ...headers,
  }) + body;

const foreign = (): string[] => [
  "http://evil.com",
  "https://evil.com",
  "null",
  "https://good.com.evil.com",
  "https://good.com@evil",
  "https://good.com:444",
  "https://good.com:443",
  "http://good.com",
  "https://GOOD.com/",
  "https://good.com.",
  `https://${target.host}`,
  `http://localhost:${target.port}`,
  `http://127.0.0.1:${target.port + 1}`,
  "http://127.0.0.1",
  `http://${target.host}.evil.com`,
  `http://${target.host}@evil.com`,
  "file://",
];

describe("A1 who speaks to the gateway", () => {
  test.each(Object.keys(ways))("%s is closed to every foreign origin, token or not", async (way) => {
    const before = await target.state();
    for (const origin of foreign()) {
      // Both of them: the origin is looked at before the token is, so that a token makes no difference.
      for (const authorization of [{}, { Authorization: "Bearer wrong" }, bearer(target.token)]) {
        const answer = await exchange(target, ways[way]?.({ Origin: origin, ...authorization }) ?? "");
        expect([origin, statusOf(answer)]).toEqual([origin, 403]);
        expect(answer.toString()).toContain('"name":"forbidden_origin"');
        expect(answer.toString().toLowerCase()).not.toContain("access-control-allow");
      }
    }
    expect(await target.state()).toEqual(before);
  });

  test.each(Object.keys(ways))("%s does not answer to a foreign name", async (way) => {
    const before = await target.state();
    for (const host of [
      "evil.test",
      `evil.test:${target.port}`,
      `127.0.0.1.evil.test:${target.port}`,
      "localhost",
      "",
    ]) {
      const answer = await exchange(target, ways[way]?.({ Host: host, ...bearer(target.token) }) ?? "");
      expect([host, statusOf(answer)]).toEqual([host, 403]);
      expect(answer.toString()).toContain('"name":"forbidden_host"');
    }
    expect(await target.state()).toEqual(before);
  });

  // The dashboard's files are for everybody, and Socket.IO's token comes in a packet; without its upgrade a WebSocket's address is one of them.
  const later = ["the dashboard", "the polling of Socket.IO", "packets of Socket.IO"];
  const needToken = Object.keys(ways).filter((way) => !later.includes(way) && !way.startsWith("the WebSocket"));
  test.each(needToken)("%s asks programs, which name no origin, for their token all the same", async (way) => {
    const answer = await exchange(target, ways[way]?.({ Connection: "close" }) ?? "");
    expect(statusOf(answer)).toBe(401);
  });

  test("a cookie alone opens nothing, and without an origin least of all", async () => {
    for (const origin of [{}, { Origin: `http://${target.host}` }, { Origin: "https://good.com" }]) {
      const cookie = { Cookie: `token=${target.token}; signalbox=${target.token}; session=${target.token}` };
      const answer = await exchange(
        target,
        posted("/v1/events", message, { ...cookie, ...origin, Connection: "close" }),
      );
      expect(statusOf(answer)).toBe(401);
    }
  });

  test("two Hosts are no request, nor two tokens", async () => {
    for (const second of ["Host: evil.test", `Host: ${target.host}`, "Authorization: Bearer b", "Content-Type: a/b"]) {
      const twice = `Host: ${target.host}\r\nAuthorization: Bearer a\r\nContent-Type: application/json\r\n${second}\r\n\r\n`;
      expect([second, statusOf(await exchange(target, `GET /v1/info HTTP/1.1\r\n${twice}`))]).toEqual([second, 400]);
    }
  });
});
