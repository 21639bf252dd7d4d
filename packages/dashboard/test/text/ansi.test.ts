import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnsiParser, parseAnsi, plainText, type Span } from "../../src/text/ansi.ts";
import { isActing } from "../../src/text/visible.ts";

const esc = "\u001b";

const merged = (spans: readonly Span[]): Array<Pick<Span, "text" | "style">> => {
  const out: Array<Pick<Span, "text" | "style">> = [];
  for (const { text, style } of spans) {
    const last = out.at(-1);
    if (last && JSON.stringify(last.style) === JSON.stringify(style)) last.text += text;
    else out.push({ text, style });
  }
  return out;
};

/** Text without a character that acts, and so without an escape. */
const harmless = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => ![...text].some(isActing));

/** Tags, and halves of them. */
const tags = fc.constantFrom("\u{e0041}", "\u{e01ef}", "\udb40", "\udc41");

const sequences = fc.constantFrom(
  `${esc}[0m`,
  `${esc}[1;31m`,
  `${esc}[38;5;208m`,
  `${esc}[38;2;10;20;30m`,
  `${esc}[48:2::1:2:3m`,
  "\u009b32m",
  `${esc}[2K`,
  `${esc}[?25l`,
  `${esc}[10;20H`,
  `${esc}]0;a title\u0007`,
  `${esc}]8;;https://example.org/\u001b\\`,
  `${esc}]52;c;ZXZpbA==\u0007`,
  `${esc}P1$r0m${esc}\\`,
  `${esc}(B`,
  `${esc}c`,
);

describe("A29 terminal output is text with a style", () => {
  test("escape sequences are left out, and every other character is kept", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            harmless,
            sequences.map((sequence) => ({ sequence })),
          ),
        ),
        (parts) => {
          const line = parts.map((part) => (typeof part === "string" ? part : part.sequence)).join("");
          const text = parts.filter((part) => typeof part === "string").join("");
          expect(plainText(line)).toBe(text);
        },
      ),
    );
  });

  test("how the text was cut into chunks makes no difference", () => {
    const anything = fc
      .array(fc.oneof(harmless, sequences, tags, fc.string({ unit: "binary", maxLength: 8 })))
      .map((all) => all.join(""));
    fc.assert(
      fc.property(anything, fc.array(fc.nat(40)), (line, cuts) => {
        const parser = new AnsiParser();
        const spans: Span[] = [];
        let from = 0;
        for (const length of cuts) {
          spans.push(...parser.write(line.slice(from, from + length)));
          from += length;
        }
        spans.push(...parser.write(line.slice(from)), ...parser.end());
        expect(merged(spans)).toEqual(merged(parseAnsi(line)));
      }),
      { numRuns: 500 },
    );
  });

  test("whatever comes, nothing that acts goes to the page, and it never throws", () => {
    const units = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0xdb40, 0xdc00, 0xdc7f, 0xddef));
    const hostile = fc.string({ unit: units.map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(hostile, (line) => {
        for (const { text } of parseAnsi(line)) for (const character of text) expect(isActing(character)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test("marks that reorder text are shown instead of obeyed", () => {
    expect(plainText("a\u202eb\u2066c\u200fd")).toBe("a[U+202E]b[U+2066]c[U+200F]d");
  });

  test("words hidden in tags, and characters that only look like nothing, are shown", () => {
    expect(plainText("ok\u{e0068}\u{e0069}")).toBe("ok[U+E0068][U+E0069]");
    expect(plainText("a\u3164b\u180ec\ufe00d\u{e0100}e")).toBe("a[U+3164]b[U+180E]c[U+FE00]d[U+E0100]e");
    // The selector of emoji stays: people write it.
    expect(plainText("\u2764\ufe0f")).toBe("\u2764\ufe0f");
  });

  test("a return, a bell and a backspace are shown", () => {
    expect(plainText("50%\rdone\u0007\b")).toBe("50%^Mdone^G^H");
  });

  test("an escape sequence that never ends is shown, with what follows it", () => {
    expect(plainText(`before ${esc}]0;not a title`)).toBe("before ^[]0;not a title");
    expect(plainText(`${esc}[31`)).toBe("^[[31");
    expect(plainText(`${esc}]0;${"x".repeat(5_000)}\u0007`)).toContain("x".repeat(5_000));
  });

  test("a link of OSC 8 is its text only", () => {
    expect(parseAnsi(`${esc}]8;;javascript:alert(1)\u0007here${esc}]8;;\u0007`)).toEqual([{ text: "here", style: {} }]);
  });

  test("SGR sets and clears", () => {
    expect(parseAnsi(`${esc}[1;4;31mA${esc}[22mB${esc}[39;24mC`)).toEqual([
      { text: "A", style: { bold: true, underline: true, fg: 1 } },
      { text: "B", style: { underline: true, fg: 1 } },
      { text: "C", style: {} },
    ]);
    expect(parseAnsi(`${esc}[mA`)).toEqual([{ text: "A", style: {} }]);
  });

  test.each([
    ["38;5;208", 208],
    ["38:5:208", 208],
    ["38;2;255;0;10", "#ff000a"],
    ["38:2::255:0:10", "#ff000a"],
    ["38:2:255:0:10", "#ff000a"],
    ["97", 15],
    ["34", 4],
  ])("%s is the colour %s", (parameters, fg) => {
    expect(parseAnsi(`${esc}[${parameters}mA`)).toEqual([{ text: "A", style: { fg } }]);
  });

  test("values of a true colour are not taken for codes of their own", () => {
    expect(parseAnsi(`${esc}[38;2;1;4;7;9mA`)).toEqual([{ text: "A", style: { fg: "#010407", strike: true } }]);
    expect(parseAnsi(`${esc}[38;2;999;0;0mA`)).toEqual([{ text: "A", style: {} }]);
  });
});
