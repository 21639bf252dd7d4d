/** Bytes on a WebSocket that no client would send: what they cost is bounded, and only their own connection pays. */
import { constants, createDeflateRaw, deflateRawSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bearer } from "../support/http.ts";
import { residentBytes } from "./support/memory.ts";
import {
  exchange,
  frame,
  type Peer,
  startTarget,
  statusOf,
  type Target,
  text,
  upgraded,
  upgradeHead,
} from "./support/target.ts";

let target: Target;
/** Somebody who behaves, on one connection through all of it. */
let healthy: Peer;
beforeAll(async () => {
  target = await startTarget({ limits: { headerMs: 1_000, requestMs: 2_000, authMs: 500 } });
  healthy = await upgraded(target, bearer(target.token));
});
afterAll(async () => {
  healthy?.socket.destroy();
  await target?.stop();
});

let pings = 0;
afterEach(async () => {
  const id = `alive${++pings}`;
  healthy.socket.write(text({ id, type: "ping" }));
  await healthy.message(({ metadata }) => metadata?.correlationId === id);
  expect(target.faults()).toEqual([]);
});

/** What comes of these bytes after a clean upgrade: the close code. */
async function afterUpgrade(...pieces: Buffer[]): Promise<number> {
  const peer = await upgraded(target, bearer(target.token));
  for (const piece of pieces) peer.socket.write(piece);
  const code = await peer.closed;
  peer.socket.destroy();
  return code;
}

describe("A15 a message that inflates", () => {
  test.each([
    "permessage-deflate",
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate; server_max_window_bits=8; client_no_context_takeover",
    "permessage-deflate; server_max_window_bits=0",
    "permessage-deflate; server_max_window_bits=-1, permessage-deflate",
    "permessage-deflate; client_max_window_bits=16",
    "x-webkit-deflate-frame",
    `permessage-deflate${"; a".repeat(500)}`,
  ])("the offer %j is not taken", async (offer) => {
    const peer = await upgraded(target, { ...bearer(target.token), "Sec-WebSocket-Extensions": offer });
    expect(await peer.upgraded).toMatch(/^HTTP\/1\.1 101 /);
    expect((await peer.upgraded).toLowerCase()).not.toContain("sec-websocket-extensions");
    peer.socket.destroy();
  });

  test("a bomb is never inflated: the bit that says compressed closes 1002", async () => {
    const bomb = await deflated(64 * 1_048_576);
    expect(bomb.length).toBeLessThan(100_000);
    expect(await afterUpgrade(frame(0xc1, bomb))).toBe(1002);
  });

  test.each([0xc1, 0xa1, 0x91, 0xf1, 0xc2, 0xc8, 0xc9, 0xca])(
    "a frame that begins with %i closes 1002",
    async (first) => {
      expect(await afterUpgrade(frame(first, "{}"))).toBe(1002);
    },
  );
});

