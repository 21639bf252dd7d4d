import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chunks } from "../src/chunks.ts";

const [first, last, abandoned] = [1, 2, 4];
const chunk = (flags: number, bytes: Uint8Array | string): Uint8Array =>
  Buffer.concat([Buffer.from([3, flags]), Buffer.from(bytes)]);

describe("§3.8 chunks", () => {
  test("a text cut anywhere, within characters too, comes out whole", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1 }),
        fc.array(fc.nat(40), { maxLength: 8 }),
        (text, cuts) => {
          const bytes = Buffer.from(text);
          const ends = [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
          const chunks = new Chunks();
          let from = 0;
          const found = ends.map((end, index) => {
            const flags = (index === 0 ? first : 0) | (index === ends.length - 1 ? last : 0);
            const taken = chunks.take(chunk(flags, bytes.subarray(from, end)));
            from = end;
            return taken;
          });
          expect(found).toEqual([...ends.slice(1).map(() => undefined), text]);
        },
      ),
    );
  });

  test("one that is abandoned is forgotten, and the next begins anew", () => {
    const chunks = new Chunks();
    expect(chunks.take(chunk(first, "half of"))).toBeUndefined();
    expect(chunks.take(chunk(abandoned, ""))).toBeUndefined();
    expect(chunks.take(chunk(first | last, "whole"))).toBe("whole");
  });

  test.each<[string, Uint8Array[]]>([
    ["goes on with nothing", [chunk(0, "x")]],
    ["ends nothing", [chunk(last, "x")]],
    ["goes on after the last", [chunk(first | last, "x"), chunk(0, "y")]],
    ["begins within another", [chunk(first, "x"), chunk(first, "y")]],
    ["is of another kind", [Buffer.from([7, first, 1])]],
    ["is empty", [Buffer.alloc(0)]],
    ["is far too much", [chunk(first, Buffer.alloc(1 << 24)), chunk(0, "y")]],
  ])("one that %s is refused", (_what, frames) => {
    const chunks = new Chunks();
    expect(() => frames.map((frame) => chunks.take(frame))).toThrow("out of sequence");
  });
});
