/** The first bytes of a connection: upgrades and other requests as grammar, mutator and smugglers write them. */
import { ok, strictEqual } from "node:assert";
import fc from "fast-check";
import { sharedEntry } from "../entry.ts";
import { byteChanges, changed } from "../inputs/bytes.ts";
import { oddTexts } from "../inputs/text.ts";
import { openBystander } from "../live/bystander.ts";
import { exchange } from "../live/exchange.ts";
import { openGateway, token } from "../live/gateway.ts";
import { checkResponse, readResponse } from "../live/responses.ts";
import { isAmbiguous, mayUpgrade, strictHead } from "../reference/request-head.ts";

interface Case {
  line: string;
  headers: ReadonlyArray<readonly [string, string]>;
  /** What separates lines, and a name from its value. */
  eol: string;
  colon: string;
  tail: string;
  changes: Parameters<typeof changed>[1];
}

/** Stands for the gateway's own host and port, which are another each time. */
const own = "OWN";
const key = "dGhlIHNhbXBsZSBub25jZQ==";
const upgrade: Case["headers"] = [
  ["Host", own],
  ["Connection", "Upgrade"],
  ["Upgrade", "websocket"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", key],
  ["Authorization", `Bearer ${token}`],
];
const note = '{"type":"note","channel":"global","data":{}}';
const publish: Case["headers"] = [
  ["Host", own],
  ["Authorization", `Bearer ${token}`],
  ["Content-Type", "application/json"],
];

const odd = fc.constantFrom(...oddTexts, "x".repeat(300), "a,".repeat(300), "x".repeat(17_000));
const host = fc.constantFrom(
  own,
  "localhost",
  "evil.test",
  `${own}.evil.test`,
  `evil.test@${own}`,
  `${own}, evil.test`,
  "[::1]",
  "",
  "127.0.0.1:1",
);
const origin = fc.constantFrom(
  `http://${own}`,
  `https://${own}`,
  "http://evil.test",
  "null",
  `http://${own}.evil.test`,
  `http://${own}@evil`,
  `HTTP://${own}`,
  "*",
);
const protocols = fc.constantFrom(
  ...[
    "signalbox.v1",
    "signalbox.v2",
    "",
    ",",
    "signalbox.v1,signalbox.v1",
    ` ,signalbox.v1`,
    "__proto__",
    "a b",
    "signalbox.v1;q=1",
  ],
  ...[
    `signalbox.v1, signalbox.token.${token}`,
    `signalbox.executions.v1, signalbox.token.${token}`,
    "signalbox.executions.v1",
    "signalbox.v1, signalbox.token.wrong",
    "signalbox.v1, signalbox.token64.%%%",
    `b${" ".repeat(9_000)}x`,
  ],
);
const extensions = fc.constantFrom(
  ...[
    "permessage-deflate",
    "permessage-deflate; server_max_window_bits=0",
    "__proto__; constructor=1",
    'a;b="',
    "permessage-deflate; client_max_window_bits=16,x",
  ],
);
const smuggled = fc.constantFrom<ReadonlyArray<readonly [string, string]>>(
  [
    ["Transfer-Encoding", "chunked"],
    ["Content-Length", "5"],
  ],
  [
    ["Content-Length", "5"],
    ["Content-Length", "6"],
  ],
  [
    ["Content-Length", "5"],
    ["Content-Length", "5"],
  ],
  [["Content-Length", "+5"]],
  [["Content-Length", "0x5"]],
  [["Content-Length", "-1"]],
  [["Content-Length", "5, 5"]],
  [["Content-Length", "99999999999999999999"]],
  [["Transfer-Encoding", "chunked, identity"]],
  [["Transfer-Encoding", "identity"]],
  [["Transfer-Encoding", "xchunked"]],
  [
    ["Transfer-Encoding", "chunked"],
    ["Transfer-Encoding", "x"],
  ],
  [["Transfer-Encoding", "\u000bchunked"]],
  [["Transfer-Encoding ", "chunked"]],
  [["X", "a\r\n b"]],
  [["Transfer-Encoding", "\r\n chunked"]],
  [["Content-Length", `${note.length}`]],
  [["Transfer-Encoding", "chunked"]],
  [
    ["Expect", "100-continue"],
    ["Content-Length", `${note.length}`],
  ],
);
const single = fc.oneof(
  fc.tuple(fc.constantFrom("Host", "HOST"), host),
  fc.tuple(fc.constant("Origin"), origin),
  fc.tuple(fc.constant("Sec-WebSocket-Protocol"), protocols),
  fc.tuple(fc.constant("Sec-WebSocket-Extensions"), extensions),
  fc.tuple(
    fc.constantFrom("Sec-WebSocket-Version", "Sec-WebSocket-Key", "Upgrade", "Connection"),
    fc.oneof(fc.constantFrom("13", "8", "14", key, "websocket, h2c", "h2c", "keep-alive, Upgrade", "close"), odd),
  ),
  fc.tuple(
    fc.constant("Authorization"),
    fc.oneof(fc.constantFrom(`Bearer ${token}`, "Bearer wrong", `Basic ${token}`), odd),
  ),
  fc.tuple(
    fc.constantFrom("__proto__", "constructor", "Cookie", "X-Forwarded-Host", "Content-Encoding", ...oddTexts),
    odd,
  ),
);

/** The right headers, one of them left out now and then, and others put among them. */
const headersOf = (right: Case["headers"]): fc.Arbitrary<Case["headers"]> =>
  fc
    .record({
      without: fc.nat(30),
      more: fc.array(fc.oneof({ weight: 4, arbitrary: single.map((one) => [one]) }, smuggled), { maxLength: 2 }),
      at: fc.nat(right.length),
      many: fc.oneof({ weight: 40, arbitrary: fc.constant(0) }, fc.constantFrom(95, 200, 2_000)),
    })
    .map(({ without, more, at, many }) => {
      const kept = right.filter((_header, index) => index !== without);
      const flood = Array.from({ length: many }, (_, index) => [`x-${index}`, "1"] as const);
      return [...kept.slice(0, at), ...more.flat(), ...kept.slice(at), ...flood];
    });

const line = fc.oneof(
  { weight: 12, arbitrary: fc.constant("") },
  fc.constantFrom(
    ...[
      "GET /v1/ws?token=x HTTP/1.1",
      "GET /v1/ws? HTTP/1.1",
      "GET //v1/ws HTTP/1.1",
      "GET /v1/WS HTTP/1.1",
      "GET /v1%2fws HTTP/1.1",
      "GET /ws/executions/ HTTP/1.1",
      "GET /ws/executions/%00 HTTP/1.1",
      "GET /ws/executions?since=x HTTP/1.1",
      "GET /ws/session/%2e%2e HTTP/1.1",
      "GET /ws/session/s1 HTTP/1.1",
      "POST /v1/ws HTTP/1.1",
    ],
    ...[
      "GET http://evil.test/v1/ws HTTP/1.1",
      "GET * HTTP/1.1",
      "CONNECT /v1/ws HTTP/1.1",
      "GET /v1/ws HTTP/1.0",
      "GET /v1/ws HTTP/2.0",
      "GET /v1/ws",
      "get /v1/ws HTTP/1.1",
    ],
    ...[
      "GET  /v1/ws HTTP/1.1",
      "GET /v1/ws\tHTTP/1.1",
      "PRI * HTTP/2.0",
      "\u0016\u0003\u0001",
      "GET /v1/__proto__ HTTP/1.1",
      "OPTIONS * HTTP/1.1",
      "GET /v1/channels HTTP/1.1",
    ],
  ),
);
const second = `GET /v1/info HTTP/1.1\r\nHost: ${own}\r\n\r\n`;
const tail = fc.constantFrom(
  "",
  note,
  "5\r\n{}   \r\n0\r\n\r\n",
  "0\r\n\r\n",
  `0\r\n\r\n${second}`,
  `${note}${second}`,
  "{}   ",
  "ffffffffffffffff1\r\n",
  '5;a="\n',
  "\x81\x85\0\0\0\0hello",
);

const request = (first: string, right: Case["headers"]): fc.Arbitrary<Case> =>
  fc.record({
    line: line.map((other) => other || first),
    headers: headersOf(right),
    eol: fc.oneof({ weight: 30, arbitrary: fc.constant("\r\n") }, fc.constantFrom("\n", "\r", "\r\r\n", "\r\n ")),
    colon: fc.oneof({ weight: 30, arbitrary: fc.constant(": ") }, fc.constantFrom(":", " : ", ":\t", "")),
    tail,
    changes: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, byteChanges),
  });