describe("A15 where permessage-deflate was switched on", () => {
  let inflating: Target;
  beforeAll(async () => {
    inflating = await startTarget({ compression: { deflate: true }, limits: { authMs: 2_000 } });
  });
  afterAll(async () => {
    expect(inflating.faults()).toEqual([]);
    await inflating.stop();
  });

  const offer = { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };
  const stranger = (): Promise<Peer> => upgraded(inflating, offer);
  const known = (): Promise<Peer> => upgraded(inflating, { ...bearer(inflating.token), ...offer });

  test("both sides work without context", async () => {
    const peer = await known();
    const answer = (await peer.upgraded).toLowerCase();
    expect(answer).toMatch(/^sec-websocket-extensions: permessage-deflate;/m);
    expect(answer).toContain("server_no_context_takeover");
    expect(answer).toContain("client_no_context_takeover");
    peer.socket.destroy();
  });

  test.each(["0", "7", "16", "-1", "1e9", "constructor"])(
    "CVE-2026-2229 window bits of %s are declined, and the connection works",
    async (bits) => {
      for (const side of ["client", "server"]) {
        const extensions = { "Sec-WebSocket-Extensions": `permessage-deflate; ${side}_max_window_bits=${bits}` };
        const peer = await upgraded(inflating, { ...bearer(inflating.token), ...extensions });
        expect(await peer.upgraded).toMatch(/^HTTP\/1\.1 101 /);
        expect((await peer.upgraded).toLowerCase()).not.toContain("sec-websocket-extensions");
        peer.socket.write(text({ id: "p", type: "ping" }));
        await peer.message(({ type }) => type === "pong");
        peer.socket.destroy();
      }
    },
  );

  test("RFC 7692 §7.2.3 a message is read however it was deflated: in parts, stored, in two blocks, with a last one", async () => {
    const message = Buffer.from(JSON.stringify({ id: "p", type: "ping" }));
    const flushed = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    const length = Buffer.from([message.length, 0, ~message.length & 0xff, 0xff]);
    const stored = Buffer.concat([Buffer.from([0]), length, message]);
    const [half, rest] = [message.subarray(0, 10), message.subarray(10)].map((part) =>
      deflateRawSync(part, { finishFlush: constants.Z_SYNC_FLUSH }),
    );
    const forms = [
      [frame(0xc1, flushed)],
      // RSV1 is on the first part alone.
      [frame(0x41, flushed.subarray(0, 5)), frame(0x80, flushed.subarray(5))],
      [frame(0xc1, Buffer.concat([stored, Buffer.from([0])]))],
      [frame(0xc1, Buffer.concat([half ?? message, (rest ?? message).subarray(0, -4)]))],
      [frame(0xc1, Buffer.concat([deflateRawSync(message), Buffer.from([0])]))],
      [frame(0x81, message)],
    ];
    const peer = await known();
    for (const [n, pieces] of forms.entries()) {
      for (const piece of pieces) peer.socket.write(piece);
      // One after the other: each leaves nothing behind for the next.
      let pongs = 0;
      await peer.message(({ type }) => type === "pong" && pongs++ === n);
    }
    peer.socket.destroy();
  });

  test("a bomb closes 1009, from strangers at 16 KiB, and takes little memory", async () => {
    const bomb = await deflated(512 * 1_048_576);
    expect(bomb.length).toBeLessThan(600_000);
    const explode = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++) {
        const peer = await known();
        peer.socket.write(frame(0xc1, bomb));
        expect(await peer.closed).toBe(1009);
        peer.socket.destroy();
      }
    };
    // The first ones have the process reserve what it reads and inflates into, until its collector keeps up: no more after 40.
    await explode(60);
    const before = residentBytes(inflating.pid);
    await explode(20);
    for (const [bytes, number] of [
      [20_000, 1009],
      [12_000, 3500],
    ] as const) {
      const peer = await stranger();
      peer.socket.write(frame(0xc1, await deflated(bytes)));
      // Zeros are no JSON: what is not too long is read, and refused.
      expect(await peer.closed).toBe(number);
      peer.socket.destroy();
    }
    expect(residentBytes(inflating.pid) - before).toBeLessThan(32 * 1_048_576);
  });

  test.each([
    ["what is not deflated closes 1007", frame(0xc1, Buffer.from("ffffffff", "hex")), 1007],
    ["RSV1 on a control frame closes 1002", frame(0xc9, "x"), 1002],
    ["so does RSV2", frame(0xa1, "x"), 1002],
  ])("%s", async (_, bytes, number) => {
    const peer = await known();
    peer.socket.write(bytes);
    expect(await peer.closed).toBe(number);
    peer.socket.destroy();
  });
});

function deflated(bytes: number): Promise<Buffer> {
  const deflate = createDeflateRaw({ level: 9 });
  const chunks: Buffer[] = [];
  deflate.on("data", (chunk: Buffer) => chunks.push(chunk));
  const whole = new Promise<Buffer>((resolve) => deflate.on("end", () => resolve(Buffer.concat(chunks))));
  deflate.write(Buffer.alloc(bytes));
  deflate.flush(constants.Z_SYNC_FLUSH, () => deflate.end());
  return whole;
}

