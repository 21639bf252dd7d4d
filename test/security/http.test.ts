/** Requests that two servers might read differently, bodies that are not what they say, paths that lead elsewhere. */
import { gzipSync } from "node:zlib";
import { EventSource } from "eventsource";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer, post } from "../support/http.ts";
import { until } from "../support/until.ts";
import { exchange, head, open, startTarget, statusOf, type Target } from "./support/target.ts";

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(async () => {
  expect(target.faults()).toEqual([]);
  await target?.stop();
});

const event = '{"type":"note","channel":"nowhere:x"}';

const posted = (
  headers: Record<string, string>,
  body: string | Buffer = event,
  path = "/v1/events",
): [string, string | Buffer] => [
  head(`POST ${path}`, {
    Host: target.host,
    ...bearer(target.token),
    Connection: "close",
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(body)),
    ...headers,
  }),
  body,
];

const get = async (path: string, headers: Record<string, string> = {}): Promise<Buffer> =>
  exchange(
    target,
    head(`GET ${path}`, { Host: target.host, Connection: "close", ...bearer(target.token), ...headers }),
  );

/** What comes of a media type: the event's own error, or 415. */
const mediaTypes: ReadonlyArray<readonly [type: string, read: boolean]> = [
  ["application/json", true],
  ["application/json; charset=utf-8", true],
  ["application/json;charset=UTF-8", true],
  ["APPLICATION/JSON", true],
  ["application/json ", true],
  ["application/json\t", true],
  ["application/json;", true],
  ["application/jsonx", false],
  ["application/json-patch+json", false],
  ["application/problem+json", false],
  ["application/json, text/plain", false],
  ["text/plain, application/json", false],
  ["text/plain; application/json", false],
  ["application/json\t, text/plain", false],
  ["application/json x", false],
  ["application /json", false],
  ["application/ json", false],
  ["application\\json", false],
  ["json", false],
  ["*/*", false],
  ["application/*", false],
  ["text/json", false],
  ["text/plain", false],
  ["text/plain; charset=utf-8", false],
  ["application/x-www-form-urlencoded", false],
  ["multipart/form-data; boundary=application/json", false],
  ["application/octet-stream", false],
  ["application/xml", false],
  ["application/json\u00a0", false],
  ["\u00a0application/json", false],
  ["__proto__", false],
  ["constructor/prototype", false],
  ["", false],
];

describe("A50 media types", () => {
  test.each(mediaTypes)("%j: read as JSON %s, on every address that takes a body", async (type, read) => {
    for (const [path, body] of [
      ["/v1/events", event],
      ["/v1/poll", `{"messages":[{"type":1}],"waitMs":0}`],
    ] as const) {
      const answer = await exchange(target, ...posted({ "Content-Type": type }, body, path));
      const name = /"name":"([a-z_]+)"/.exec(answer.toString())?.[1];
      const expected = path === "/v1/events" ? "unknown_namespace" : "invalid_message";
      expect([path, statusOf(answer) === 415, name === "unsupported_media_type"]).toEqual([path, !read, !read]);
      if (read) expect(name).toBe(expected);
    }
  });
});

