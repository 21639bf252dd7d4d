import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Sanitiser, sanitised } from "../src/text/sanitise.ts";
import { obeyed, withoutColours } from "./terminal-text.ts";

const esc = "\u001b";
const reset = `${esc}[0m`;

const clean = (...pieces: string[]): string => {
  const sanitiser = new Sanitiser({ colours: true });
  return pieces.map((piece) => sanitiser.piece(piece)).join("");
};

describe("A29 text from agents on a terminal", () => {
  test.each([
    ["clipboard, OSC 52", `a${esc}]52;c;ZXZpbA==\u0007b`],
    ["clipboard, ended by ST", `a${esc}]52;c;ZXZpbA==${esc}\\b`],
    ["a link, OSC 8", `a${esc}]8;;http://evil.test\u0007b`],
    ["the title", `a${esc}]0;title\u0007b`],
    ["a C1 OSC", "a\u009d52;c;ZXZpbA==\u009cb"],
    ["a C1 CSI", "a\u009b2Jb"],
    ["a device control string", `a${esc}P+q544e${esc}\\b`],
    ["a private message", `a${esc}^x${esc}\\b`],
    ["an application command", `a${esc}_x${esc}\\b`],
    ["clearing the screen", `a${esc}[2Jb`],
    ["moving the cursor", `a${esc}[10;10Hb`],
    ["moving back over what was written", "a\b\bb"],
    ["asking the terminal for an answer", `a${esc}[6nb`],
    ["the other screen", `a${esc}[?1049hb`],
    ["a private colour", `a${esc}[>4;2mb`],
    ["another character set", `a${esc}(0b`],
    ["a reset of the terminal", `a${esc}cb`],
    ["a bell", "a\u0007b"],
    ["NUL and DEL", "a\0\u007fb"],
  ])("%s goes", (_name, text) => {
    expect(clean(text)).toBe("ab");
  });

  test("text that turns the reading direction round is shown as a mark", () => {
    expect(clean("if (admin\u202e) {\u2066 }")).toBe("if (admin\ufffd) {\ufffd }");
    expect(clean("a\u2028b")).toBe("a b");
  });

  test("colours stay, and end with the piece", () => {
    expect(clean(`${esc}[31mred${esc}[0m plain`)).toBe(`${esc}[31mred${esc}[0m plain${reset}`);
    expect(clean(`${esc}[38;5;208morange`)).toBe(`${esc}[38;5;208morange${reset}`);
  });

  test("a colour that was not taken back goes on with the next line", () => {
    const sanitiser = new Sanitiser({ colours: true });
    expect(sanitiser.piece(`${esc}[31mone`)).toBe(`${esc}[31mone${reset}`);
    sanitiser.endLine();
    expect(sanitiser.piece("two")).toBe(`${esc}[31mtwo${reset}`);
    expect(sanitiser.piece(`${esc}[0mthree`)).toBe(`${esc}[31m${esc}[0mthree${reset}`);
    expect(sanitiser.piece("four")).toBe("four");
  });

  test("without colours nothing is left of them", () => {
    expect(new Sanitiser({ colours: false }).piece(`${esc}[31mred${esc}[0m`)).toBe("red");
  });

  test("a sequence that the end of a line cut off does not swallow the next line", () => {
    const sanitiser = new Sanitiser({ colours: true });
    expect(sanitiser.piece(`a${esc}]52;c;`)).toBe("a");
    sanitiser.endLine();
    expect(sanitiser.piece("the next line")).toBe("the next line");
  });

  test("cut anywhere, the same text comes out", () => {
    const word = fc.constantFrom(
      "a",
      "ä",
      "🚦",
      `${esc}[31m`,
      `${esc}]52;c;x\u0007`,
      `${esc}]0;t${esc}\\`,
      "\u009b1m",
      esc,
      "[",
      "]",
      ";",
      "m",
      "\u0007",
      "\u0018",
      "\u202e",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.array(fc.nat(60), { maxLength: 6 }), (words, cuts) => {
        const text = words.join("");
        const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, at) => text.slice(places[at], end));
        // Cuts come between whole characters, as the wire's text does.
        fc.pre(pieces.every((piece) => !/^[\udc00-\udfff]/.test(piece)));
        expect(withoutColours(clean(...pieces))).toBe(withoutColours(clean(text)));
      }),
      { numRuns: 1_000 },
    );
  });

  test("whatever comes in, only text and plain colours come out", () => {
    const anything = fc.array(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.constantFrom(esc, "\u009d", "\u0090", "[", "]", "52;", "\\", "\u0007"),
      ),
    );
    fc.assert(
      fc.property(anything, (parts) => {
        const out = clean(...parts);
        expect(obeyed(withoutColours(out))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("one line stays one line", () => {
    expect(sanitised(`a\r\nb\tc${esc}[31md`)).toBe("a b cd");
  });
});
