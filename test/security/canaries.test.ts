/** Secrets that are easy to find again, put wherever people put theirs: nothing that is kept or printed has them. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer } from "../support/http.ts";
import {
  exchange,
  frame,
  head,
  startTarget,
  statusOf,
  type Target,
  text,
  upgraded,
  upgradeHead,
} from "./support/target.ts";

let target: Target;
beforeAll(async () => {
  target = await startTarget({ store: "sqlite", log: { level: "trace" } });
});
afterAll(async () => {
  await target?.stop();
});

const canary = (): string => `canary${randomBytes(12).toString("hex")}`;

describe("A2 a token in the wrong place", () => {
  const parameters = [
    "token",
    "access_token",
    "Token",
    "auth",
    "api_key",
    "jwt",
    "id_token",
    "password",
    "secret",
    "%74oken",
  ];
  const paths = [
    "/",
    "/v1/info",
    "/v1/events",
    "/v1/ws",
    "/ws/executions",
    "/ws/session/s1",
    "/orchestrate/sessions",
    "/v1/channels/agent:a/events",
    "/health/live",
    "/nowhere",
  ];

  test("in a query it is refused with 400, by requests and upgrades, and the answer does not repeat it", async () => {
    for (const name of parameters) {
      for (const path of paths) {
        const secret = canary();
        const base = { Host: target.host, Connection: "close", ...bearer(target.token) };
        const asked = head(`GET ${path}?a=1&${name}=${secret}`, base);
        const upgrade = upgradeHead(target, bearer(target.token), `${path}?${name}=${secret}`);
        for (const bytes of [asked, upgrade]) {
          const answer = await exchange(target, bytes);
          expect([name, path, statusOf(answer)]).toEqual([name, path, 400]);
          expect(answer.toString()).not.toContain(secret);
          expect(target.logs()).not.toContain(secret);
        }
      }
    }
  });

  test("in a path, a Referer, a cookie, a wrong header or a first message it is in no log", async () => {
    const secret = canary();
    const base = { Host: target.host, Connection: "close" };
    const places = [
      head(`GET /${secret}`, base),
      head(`GET /v1/${secret}?q=${secret}`, { ...base, ...bearer(target.token) }),
      head(`GET /v1/channels/${secret}:${secret}`, { ...base, ...bearer(target.token) }),
      head("GET /v1/info", { ...base, Referer: `http://${target.host}/?token=${secret}`, "User-Agent": secret }),
      head("GET /v1/info", { ...base, Cookie: `session=${secret}` }),
      head("GET /v1/info", { ...base, Authorization: `Bearer ${secret}` }),
      head("GET /v1/info", { ...base, Authorization: `Basic ${secret}` }),
      head("GET /v1/info", { ...base, "Last-Event-ID": secret, "X-Api-Key": secret }),
      head(`GET http://user:${secret}@${target.host}/`, base),
      `${secret}\r\n\r\n`,
      upgradeHead(target, { Authorization: `Bearer ${secret}` }),
      upgradeHead(target, { "Sec-WebSocket-Protocol": `signalbox.v1, signalbox.token.${secret}` }),
      upgradeHead(target, { "Sec-WebSocket-Protocol": `signalbox.token.${secret}` }),
    ];
    for (const bytes of places) expect(statusOf(await exchange(target, bytes))).toBeGreaterThan(0);
    const peer = await upgraded(target, {});
    peer.socket.write(text({ id: "a", type: "auth_request", data: { token: secret } }));
    expect(await peer.closed).toBe(3501);
    peer.socket.destroy();
    // A line after all of them has been written.
    expect(statusOf(await exchange(target, head("GET /health/live", base)))).toBe(200);
    expect(target.logs()).not.toContain(secret);
    expect(target.logs()).toContain("refused: ");
  });

  test("nothing leads a browser to tell another site the address", async () => {
    for (const path of ["/", "/v1/info", "/processes/p1"]) {
      const answer = await fetch(`${target.url}${path}`, { headers: bearer(target.token) });
      expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    }
  });
});

/** Every file of the data directory, and what the gateway printed. */
function everythingKept(): Array<[where: string, bytes: Buffer]> {
  const found: Array<[string, Buffer]> = [["the log", Buffer.from(target.logs())]];
  for (const name of readdirSync(target.dataDir, { recursive: true, encoding: "utf8" })) {
    const path = join(target.dataDir, name);
    if (statSync(path).isFile()) found.push([name, readFileSync(path)]);
  }
  return found;
}