describe("A50 requests that are read in two ways", () => {
  const start = (): string =>
    `POST /v1/events HTTP/1.1\r\nHost: ${target.host}\r\nAuthorization: Bearer ${target.token}\r\nContent-Type: application/json\r\n`;
  /** Were the rest of the body a request, it would be this. */
  const smuggled = (): string =>
    `GET /v1/info HTTP/1.1\r\nHost: ${target.host}\r\nAuthorization: Bearer ${target.token}\r\n\r\n`;

  test.each<[string, string]>([
    ["a length and chunks", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["chunks and a length", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"],
    ["two lengths that differ", "Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}"],
    ["two lengths that agree", "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"],
    ["a list of lengths", "Content-Length: 2, 2\r\n\r\n{}"],
    ["a length with a sign", "Content-Length: +2\r\n\r\n{}"],
    ["a length in hex", "Content-Length: 0x2\r\n\r\n{}"],
    ["chunked, but not last", "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"],
    ["chunked after a tab", "Transfer-Encoding:\tchunked x\r\n\r\n0\r\n\r\n"],
    ["a coding nobody knows", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"],
    ["a space before the colon", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"],
    ["a header that goes on in the next line", "X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}"],
    ["a header that begins with a space", " Content-Length: 2\r\n\r\n{}"],
    ["a header without a colon", "Content-Length 2\r\n\r\n{}"],
    ["a header without a name", ": 2\r\n\r\n{}"],
    ["lines that end with CR alone", "Content-Length: 2\rX: y\r\n\r\n{}"],
    ["lines that end with LF alone", "X: y\nContent-Length: 2\r\n\r\n{}"],
    ["NUL in a header", "X: a\0b\r\nContent-Length: 2\r\n\r\n{}"],
    ["a chunk's length with a sign", "Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n"],
    ["a chunk's length in another base", "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n"],
    ["a chunk that ends with LF alone", "Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n"],
    ["a chunk longer than it says", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n"],
  ])("%s get 400 and the end, and what follows is never answered", async (_what, rest) => {
    const answer = (await exchange(target, start() + rest + smuggled())).toString();
    expect(statusOf(answer)).toBe(400);
    expect(answer).not.toContain('"protocol":"signalbox.v1"');
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  });

  test("a whole request and another behind it are two", async () => {
    const two = smuggled() + smuggled().replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    expect((await exchange(target, two)).toString().match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  });
});

describe("A16 compressed bodies", () => {
  const zipped = gzipSync(event);
  test.each([
    "gzip",
    "GZIP",
    "br",
    "deflate",
    "zstd",
    "x-gzip",
    "gzip, gzip",
    Array.from({ length: 1_000 }, () => "gzip").join(","),
    "identity, gzip",
    "unknown",
  ])("Content-Encoding %.30s gets 415 on every address, before the body is read", async (encoding) => {
    for (const path of ["/v1/events", "/v1/poll", "/v1/stream"]) {
      const answer = await exchange(target, ...posted({ "Content-Encoding": encoding }, zipped, path));
      expect([path, statusOf(answer)]).toEqual([path, 415]);
      // Only the head, of a body that never comes: the answer does not wait for it.
      const [only = ""] = posted({ "Content-Encoding": encoding, "Content-Length": "1000000" }, zipped, path);
      expect(statusOf(await exchange(target, only))).toBe(415);
    }
  });

  test("what is sent compressed under a false name is not JSON", async () => {
    expect(statusOf(await exchange(target, ...posted({}, zipped)))).toBe(400);
    expect([400, 501]).toContain(
      statusOf(await exchange(target, ...posted({ "Transfer-Encoding": "gzip, chunked" }, zipped))),
    );
  });
});

describe("A45 paths", () => {
  const outside = ["/etc/passwd", "/package.json", "/src/main.ts", "/admin-token", "/signalbox.config.json"];
  const steps = [
    "..",
    "%2e%2e",
    "..%2f",
    "%2e%2e%2f",
    "..%5c",
    "%2e%2e%5c",
    "..\\",
    "....//",
    "..;",
    "%252e%252e",
    "%c0%ae%c0%ae",
    ".%00.",
    "%u002e%u002e",
    "\u2024\u2024",
  ];

  test.each(steps)("no number of %j leads out of the dashboard's files", async (step) => {
    for (const base of ["/", "/assets/", "/v1/", "/assets/../"]) {
      for (const file of outside) {
        const path = `${base}${`${step}/`.repeat(8)}${file.slice(1)}`;
        const answer = (await get(encodeURI(path).replaceAll("%25", "%"))).toString();
        expect(answer).not.toMatch(/root:x:0|"workspaces"|"adminToken"|"store":"memory"|startGateway/);
        expect(answer).not.toContain(target.token);
        expect([200, 400, 403, 404]).toContain(statusOf(answer));
        // Whatever is found there is the dashboard's own page.
        if (statusOf(answer) === 200) expect(answer).toContain("<title>Signalbox</title>");
      }
    }
  });

  test.each([
    "agent:../../etc",
    "agent:..%2f..%2fetc",
    "agent:%2e%2e",
    "agent:a%00b",
    "agent:a%5cb",
    "..",
    "../agent:a",
    `agent:${"a".repeat(201)}`,
  ])("the channel %j is a name, or an error", async (channel) => {
    for (const path of [
      `/v1/channels/${channel}`,
      `/v1/channels/${channel}/events`,
      `/v1/processes/${channel}/logs?follow=0`,
    ]) {
      expect([200, 400, 404]).toContain(statusOf(await get(path)));
    }
  });
});

test("A31 every route and every kind of answer has the policy, and nothing that is not a file may be kept", async () => {
  const described = (await (await fetch(`${target.url}/openapi.json`)).json()) as { paths: Record<string, object> };
  const routes = Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, "agent:a")] as const),
  );
  expect(routes.length).toBeGreaterThan(8);
  const more = [
    "/",
    "/nowhere",
    "/processes/p1",
    "/assets/none.js",
    "/openapi.json",
    "/asyncapi.json",
    "/v1/nowhere",
    "/%zz",
  ];
  const token = { authorization: `Bearer ${target.token}` };
  for (const [method, path] of [...routes, ...more.map((path) => ["GET", path] as const)]) {
    for (const headers of [
      token,
      {},
      { ...token, accept: "text/event-stream" },
      { ...token, Origin: "http://evil.test" },
    ]) {
      const socket = await open(target);
      const begun = new Promise<string>((resolve) => socket.once("data", (chunk: Buffer) => resolve(chunk.toString())));
      socket.write(head(`${method} ${path}`, { Host: target.host, "Content-Length": "0", ...headers }));
      const [answer = ""] = (await begun).split("\r\n\r\n", 1);
      socket.destroy();
      expect([method, path, /^HTTP\/1\.1 (200|4\d\d) /.test(answer)]).toEqual([method, path, true]);
      for (const line of [
        "content-security-policy: default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; connect-src 'self';",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
        "referrer-policy: no-referrer",
        "x-content-type-options: nosniff",
      ]) {
        expect([method, path, answer]).toEqual([method, path, expect.stringContaining(line)]);
      }
      expect([method, path, answer]).toEqual([method, path, expect.stringMatching(/cache-control: no-(store|cache)/)]);
      expect(answer).not.toMatch(/unsafe-|set-cookie|x-powered-by|\nserver:/i);
    }
  }
});

describe("A25 long polls", () => {
  /** Waits for what comes after `since`. */
  const poll = (since: unknown): string =>
    JSON.stringify({
      messages: [{ id: "s", type: "subscribe", data: { channel: "agent:poll", since } }],
      waitMs: 55_000,
    });

  test("a body over the limit gets 413 before it is there", async () => {
    const [only = ""] = posted({ "Content-Length": "1048577" }, "", "/v1/poll");
    expect(statusOf(await exchange(target, only))).toBe(413);
    const chunked = `${posted({ "Transfer-Encoding": "chunked" }, "", "/v1/poll")[0].replace(/Content-Length: \d+\r\n/, "")}`;
    const socket = await open(target);
    const answered = new Promise<string>((resolve) =>
      socket.once("data", (chunk: Buffer) => resolve(chunk.toString())),
    );
    socket.write(`${chunked}110000\r\n${" ".repeat(0x110000)}\r\n`);
    expect(statusOf(await answered)).toBe(413);
    socket.destroy();
  });

  test("polls that are abandoned leave no subscriber behind, and others are answered", async () => {
    const { results } = await post<{ results: Array<{ epoch: string }> }>(target, "/v1/events", {
      type: "note",
      channel: "agent:poll",
    });
    const since = { epoch: results[0]?.epoch, offset: 1 };
    const subscribers = async (): Promise<number> => {
      const found = (await get("/v1/channels/agent:poll")).toString();
      return Number(/"subscribers":(\d+)/.exec(found)?.[1]);
    };
    const abandoned = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = await open(target);
        for (const piece of posted({}, poll(since), "/v1/poll")) socket.write(piece);
        return socket;
      }),
    );
    await until("all of them wait", async () => (await subscribers()) === 200);
    for (const socket of abandoned) socket.resetAndDestroy();
    await until("they are forgotten", async () => (await subscribers()) === 0);
    // Twice the same, at once: both are answered by the same event.
    const both = Promise.all([1, 2].map(() => exchange(target, ...posted({}, poll(since), "/v1/poll"))));
    await until("both wait", async () => (await subscribers()) === 2);
    await post(target, "/v1/events", { type: "note", channel: "agent:poll" });
    for (const answer of await both) expect(answer.toString()).toContain('"offset":2');
  });
});

