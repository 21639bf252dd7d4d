/** Malformed input, for each way into the gateway and each state a connection can be in. The same every time. */
import { frame, head, text } from "./target.ts";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const wide = (keys: number): string => `{${Array.from({ length: keys }, (_, i) => `"${i * 65_536}":${i}`).join(",")}}`;

/** Values where another type belongs. */
const values = [
  "null",
  "true",
  "0",
  "-1",
  "1e400",
  "-0",
  "9007199254740993",
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e"',
  '"__proto__"',
  '"constructor"',
  "[]",
  "[null]",
  "{}",
  '{"__proto__":null}',
  '{"toString":1,"valueOf":1,"length":-1}',
  nested(31),
  nested(5_000),
  wide(1_001),
  JSON.stringify("x".repeat(10_000)),
];

/** The members of every message that the gateway takes. */
const members: Record<string, readonly string[]> = {
  connect: ["client", "compression", "resume"],
  auth_request: ["token"],
  subscribe: ["channel", "since", "filter", "snapshot", "positions", "resource", "id", "events"],
  unsubscribe: ["channel"],
  ping: ["x"],
  disconnect: ["reason"],
  agent_status: ["agentId", "status", "currentTask"],
  process_output: ["processId", "line", "output", "stream"],
};

/** Names that the ecosystem's libraries emit as events of their own: as types they are types like any other. */
const reserved = ["error", "close", "connection", "disconnecting", "newListener", "removeListener", "open", "message"];

/** Texts for a message's place: none of them publishes anything. */
export const messages: readonly string[] = [
  ...["", " ", "{", "}", "[", "]", '"', "nul", "NaN", "{]", "\u0000", "{}{}", '{"type":"ping"}x', '{type:"ping"}'],
  ...values,
  ...values.map((value) => `{"type":${value}}`),
  ...values.map((value) => `{"id":${value},"type":"ping"}`),
  ...values.map((value) => `{"type":"agent_status","data":${value}}`),
  ...values.map((value) => `{"type":"subscribe","data":${value}}`),
  ...values.map((value) => `{"type":"nowhere","channel":${value},"timestamp":${value},"metadata":${value}}`),
  ...values.map((value) => `{"type":"nowhere","channel":"nowhere:x","metadata":{"producer":${value},"tags":${value}}}`),
  ...Object.entries(members).flatMap(([type, names]) =>
    names.flatMap((name) => values.map((value) => `{"id":"m","type":"${type}","data":{"${name}":${value}}}`)),
  ),
  ...reserved.flatMap((type) => [`{"type":"${type}","channel":"nowhere:x"}`, `{"event":"${type}","type":["${type}"]}`]),
  `[${'{"type":1},'.repeat(1_000)}{}]`,
  `[${'{"type":"ping"},'.repeat(1_001)}{}]`,
];

/** Bytes on a WebSocket after its upgrade. */
export const frames: readonly Buffer[] = [
  ...Array.from({ length: 256 }, (_, first) => frame(first === 0x81 ? 0x82 : first, "{}")),
  ...[2n ** 63n, 2n ** 64n - 1n, 2n ** 53n, 2n ** 32n, 1_048_577n].map((length) => frame(0x81, "", { length })),
  ...Array.from({ length: 24 }, (_, at) => frame(0x88, closing(at * 250))),
  frame(0x88, "a"),
  frame(0x88, Buffer.concat([closing(1000), Buffer.from([0xff, 0xfe])])),
  frame(0x81, Buffer.from([0xed, 0xa0, 0x80])),
  frame(0x81, Buffer.from([0xf8, 0x88, 0x80, 0x80, 0x80])),
  frame(0x81, "{}", { masked: false }),
  Buffer.concat([frame(0x01, ""), ...Array.from({ length: 300 }, () => frame(0x00, ""))]),
  Buffer.concat([frame(0x01, "{"), frame(0x81, "{}")]),
  Buffer.concat(Array.from({ length: 200 }, () => frame(0x8a, Buffer.alloc(125)))),
  Buffer.concat(Array.from({ length: 40 }, () => frame(0x89, Buffer.alloc(125)))),
  Buffer.from("GET / HTTP/1.1\r\n\r\n"),
  Buffer.alloc(4_096, 0xff),
  Buffer.alloc(4_096),
  text("x".repeat(70_000)),
  frame(0x82, Buffer.alloc(70_000)),
];

function closing(code: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return bytes;
}

const odd = [
  "",
  "%",
  "%2e%2e",
  "..%2f..",
  "%00",
  "%ff",
  "a".repeat(2_000),
  "__proto__",
  "*",
  ":",
  "agent:",
  "a b",
  "💥",
  "\t",
];
const addresses = odd.flatMap((part) => [
  `/${part}`,
  `/v1/${part}`,
  `/v1/channels/${part}`,
  `/v1/channels/${part}/events`,
  `/v1/processes/${part}/logs`,
  `/v1/channels/global/events?since=${part}&limit=${part}&wait=0&types=${part}`,
  `/v1/channels?pattern=${part}&after=${part}&limit=${part}`,
  `/v1/events?channel=${part}&since=${part}`,
  `/v1/search?q=${part}&before=${part}&limit=${part}`,
]);

/** Whole requests as bytes, each ended by the gateway: everything asks for the connection's end. */
export function requests(host: string, token: string): string[] {
  const base = { Host: host, Authorization: `Bearer ${token}`, Connection: "close" };
  const posted = (path: string, body: string, type = "application/json"): string =>
    head(`POST ${path}`, { ...base, "Content-Type": type, "Content-Length": String(Buffer.byteLength(body)) }) + body;
  return [
    ...addresses.flatMap((address) => [
      head(`GET ${address}`, base),
      head(`GET ${address}`, { ...base, Accept: "text/event-stream", "Last-Event-ID": address }),
    ]),
    ...messages.flatMap((message) => [
      posted("/v1/events", message),
      posted("/v1/poll", `{"messages":[${message}],"waitMs":0}`),
      posted("/v1/stream", `[${message}]`),
    ]),
    ...values.map((value) => posted("/v1/poll", `{"messages":${value},"waitMs":${value}}`)),
    ...values.map((value) =>
      posted("/v1/events", `{"specversion":"1.0","type":${value},"subject":${value}}`, "application/cloudevents+json"),
    ),
    ...values.map((value) => posted("/v1/events", `[${value}]`, "application/cloudevents-batch+json")),
    ...["TRACE", "CONNECT", "PRI", "OPTIONS", "PUT", "DELETE", "get", "\u0000", "A".repeat(300)].map((method) =>
      head(`${method} /v1/info`, base),
    ),
    ...["HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "HTTP/1.1 x", ""].map(
      (version) => `GET /v1/info ${version}\r\nHost: ${host}\r\n\r\n`,
    ),
    "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    `POST /v1/events HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nfffffffffffffffff\r\n`,
    `POST /v1/events HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n-1\r\n`,
    `POST /v1/events HTTP/1.1\r\nHost: ${host}\r\nContent-Length: -1\r\n\r\n`,
    `POST /v1/events HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 99999999999999999999\r\n\r\n`,
  ];
}