/** Secrets by their shape, and by the name of what holds them; put together here so that none stands in the repository. */
const shaped = (): string[] => [
  ["gh", "p_", randomBytes(18).toString("hex")].join(""),
  ["AK", "IA", randomBytes(8).toString("hex").toUpperCase().replaceAll(/[01]/g, "Z")].join(""),
  ["sk-", "ant-", "api03-", randomBytes(40).toString("hex"), "-AA"].join(""),
  ["sbk", randomBytes(4).toString("hex"), randomBytes(32).toString("base64url").slice(0, 43)].join("_"),
];

describe("A36 secrets in what is published", () => {
  test("are out of it before it is kept: answers, streams, state, search, files and logs have none", async () => {
    const [token = "", key = "", model = "", own = ""] = shaped();
    const [password, cookie] = [canary(), canary()];
    const secrets = [token, key, model, own, password, cookie];
    const events = [
      { type: "process_output", data: { processId: "s1", line: 1, output: `export TOKEN=${token}`, stream: "stdout" } },
      { type: "process_started", data: { processId: "s1", command: "deploy", args: ["--password", password, key] } },
      {
        type: "agent_status",
        data: { agentId: "s1", status: "busy", currentTask: { id: "t", description: `with ${model}` } },
      },
      { type: "agent_error", data: { agentId: "s1", error: `401 from https://u:${password}@db.test/?api_key=${own}` } },
      {
        type: "note",
        channel: "agent:s1",
        data: { deep: [{ password, headers: { Cookie: `a=${cookie}` } }] },
        metadata: { source: key, tags: { t: token } },
      },
    ];
    const peer = await upgraded(target, bearer(target.token));
    peer.socket.write(text({ id: "s", type: "subscribe", data: { channel: "*", snapshot: true } }));
    await peer.message(({ type }) => type === "subscription_update");
    peer.socket.write(text(events.slice(0, 2)));
    const answer = await fetch(`${target.url}/v1/events`, {
      method: "POST",
      headers: { ...bearer(target.token), "content-type": "application/json" },
      body: JSON.stringify(events.slice(2)),
    });
    expect(answer.status).toBe(200);
    await peer.message(({ channel, offset }) => channel === "process:s1" && offset === 2);
    await peer.message(({ channel, offset }) => channel === "agent:s1" && offset === 3);
    const shown = [await answer.text(), ...peer.frames.map(({ payload }) => payload.toString())];
    for (const path of ["agent:s1/events", "process:s1/events", "agent:s1", "process:s1"]) {
      shown.push(await (await fetch(`${target.url}/v1/channels/${path}`, { headers: bearer(target.token) })).text());
    }
    for (const path of [
      "/v1/channels?snapshot=1",
      "/v1/processes/s1/logs?follow=0&format=text",
      "/v1/search?q=deploy",
    ]) {
      shown.push(await (await fetch(target.url + path, { headers: bearer(target.token) })).text());
    }
    expect(shown.join("")).toContain("[redacted:");
    for (const secret of secrets) {
      expect(shown.filter((said) => said.includes(secret))).toEqual([]);
      const holders = everythingKept().filter(([, bytes]) => bytes.includes(secret));
      expect(holders.map(([where]) => where)).toEqual([]);
    }
    peer.socket.destroy();
  });

  test("the admin token is in files that nobody else may read, and nowhere else", async () => {
    await upgraded(target, bearer(target.token)).then(({ socket }) => socket.end(frame(0x88, "")));
    await exchange(target, head("GET /v1/info", { Host: target.host, Connection: "close", ...bearer(target.token) }));
    // What `--json` prints for whoever starts it is not its log.
    const [printed = "", ...others] = target
      .logs()
      .split("\n")
      .filter((line) => line.includes(target.token));
    expect(JSON.parse(printed)).toMatchObject({ url: target.url, token: target.token });
    expect(others).toEqual([]);
    const holders = everythingKept().filter(([where, bytes]) => where !== "the log" && bytes.includes(target.token));
    expect(holders.map(([where]) => where).sort()).toEqual(["admin-token", "gateway.json"]);
    for (const [name] of holders) expect(statSync(join(target.dataDir, name)).mode & 0o077).toBe(0);
  });

  test("an event that is refused is not repeated in the log", async () => {
    const secret = canary();
    const bodies = [
      `{"type":"agent_status","data":{"agentId":5,"password":"${secret}"}}`,
      `{"type":"note","channel":"nowhere:${secret}","data":{"a":"${secret}"}}`,
      `{"type":"note","channel":"global","data":{"a":"${secret}"`,
    ];
    for (const body of bodies) {
      const answer = await fetch(`${target.url}/v1/events`, {
        method: "POST",
        headers: { ...bearer(target.token), "content-type": "application/json" },
        body,
      });
      expect(answer.status).toBe(400);
    }
    for (const [where, bytes] of everythingKept()) expect([where, bytes.includes(secret)]).toEqual([where, false]);
  });
});