test("A28 what a standard reader makes of the stream is what was published, for whatever text", {
  timeout: 60_000,
}, async () => {
  const awkward = fc.constantFrom(
    "\r",
    "\n",
    "\r\n",
    "\0",
    "\n\n",
    "data: x",
    "id: 9",
    "event: gap",
    ":",
    "\u2028",
    "\u0085",
    "\ufeff",
    "💥",
  );
  const odd = fc
    .array(fc.oneof(awkward, fc.string({ unit: "grapheme" })), { maxLength: 8 })
    .map((parts) => parts.join(""));
  const texts = fc.sample(odd, { numRuns: 300, seed: 28 });
  await post(
    target,
    "/v1/events",
    texts.map((data) => ({
      type: "note",
      channel: "agent:sse",
      data: { [`k${data}`]: data },
      metadata: { tags: { t: data.slice(0, 50) } },
    })),
  );
  const read = await new Promise<Array<{ data: unknown; id: string }>>((resolve, reject) => {
    const found: Array<{ data: unknown; id: string }> = [];
    const source = new EventSource(`${target.url}/v1/channels/agent:sse/events?since=earliest`, {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...bearer(target.token) } }),
    });
    source.onerror = () => reject(new Error("the stream broke"));
    source.onmessage = ({ data, lastEventId }) => {
      found.push({ data: (JSON.parse(data) as { data: unknown }).data, id: lastEventId });
      if (found.length < texts.length) return;
      source.close();
      resolve(found);
    };
  });
  expect(read.map(({ data }) => data)).toEqual(texts.map((data) => ({ [`k${data}`]: data })));
  expect(new Set(read.map(({ id }) => id)).size).toBe(texts.length);
});
