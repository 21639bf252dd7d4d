/** WebSocket bytes against a gateway that serves others at the same time. */
import { ok, strictEqual } from "node:assert";
import { closeCodes } from "@signalbox/protocol";
import fc from "fast-check";
import { sharedEntry } from "../entry.ts";
import { byteChanges, changed } from "../inputs/bytes.ts";
import { frameText } from "../inputs/messages.ts";
import { openBystander } from "../live/bystander.ts";
import { exchange } from "../live/exchange.ts";
import { checkClose, type Frame, frameBytes, readServerFrames } from "../live/frames.ts";
import { openGateway, token } from "../live/gateway.ts";
import { readResponse } from "../live/responses.ts";

interface Case {
  /** With a token in the upgrade; otherwise the first message would have to bring it. */
  known: boolean;
  frames: readonly Frame[];
  changes: Parameters<typeof changed>[1];
  /** Where the bytes are cut into pieces, as shares in 65,536ths. */
  cuts: readonly number[];
  leave: "end" | "reset" | "linger";
}

const payload: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 8, arbitrary: frameText.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 130 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(0, 999, 1000, 1001, 1005, 1006, 1015, 2999, 3000, 3505, 4999, 5000, 65_535)
      .map((code) => Buffer.from([code >> 8, code & 0xff, 0x62, 0x79, 0x65])),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536).map((length) => Buffer.alloc(length, 0x20)),
  },
);

/** FIN and opcodes as they should be, most of the time. */
const first = fc.oneof(
  { weight: 8, arbitrary: fc.constant(0x81) },
  { weight: 4, arbitrary: fc.constantFrom(0x01, 0x00, 0x80, 0x82, 0x02, 0x88, 0x89, 0x8a) },
  { weight: 1, arbitrary: fc.nat(255) },
);
const length = fc.oneof(
  { weight: 20, arbitrary: fc.constant(undefined) },
  fc.constantFrom(
    0n,
    1n,
    125n,
    126n,
    127n,
    65_535n,
    65_536n,
    1_048_576n,
    1_048_577n,
    2n ** 32n,
    2n ** 53n,
    2n ** 63n - 1n,
    2n ** 64n - 1n,
  ),
);
const frame: fc.Arbitrary<Frame> = fc.record({
  first,
  payload,
  masked: fc.oneof({ weight: 20, arbitrary: fc.constant(true) }, fc.constant(false)),
  length,
  form: fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, fc.constantFrom(7, 16, 64)),
});
const flood: fc.Arbitrary<readonly Frame[]> = fc
  .tuple(frame, frame, fc.integer({ min: 2, max: 200 }))
  .map(([begin, more, times]) => [begin, ...Array.from({ length: times }, () => more)]);

const cases: fc.Arbitrary<Case> = fc.record({
  known: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
  frames: fc.oneof({ weight: 12, arbitrary: fc.array(frame, { minLength: 1, maxLength: 5 }) }, flood),
  changes: fc.oneof(fc.constant([]), byteChanges),
  cuts: fc.array(fc.nat(65_535), { maxLength: 3 }),
  leave: fc.constantFrom("end", "end", "reset", "linger"),
});

export const frames = sharedEntry({
  name: "frames",
  about: "WebSocket frames, mutated: bits, lengths, opcodes, masks, fragments, cuts",
  parsers: [
    "packages/gateway/src/transports/websocket/index.ts",
    "packages/gateway/src/transports/websocket/connection.ts",
    "packages/protocol/src/decode.ts",
  ],
  batch: 250,
  cases,
  open: async () => {
    const gateway = await openGateway();
    const bystander = await openBystander(gateway);
    const request = (known: boolean): Buffer =>
      Buffer.from(
        `GET /v1/ws HTTP/1.1\r\nHost: ${gateway.host}:${gateway.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
          `${known ? `Authorization: Bearer ${token}\r\n` : ""}\r\n`,
      );
    const tryOne = async ({ known, frames, changes, cuts, leave }: Case): Promise<void> => {
      const bytes = changed(Buffer.concat(frames.map(frameBytes)), changes);
      // The first bytes come in one segment with the upgrade: nobody may listen yet.
      const [begin = Buffer.alloc(0), ...pieces] = cut(bytes, cuts);
      const { bytes: received } = await exchange(gateway, {
        pieces: [Buffer.concat([request(known), begin]), ...pieces],
        leave: leave === "reset" ? "reset" : "end",
        ...(leave === "linger" ? { enough: (all: Buffer) => closeOf(all) !== undefined } : {}),
      });
      const [only] = frames;
      if (known && frames.length === 1 && changes.length === 0 && leave === "linger" && isBinary(only)) {
        strictEqual(closeOf(received), closeCodes.bad_message.number, "a binary frame");
      }
      checkReceived(received, changes.length > 0 || frames.some(isClose));
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

function cut(bytes: Buffer, shares: readonly number[]): Buffer[] {
  const at = [
    0,
    ...shares.map((share) => Math.floor((share / 65_536) * bytes.length)).sort((a, b) => a - b),
    bytes.length,
  ];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

/** The answer to the upgrade, and then whole frames of messages. */
function checkReceived(received: Buffer, mayEcho: boolean): void {
  const answer = readResponse(received);
  if (answer === undefined) return;
  strictEqual(answer.status, 101, "the upgrade was right");
  const { texts, close } = readServerFrames(received.subarray(answer.end));
  if (close !== undefined && !mayEcho) checkClose(close);
  for (const text of texts) ok(typeof Object(JSON.parse(text)).type === "string", `a message: ${text}`);
}

const isBinary = (frame: Frame | undefined): boolean =>
  frame?.first === 0x82 && frame.masked && frame.length === undefined && frame.form === undefined;

function closeOf(received: Buffer): number | undefined {
  const answer = readResponse(received);
  return answer === undefined ? undefined : readServerFrames(received.subarray(answer.end)).close;
}

const isClose = ({ first }: Frame): boolean => (first & 0x0f) === 8;