describe("A17 a frame that says it is huge", () => {
  const lengths = [
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 32n,
    2n ** 31n,
    1_048_577n,
  ];
  test.each(lengths)("a text of %i bytes closes 1009 at its header", async (length) => {
    expect(await afterUpgrade(frame(0x81, "", { length }))).toBe(1009);
  });

  test("so does one whose header comes byte by byte", async () => {
    const bytes = frame(0x81, "", { length: 2n ** 40n });
    expect(await afterUpgrade(...Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toBe(1009);
  });

  test("so does a message whose parts add up to more than a message may have", async () => {
    const half = Buffer.alloc(600_000, " ");
    expect(await afterUpgrade(frame(0x01, half), frame(0x80, half))).toBe(1009);
  });

  test("a control frame of more than 125 bytes closes 1002", async () => {
    for (const first of [0x88, 0x89, 0x8a]) {
      expect(await afterUpgrade(frame(first, Buffer.alloc(126)))).toBe(1002);
    }
  });
});

describe("A18 a message of endless parts", () => {
  test.each<[string, string, string]>([
    ["of one byte", " ", " "],
    ["of nothing", "", ""],
    ["of nothing after a byte", " ", ""],
  ])("parts %s close 1008 at their limit", async (_what, first, next) => {
    const parts = [frame(0x01, first), ...Array.from({ length: 128 }, () => frame(0x00, next))];
    expect(await afterUpgrade(Buffer.concat(parts))).toBe(1008);
    // Also where each comes as a segment of its own, between other frames.
    expect(await afterUpgrade(...parts.flatMap((part) => [part, frame(0x8a, "")]))).toBe(1008);
  });

  test("a message in as many parts as are allowed is a message", async () => {
    const peer = await upgraded(target, bearer(target.token));
    const message = '{"id":"parts","type":"ping"}';
    const parts = Array.from(message, (letter, at) =>
      frame((at === 0 ? 0x01 : 0x00) | (at === message.length - 1 ? 0x80 : 0), letter),
    );
    peer.socket.write(Buffer.concat(parts));
    await peer.message(({ metadata }) => metadata?.correlationId === "parts");
    peer.socket.destroy();
  });
});

describe("A19 what never ends", () => {
  test("headers or a body that do not end get 408 and the end, wherever they stop", async () => {
    const upgrade = upgradeHead(target, bearer(target.token));
    const post = (length: string): string =>
      `POST /v1/events HTTP/1.1\r\nHost: ${target.host}\r\nAuthorization: Bearer ${target.token}\r\nContent-Type: application/json\r\n${length}\r\n\r\n5\r\n`;
    const unfinished = [
      ...[1, 20, upgrade.length - 2].map((length) => upgrade.slice(0, length)),
      ...["Content-Length: 1000", "Transfer-Encoding: chunked"].map(post),
    ];
    const statuses = await Promise.all(unfinished.map(async (bytes) => statusOf(await exchange(target, bytes))));
    expect(statuses).toEqual(unfinished.map(() => 408));
  });

  test("a WebSocket that brings no token closes 3503, whatever else it sends", async () => {
    for (const sent of [[], [frame(0x89, "")], [frame(0x01, " ")], [text({ id: "p", type: "ping" })]]) {
      const peer = await upgraded(target, {});
      for (const piece of sent) peer.socket.write(piece);
      expect(await peer.closed).toBe(3503);
      peer.socket.destroy();
    }
  });
});

describe("A20 headers", () => {
  const answers = async (headers: Record<string, string>): Promise<number> =>
    statusOf(await exchange(target, upgradeHead(target, { ...bearer(target.token), ...headers }), frame(0x88, "")));

  test("two thousand headers are refused, short as they are", async () => {
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`h${i}`, ""]));
    expect([400, 431]).toContain(await answers(many));
  });

  test("101 headers are refused on an upgrade and on a request", async () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`h${i}`, "1"]));
    expect(await answers(many)).toBe(400);
  });

  test("16 KiB of one header get 431", async () => {
    expect(await answers({ a: "b".repeat(16_384) })).toBe(431);
  });

  test.each([
    ["subprotocols with gaps", { "Sec-WebSocket-Protocol": `b${" ".repeat(8_000)}x` }],
    ["endless subprotocols", { "Sec-WebSocket-Protocol": "a,".repeat(4_000) }],
    ["empty subprotocols", { "Sec-WebSocket-Protocol": ",,,," }],
    ["subprotocols twice", { "Sec-WebSocket-Protocol": "signalbox.v1, signalbox.v1" }],
    ["a key of other length", { "Sec-WebSocket-Key": "a".repeat(23) }],
    ["version 12", { "Sec-WebSocket-Version": "12" }],
  ])("%s get 400", async (_what, headers) => {
    expect(await answers(headers)).toBe(400);
  });

  test("extensions with gaps are read once, and refused or passed over", async () => {
    expect([101, 400]).toContain(await answers({ "Sec-WebSocket-Extensions": `a;${" ".repeat(8_000)}b` }));
    expect([101, 400]).toContain(await answers({ "Sec-WebSocket-Extensions": `a="${"\\".repeat(8_000)}` }));
  });
});

test("A12 extensions and headers named like parts of a prototype are names like any other", async () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]) {
    const extension = { "Sec-WebSocket-Extensions": `${name}; ${name}=${name}, permessage-deflate; ${name}=1` };
    const answer = await exchange(
      target,
      upgradeHead(target, { ...bearer(target.token), ...extension, [name]: name }),
      frame(0x88, ""),
    );
    expect([101, 400]).toContain(statusOf(answer));
    const get = `GET /v1/info?${name}=1&${name}[${name}]=2 HTTP/1.1\r\nHost: ${target.host}\r\nAuthorization: Bearer ${target.token}\r\n${name}: 1\r\nConnection: close\r\n\r\n`;
    expect(statusOf(await exchange(target, get))).toBe(200);
  }
});
