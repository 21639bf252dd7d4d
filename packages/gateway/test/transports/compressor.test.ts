import { randomInt } from "node:crypto";
import { constants, gunzipSync, inflateRawSync } from "node:zlib";
import { compileHiding, SharedPublication } from "@signalbox/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Compressor, deflatedFrame, gzipFrame, markCompressed } from "../../src/transports/websocket/compressor.ts";
import { acceptable } from "../../src/transports/websocket/deflate.ts";
import { frameOf } from "../../src/transports/websocket/frames.ts";

const publicationOf = (data: unknown): SharedPublication =>
  new SharedPublication("agent:a", "e1", {
    offset: 7,
    type: "note",
    timestampMs: 5,
    body: JSON.stringify({ id: "m1", type: "note", timestamp: 5, data }),
  });
const repeating = (letters: number): SharedPublication => publicationOf({ text: "ab".repeat(letters / 2) });

/** Characters of one, two and three bytes, so mixed that each byte of their UTF-8 is about as frequent as each other. */
function flatText(length: number): string {
  const character = (): number => {
    const kind = randomInt(141);
    if (kind < 95) return randomInt(0x23, 0x7f);
    return kind < 125 ? randomInt(0x80, 0x800) : randomInt(0x800, 0xd800);
  };
  return String.fromCharCode(...Array.from({ length }, character));
}

/** The payload of a frame that is not masked. */
function payload(frame: Uint8Array): Buffer {
  const bytes = Buffer.from(frame);
  const short = bytes[1] ?? 0;
  return bytes.subarray(short < 126 ? 2 : short === 126 ? 4 : 10);
}
const inflated = (frame: Uint8Array): string =>
  inflateRawSync(Buffer.concat([payload(frame), Buffer.from("0000ffff", "hex")]), {
    finishFlush: constants.Z_SYNC_FLUSH,
  }).toString();
const gunzipped = (frame: Uint8Array): string => gunzipSync(payload(frame).subarray(1)).toString();

describe("frames", () => {
  test("RFC 7692 §7.2.3.1: the example comes out byte by byte", () => {
    expect(Buffer.from(deflatedFrame("Hello")).toString("hex")).toBe("c107f248cdc9c90700");
  });

  test("§3.9 a gzip is a binary frame whose first byte is 2", () => {
    const frame = gzipFrame(repeating(70_000).json);
    expect(frame[0]).toBe(0x82);
    expect(payload(frame)[0]).toBe(2);
    // RFC 1952: ID1, ID2, CM.
    expect(payload(frame).subarray(1, 4).toString("hex")).toBe("1f8b08");
    expect(frame.length).toBe(payload(frame).length + (frame.length < 65_536 ? 4 : 10));
  });

  test("whatever the message, it comes out as it went in, with the mark for gzip", () => {
    const member = fc.constantFrom("metadata", "compressed", "text", "__proto__");
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "small", maxDepth: 4 },
        fc.string({ unit: "binary" }),
        fc.constantFrom('"metadata":{', '}}"metadata":', true, 3),
        fc.array(tie("json")),
        fc.dictionary(member, tie("json")),
      ),
    }));
    const event = fc.record(
      { data: json, metadata: fc.option(fc.dictionary(member, json), { nil: undefined }), more: json },
      { requiredKeys: ["data"] },
    );
    fc.assert(
      fc.property(event, (given) => {
        const text = JSON.stringify({ id: "m1", ...given });
        expect(inflated(deflatedFrame(text))).toBe(text);
        const plain: unknown = JSON.parse(text);
        const marked: unknown = JSON.parse(gunzipped(gzipFrame(text)));
        const { metadata } = plain as { metadata?: object };
        expect(marked).toEqual({ ...(plain as object), metadata: { ...metadata, compressed: true } });
      }),
    );
  });

  test("a member called metadata inside of data is not the message's", () => {
    const inside = '{"id":"m1","data":{"metadata":{"a":1}}}';
    expect(markCompressed(inside)).toBe('{"id":"m1","data":{"metadata":{"a":1}},"metadata":{"compressed":true}}');
  });
});

