import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineSplitter, longestPiece, type Piece } from "../src/lines.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");

function split(chunks: Uint8Array[]): Piece[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => splitter.write(chunk)), ...splitter.end()];
}

const texts = (pieces: Piece[]): string[] => pieces.map((piece) => piece.text);

/** What a reader makes of pieces: joined, or drawn anew where one begins with a return. */
function shown(pieces: Piece[]): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const piece of pieces) {
    const before: string = piece.begins ? "" : (open ?? "");
    open = piece.text.startsWith("\r") ? piece.text.slice(1) : before + piece.text;
    if (!piece.partial) {
      lines.push(open);
      open = undefined;
    }
  }
  return open === undefined ? lines : [...lines, open];
}

/** The rule said another way, over the whole text: a line shows what its last return left standing. */
function reference(text: string): string[] {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  const drawn = (line: string): string => line.replace(/\r+$/, "").replace(/^.*\r/s, "");
  return [...lines.map(drawn), ...(last.replace(/\r+$/, "") === "" ? [] : [drawn(last)])];
}

function chunked(data: Uint8Array, sizes: number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(data.subarray(at, at + size));
    at += size;
  }
  return [...chunks, data.subarray(at)];
}

const noise = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("a", "bc", "ä", "€", "🚦", "\u001b[31m", "\0") },
    { weight: 2, arbitrary: fc.constant("\n") },
    { weight: 2, arbitrary: fc.constantFrom("\r", "\r\n", "\r\r") },
  ),
  { maxLength: 80 },
);
const cuts = fc.array(fc.nat(9), { maxLength: 60 });

describe("lines", () => {
  test("are the same however the bytes are cut", () => {
    fc.assert(
      fc.property(noise, cuts, (words, sizes) => {
        const data = bytes(words.join(""));
        const whole = split([data]);
        expect(split(chunked(data, sizes))).toEqual(whole);
        expect(texts(whole)).toEqual(reference(words.join("")));
      }),
      { numRuns: 2_000 },
    );
  });

  test("read the same when some were given out early because the stream was quiet", () => {
    fc.assert(
      fc.property(noise, fc.array(fc.tuple(fc.nat(9), fc.boolean()), { maxLength: 60 }), (words, steps) => {
        const data = bytes(words.join(""));
        const splitter = new LineSplitter();
        const pieces: Piece[] = [];
        let at = 0;
        for (const [size, quiet] of steps) {
          pieces.push(...splitter.write(data.subarray(at, at + size)));
          at += size;
          const early = quiet ? splitter.idle() : undefined;
          if (early) pieces.push(early);
        }
        pieces.push(...splitter.write(data.subarray(at)), ...splitter.end());
        expect(shown(pieces)).toEqual(reference(words.join("")));
      }),
      { numRuns: 2_000 },
    );
  });

  test("longer than the limit come in parts that join to the line, wherever chunks end", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.integer({ min: longestPiece - 3, max: longestPiece * 2 + 3 }), fc.constantFrom("\n", "\r", "🚦")),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        fc.array(fc.integer({ min: longestPiece - 4, max: longestPiece + 4 }), { maxLength: 6 }),
        (runs, sizes) => {
          const text = runs.map(([length, end]) => "x".repeat(length) + end).join("");
          const pieces = split(chunked(bytes(text), sizes));
          expect(pieces).toEqual(split([bytes(text)]));
          expect(shown(pieces)).toEqual(reference(text));
          for (const piece of pieces) expect(piece.text.length).toBeLessThanOrEqual(longestPiece);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("never end between the halves of a character", () => {
    const text = `${"x".repeat(longestPiece - 1)}🚦end\n`;
    const pieces = split([bytes(text)]);
    expect(pieces.map((piece) => piece.partial)).toEqual([true, false]);
    expect(pieces[0]?.text).toBe("x".repeat(longestPiece - 1));
    expect(pieces[1]?.text).toBe("🚦end");
  });

  test("keep ANSI colours and drop only the newline", () => {
    expect(texts(split([bytes("\u001b[31mred\u001b[0m\r\nplain\n")]))).toEqual(["\u001b[31mred\u001b[0m", "plain"]);
  });

  test("of a progress bar: only its last form is kept", () => {
    expect(texts(split([bytes("10%\r20%\r"), bytes("100%"), bytes("\r\nnext\n")]))).toEqual(["100%", "next"]);
  });

  test("of a progress bar that paused: the redraw says that it replaces", () => {
    const splitter = new LineSplitter();
    splitter.write(bytes("10%\r"));
    expect(splitter.idle()).toEqual({ text: "10%", partial: true, begins: true });
    expect(splitter.unfinished).toBe(false);
    expect(splitter.idle()).toBeUndefined();
    expect(splitter.write(bytes("20%\n"))).toEqual([{ text: "\r20%", partial: false, begins: false }]);
  });

  test("without a newline at the end of the stream are lines; an empty rest is not", () => {
    expect(texts(split([bytes("a\nb")]))).toEqual(["a", "b"]);
    expect(texts(split([bytes("a\nb\n")]))).toEqual(["a", "b"]);
    expect(texts(split([bytes("\n\n")]))).toEqual(["", ""]);
  });

  test("a character cut off by the end of the stream shows as one replacement character", () => {
    expect(texts(split([bytes("€").subarray(0, 2)]))).toEqual(["\ufffd"]);
  });
});