export const upgrades = sharedEntry<Case>({
  name: "upgrade",
  about: "first bytes of a connection: upgrades, hosts, origins, subprotocols, smuggled bodies",
  parsers: [
    "packages/gateway/src/http/front.ts",
    "packages/gateway/src/http/door.ts",
    "packages/gateway/src/http/upgrades.ts",
    "packages/gateway/src/sockets/upgrade.ts",
    "packages/gateway/src/auth/tokens.ts",
  ],
  batch: 250,
  cases: fc.oneof(
    { weight: 2, arbitrary: request("GET /v1/ws HTTP/1.1", upgrade) },
    request("GET /ws/executions HTTP/1.1", upgrade),
    request("GET /ws/executions/e1 HTTP/1.1", upgrade),
    { weight: 3, arbitrary: request("POST /v1/events HTTP/1.1", publish) },
  ),
  open: async () => {
    const gateway = await openGateway();
    const bystander = await openBystander(gateway);
    const name = `${gateway.host}:${gateway.port}`;
    const tryOne = async (one: Case): Promise<void> => {
      const bytes = bytesOf(one, name);
      const { bytes: received, early } = await exchange(gateway, { pieces: [bytes], leave: "end", enough: isEnough });
      check(bytes, received, early, name);
    };
    return {
      judge: async (batch) => {
        await Promise.all(batch.map(tryOne));
        await bystander.check();
      },
      close: async () => {
        bystander.close();
        await gateway.close();
      },
    };
  },
});

