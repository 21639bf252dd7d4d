import { decodeFrame, decodeValue, defaultLimits, refuseOutline } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const limits = { ...defaultLimits, jsonDepth: 6, jsonKeys: 20 };
/** Long enough to be looked at, and no part of any message's size. */
const padded = (text: string): string => `${text}${" ".repeat(5_000)}`;
const message = (data: unknown, type = "note"): object => ({ type, channel: "repo:a", data });

/** Values with many containers, and strings that look like containers. */
const { value } = fc.letrec((again) => ({
  value: fc.oneof(
    { maxDepth: 9, withCrossShrink: true },
    fc.oneof(fc.integer(), fc.constantFrom("", "{[:,", '"', "\\", '\\"', "positions", "\u0000", "}]")),
    fc.array(again("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", ":", '"{', "\\", "data"), again("value"), { maxKeys: 5 }),
  ),
}));
const draft = fc.record({ type: fc.constant("note"), data: value });

describe("A14 the outline of text", () => {
  test("says of size what is said of the parsed message", () => {
    fc.assert(
      fc.property(fc.oneof(draft, fc.array(draft, { maxLength: 4 })), (frame) => {
        const parsed = decodeValue(frame, limits);
        const outline = refuseOutline(padded(JSON.stringify(frame)), limits);
        expect(outline === undefined).toBe(parsed.ok);
      }),
      { numRuns: 2_000 },
    );
  });

  test("depth and keys are refused just over the limit, and not at it", () => {
    const deep = (levels: number): string =>
      padded(JSON.stringify(message(JSON.parse("[".repeat(levels) + "]".repeat(levels)))));
    expect(refuseOutline(deep(5), limits)).toBeUndefined();
    expect(refuseOutline(deep(6), limits)).toEqual({ path: "", rule: "must not nest deeper than 6" });
    const wide = (keys: number): string =>
      padded(JSON.stringify(message(Object.fromEntries(Array.from({ length: keys }, (_, n) => [`k${n}`, n])))));
    expect(refuseOutline(wide(17), limits)).toBeUndefined();
    expect(refuseOutline(wide(18), limits)).toEqual({ path: "", rule: "must have at most 20 keys" });
  });

  test("each message of a batch counts for itself, and the one that is wrong is named", () => {
    const ten = message({ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7 });
    expect(refuseOutline(padded(JSON.stringify([ten, ten, ten])), limits)).toBeUndefined();
    const wide = message(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`k${n}`, n])));
    expect(refuseOutline(padded(JSON.stringify([ten, ten, wide])), limits)).toMatchObject({ path: "/2" });
    const poll = (messages: object[]): string => padded(JSON.stringify({ waitMs: 0, messages }));
    expect(refuseOutline(poll([ten, ten, ten]), limits, 2)).toBeUndefined();
    expect(refuseOutline(poll([ten, wide]), limits, 2)).toMatchObject({ path: "/1" });
    const unlisted = { messages: Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`k${n}`, n])) };
    expect(refuseOutline(padded(JSON.stringify(unlisted)), limits, 2)).toMatchObject({ path: "" });
  });

  test("positions are not counted, what comes after them is", () => {
    const positions = Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => [`agent:${n}`, { epoch: "e", offset: n }]),
    );
    const subscribe = (data: object): string => JSON.stringify({ type: "subscribe", data });
    expect(
      decodeFrame(padded(subscribe({ channel: "agent:*", positions, filter: { types: [] } })), limits),
    ).toMatchObject({
      ok: true,
    });
    expect(refuseOutline(padded(subscribe({ positions, more: positions })), limits)).toBeDefined();
    expect(refuseOutline(padded(subscribe({ more: { positions } })), limits)).toBeDefined();
  });

  test("what is not JSON is left to the parser", () => {
    for (const text of ['{"a', "]]]]", ":".repeat(10), '"\\"', "", "1"]) {
      expect(refuseOutline(padded(text), limits)).toBeUndefined();
      expect(decodeFrame(padded(text), limits)).toMatchObject({ ok: false });
    }
  });
});
