/** Packets to /socket.io/, right and spoiled, of both versions and over both transports: others are served at the same time. */
import { ok, strictEqual } from "node:assert";
import fc from "fast-check";
import { sharedEntry } from "../entry.ts";
import { anyJson, jsonText } from "../inputs/json.ts";
import { oddTexts } from "../inputs/text.ts";
import { openBystander } from "../live/bystander.ts";
import { exchange } from "../live/exchange.ts";
import { checkClose, frameBytes, readServerFrames } from "../live/frames.ts";
import { type LiveGateway, openGateway, token } from "../live/gateway.ts";
import { readResponse } from "../live/responses.ts";

interface Case {
  version: 3 | 4;
  transport: "websocket" | "polling";
  packets: readonly string[];
}

/** Mostly what it should be. */
const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 10, arbitrary: right }, fc.constantFrom<unknown>(...oddTexts), anyJson);

const place = mostly(fc.constantFrom("kv67:41", "kv67:0", "earliest", "now", ":1", "kv67:-1"));
const channel = fc.constantFrom("process:p1", "global", "agent:a", "agent:*", "session:*", "__proto__", "a b");
const since = mostly(fc.dictionary(channel, place, { maxKeys: 3 }));
const auth = fc.record(
  { token: mostly(fc.constant(token)), since, pid: anyJson, offset: anyJson },
  { requiredKeys: [] },
);
const processId = mostly(fc.constantFrom("p1", "p2", "a/b", ""));
const options = mostly(
  fc.record({ since: fc.oneof(place, fc.record({ last: mostly(fc.nat(9)) })) }, { requiredKeys: [] }),
);

const event = fc.oneof(
  fc.tuple(mostly(fc.constant("subscribe-process")), processId, options),
  fc.tuple(mostly(fc.constant("unsubscribe-process")), processId),
  fc.tuple(mostly(fc.constant("auth-request")), mostly(fc.constant(token))),
  fc.array(anyJson, { maxLength: 3 }),
);

const pick = fc.constantFrom;
/** With a number of attachments where its type has them, or where it has none. */
const packet = fc
  .record({
    engine: fc.oneof({ weight: 12, arbitrary: fc.constant("4") }, pick("0", "1", "2", "3", "5", "6", "7", "b", "")),
    type: fc.oneof(
      { weight: 8, arbitrary: fc.constant("2") },
      pick("0", "1", "3", "4", "5", "51-", "511-", "6", "7", ""),
    ),
    namespace: fc.oneof(
      { weight: 9, arbitrary: fc.constant("") },
      pick("/,", "/admin,", "//,", "/__proto__,", "/?a=b,"),
    ),
    id: fc.oneof({ weight: 3, arbitrary: fc.constant("") }, pick("0", "7", "99999999999999999999", "-1")),
    data: fc.oneof({ weight: 8, arbitrary: jsonText(event) }, jsonText(anyJson), fc.constant("")),
  })
  .map(({ engine, type, namespace, id, data }) => engine + type + namespace + id + data);

const spoiled = fc.oneof(
  { weight: 12, arbitrary: packet },
  fc.string({ unit: "binary", maxLength: 20 }),
  pick(...oddTexts),
);

const cases: fc.Arbitrary<Case> = fc.record({
  version: pick(3, 4),
  transport: pick("websocket", "polling"),
  packets: fc
    .tuple(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant(`40${JSON.stringify({ token })}`) },
        jsonText(auth).map((text) => `40${text}`),
      ),
      fc.array(spoiled, { maxLength: 5 }),
    )
    .map(([first, rest]) => [first, ...rest]),
});

/** What a gateway sends: packets of Engine.IO, and in them of Socket.IO. */
function checkPacket(text: string): void {
  ok(/^(0\{|[1236]$|3probe$|4[0-4])/.test(text), `a packet: ${text}`);
  if (text.startsWith("42")) {
    const [name, argument] = JSON.parse(text.slice(2));
    ok(typeof name === "string" && typeof Object(argument) === "object", `an event: ${text}`);
  }
  if (text.startsWith("43"))
    ok(typeof JSON.parse(text.slice(text.indexOf("[")))[0].ok === "boolean", `an answer: ${text}`);
  if (text.startsWith("44{")) strictEqual(typeof JSON.parse(text.slice(2)).message, "string", `a refusal: ${text}`);
}

async function overWebSocket(gateway: LiveGateway, { version, packets }: Case): Promise<void> {
  const head =
    `GET /socket.io/?EIO=${version}&transport=websocket HTTP/1.1\r\nHost: ${gateway.host}:${gateway.port}\r\nConnection: Upgrade\r\n` +
    `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${authorization(version)}\r\n`;
  const frames = packets.map((text) =>
    frameBytes({ first: 0x81, payload: Buffer.from(text), masked: true, form: undefined }),
  );
  const { bytes } = await exchange(gateway, {
    pieces: [Buffer.concat([Buffer.from(head), ...frames])],
    leave: "end",
    enough: () => false,
  });
  const answer = readResponse(bytes);
  if (answer === undefined) return;
  strictEqual(answer.status, 101, "the upgrade was right");
  const { texts, close } = readServerFrames(bytes.subarray(answer.end));
  if (close !== undefined && close !== 1_000 && close !== 1_005) checkClose(close);
  for (const text of texts) checkPacket(text);
}

async function overPolling(gateway: LiveGateway, { version, packets }: Case): Promise<void> {
  const path = `${gateway.url}/socket.io/?EIO=${version}&transport=polling`;
  const headers: Record<string, string> = version === 3 ? { authorization: `Bearer ${token}` } : {};
  const opened = await (await fetch(path, { headers })).text();
  const [, sid = ""] = /"sid":"([^"]+)"/.exec(opened) ?? [];
  ok(sid !== "", `a session: ${opened}`);
  const body = version === 4 ? packets.join("\u001e") : packets.map((text) => `${[...text].length}:${text}`).join("");
  const sent = await fetch(`${path}&sid=${sid}`, {
    method: "POST",
    headers: { ...headers, "content-type": "text/plain" },
    body,
  }).catch(() => undefined);
  // A payload that ends its connection cuts its own request.
  if (sent !== undefined) ok([200, 400, 413].includes(sent.status), `an answer to a payload: ${sent.status}`);
  await sent?.arrayBuffer();
}

const authorization = (version: 3 | 4): string => (version === 3 ? `Authorization: Bearer ${token}\r\n` : "");

export const socketio = sharedEntry<Case>({
  name: "socketio",
  about: "packets to /socket.io/: joins, tokens, positions, attachments, acknowledgements, spoiled",
  parsers: [
    "packages/gateway/src/surfaces/socketio/inward.ts",
    "packages/gateway/src/surfaces/socketio/positions.ts",
    "packages/gateway/src/surfaces/socketio/credential.ts",
    "packages/gateway/src/surfaces/socketio/connection.ts",
    "packages/gateway/src/surfaces/socketio/serving.ts",
  ],
  batch: 250,
  cases,
  open: async () => {
    const gateway = await openGateway();
    const bystander = await openBystander(gateway);
    return {
      judge: async (batch) => {
        await Promise.all(
          batch.map((one) => (one.transport === "websocket" ? overWebSocket : overPolling)(gateway, one)),
        );
        await bystander.check();
      },
      close: async () => {
        bystander.close();
        await gateway.close();
      },
    };
  },
});