function bytesOf({ line, headers, eol, colon, tail, changes }: Case, name: string): Buffer {
  const lines = [line, ...headers.map(([key, value]) => `${key}${colon}${value}`), "", ""];
  return changed(Buffer.from(`${lines.join(eol)}${tail}`.replaceAll(own, name), "latin1"), changes);
}

function check(sent: Buffer, received: Buffer, early: boolean, name: string): void {
  const text = sent.toString("latin1");
  const head = strictHead(text);
  const first = readResponse(received);
  if (first === undefined) {
    strictEqual(received.length, 0, `an answer is whole: ${received.toString("latin1")}`);
    ok(early || head === undefined || head.method !== "GET", "a proper request has an answer");
    return;
  }
  if (first.status === 100) return;
  checkResponse(first);
  if (first.status === 101) {
    ok(head !== undefined && mayUpgrade(head, name, token), `upgraded: ${text.slice(0, 2_000)}`);
    return;
  }
  if (head !== undefined && isAmbiguous(head)) {
    ok(first.status >= 400, `two could read it differently, and it got ${first.status}`);
    strictEqual(readResponse(received, first.end), undefined, "nothing more is read from it");
  }
}

/** A whole answer, or the beginning of what goes on. */
function isEnough(received: Buffer): boolean {
  const response = readResponse(received);
  return (
    response !== undefined &&
    (response.whole || response.headers.get("content-type")?.startsWith("text/event-stream") === true)
  );
}