describe("§3.9 what is compressed", () => {
  test("more than 1,024 bytes, counted as UTF-8", () => {
    const compressor = new Compressor();
    const around = publicationOf({ text: "" }).json.length;
    const exactly = repeating(1_024 - around);
    expect(exactly.json).toHaveLength(1_024);
    for (const compressed of [compressor.gzipped, compressor.deflated]) {
      expect(compressed(exactly)).toBe(frameOf(exactly));
      const over = publicationOf({ text: `é${"a".repeat(1_023 - around)}` });
      expect(over.json).toHaveLength(1_024);
      expect(compressed(over)).not.toBe(frameOf(over));
    }
    expect(compressor.made).toBe(2);
  });

  test("not more than 128 KiB, which would hold up the others", () => {
    const compressor = new Compressor();
    const big = repeating(131_072);
    expect(compressor.gzipped(big)).toBe(frameOf(big));
    expect(compressor.gzipped(big)).toBe(frameOf(big));
    const less = repeating(130_900);
    expect(compressor.gzipped(less).length).toBeLessThan(1_000);
    expect(compressor.made).toBe(1);
  });

  test("not what becomes no smaller, and that is tried once", () => {
    const compressor = new Compressor();
    const noise = publicationOf({ text: flatText(900) });
    expect(gzipFrame(noise.json).length).toBeGreaterThan(frameOf(noise).length);
    const frames = [compressor.gzipped(noise), compressor.gzipped(noise)];
    expect(frames).toEqual([frameOf(noise), frameOf(noise)]);
    expect(compressor.made).toBe(1);
  });

  test("a hundred who want it share one frame, made once; each codec has its own", () => {
    const compressor = new Compressor();
    const publication = repeating(3_000);
    const gzips = new Set(Array.from({ length: 100 }, () => compressor.gzipped(publication)));
    const deflates = new Set(Array.from({ length: 100 }, () => compressor.deflated(publication)));
    expect([gzips.size, deflates.size, compressor.made]).toEqual([1, 1, 2]);
    expect([...gzips][0]?.[0]).toBe(0x82);
    expect([...deflates][0]?.[0]).toBe(0xc1);
    // Nobody needed the plain one.
    expect(publication.wire).toBeUndefined();
  });

  test("who may not see some of it gets a frame without it, shared by those like them", () => {
    const compressor = new Compressor();
    const publication = publicationOf({ text: "ab".repeat(1_000), salary: 4_711 });
    const hiding = compileHiding([{ fields: ["salary"], unless: ["boss"] }]);
    const seen = [0, 1].map(() => hiding.viewOf({ roles: ["viewer"] })?.publication(publication) ?? publication);
    for (const [of, read] of [
      [compressor.gzipped, gunzipped],
      [compressor.deflated, inflated],
    ] as const) {
      expect(read(of(publication))).toContain("4711");
      const frames = seen.map((one) => of(one));
      expect(frames[0]).toBe(frames[1]);
      expect(frames.map(read).join()).not.toContain("4711");
    }
    expect(compressor.made).toBe(4);
  });
});

test.each([
  ["permessage-deflate", "permessage-deflate"],
  ["permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits"],
  ['permessage-deflate; client_max_window_bits="12"', 'permessage-deflate; client_max_window_bits="12"'],
  [
    "permessage-deflate;server_no_context_takeover; client_no_context_takeover",
    "permessage-deflate;server_no_context_takeover; client_no_context_takeover",
  ],
  ["permessage-deflate; server_max_window_bits=10", undefined],
  ["permessage-deflate; server_max_window_bits=10, permessage-deflate", " permessage-deflate"],
  ["x-webkit-deflate-frame", undefined],
  ["permessage-deflate; client_max_window_bits=7", undefined],
  ["permessage-deflate; client_max_window_bits=16", undefined],
  ["permessage-deflate; client_max_window_bits=-1", undefined],
  ['permessage-deflate; client_max_window_bits="9', undefined],
  ["permessage-deflate; constructor", undefined],
  ["", undefined],
  [undefined, undefined],
])("of the offers %j these can be taken: %j", (offered, taken) => {
  expect(acceptable(offered)).toBe(taken);
});
