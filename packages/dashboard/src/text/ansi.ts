/**
 * Terminal output as spans of text with a style. Only SGR (colours and weights) has an effect; every other escape
 * sequence is left out, links of OSC 8 leave their text, and what does not end is shown instead of swallowed.
 */
import { isActing, nextActing, tagsBegin, visible } from "./visible.ts";

/** 0–255 of the terminal's palette, or `#rrggbb`. */
export type Colour = number | string;

export interface Style {
  readonly fg?: Colour;
  readonly bg?: Colour;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly inverse?: true;
  readonly hidden?: true;
  readonly strike?: true;
}

export interface Span {
  text: string;
  style: Style;
  /** Stands for a character that would act. */
  control?: true;
}

const plain: Style = {};

/** Longer escape sequences than these are no terminal's: they are shown as text. */
const longestCsi = 128;
const longestString = 4_096;

const esc = "\u001b";
/** The 8-bit forms of the same introducers. */
const csi8 = "\u009b";
const string8 = "\u0090\u0098\u009d\u009e\u009f";
const strings7 = "PX]^_";

export class AnsiParser {
  #style: Style = plain;
  /** The beginning of an escape sequence, or of a character that may act, whose rest has not come. */
  #open = "";

  /** Spans of this part of the text; how it was cut into parts makes no difference to the whole. */
  write(chunk: string): Span[] {
    const text = this.#open + chunk;
    this.#open = "";
    const spans: Span[] = [];
    let from = 0;
    for (let at = nextActing(text, 0); at >= 0; at = nextActing(text, from)) {
      this.#text(text.slice(from, at), spans);
      const end = escapeEnd(text, at);
      if (end === "more") {
        this.#open = text.slice(at);
        return spans;
      }
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      if (end === "none") this.#control(character, spans);
      else this.#apply(text.slice(at, end));
      from = end === "none" ? at + character.length : end;
    }
    const to = text.endsWith(tagsBegin) ? text.length - 1 : text.length;
    this.#text(text.slice(from, to), spans);
    this.#open = text.slice(to);
    return spans;
  }

  /** The text ended: an escape sequence that did not is shown. */
  end(): Span[] {
    const spans: Span[] = [];
    const open = this.#open;
    this.#open = "";
    for (const character of open) {
      if (isActing(character)) this.#control(character, spans);
      else this.#text(character, spans);
    }
    return spans;
  }

  #text(text: string, spans: Span[]): void {
    if (text === "") return;
    const last = spans.at(-1);
    if (last && !last.control && last.style === this.#style) last.text += text;
    else spans.push({ text, style: this.#style });
  }

  #control(character: string, spans: Span[]): void {
    spans.push({ text: visible(character), style: this.#style, control: true });
  }

  #apply(sequence: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the introducers of SGR
    const sgr = /^(?:\u001b\[|\u009b)([\d;:]*)m$/.exec(sequence);
    if (sgr) this.#style = restyled(this.#style, sgr[1] ?? "");
  }
}

/** A whole line. */
export function parseAnsi(line: string): Span[] {
  const parser = new AnsiParser();
  const spans = parser.write(line);
  return [...spans, ...parser.end()];
}

/** The line as people read it: no escape sequences, what acts made visible. */
export const plainText = (line: string): string =>
  parseAnsi(line)
    .map((span) => span.text)
    .join("");

/** Where the escape sequence at `at` ends. `none`: there is none. `more`: the text ends before it. */
function escapeEnd(text: string, at: number): number | "none" | "more" {
  const first = text.charAt(at);
  if (first === csi8) return csiEnd(text, at, at + 1);
  if (string8.includes(first)) return stringEnd(text, at, at + 1);
  if (first !== esc) return "none";
  const second = text.charAt(at + 1);
  if (second === "") return "more";
  if (second === "[") return csiEnd(text, at, at + 2);
  if (strings7.includes(second)) return stringEnd(text, at, at + 2);
  return shortEnd(text, at + 1);
}

/** Parameters 0x30–0x3f, intermediates 0x20–0x2f, one final 0x40–0x7e. */
function csiEnd(text: string, start: number, from: number): number | "none" | "more" {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x40 && code <= 0x7e) return at + 1;
    if (code < 0x20 || code > 0x3f || at - start >= longestCsi) return "none";
  }
  return "more";
}

/** Up to BEL or the string terminator. */
function stringEnd(text: string, start: number, from: number): number | "none" | "more" {
  for (let at = from; at < text.length; at++) {
    if (at - start >= longestString) return "none";
    const character = text.charAt(at);
    if (character === "\u0007" || character === "\u009c") return at + 1;
    if (character !== esc) continue;
    if (at + 1 === text.length) return "more";
    return text.charAt(at + 1) === "\\" ? at + 2 : "none";
  }
  return "more";
}

/** Intermediates and one final character, such as `ESC ( B`. */
function shortEnd(text: string, from: number): number | "none" | "more" {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x7e) return at + 1;
    if (code < 0x20 || code > 0x2f || at - from >= 4) return "none";
  }
  return "more";
}

function restyled(before: Style, parameters: string): Style {
  // `38:2::r:g:b` and `4:3` carry their values inside one parameter; `38;2;r;g;b` in those that follow.
  const queue = parameters.split(";").map((one) => one.split(":"));
  let style: Style = before;
  for (let at = 0; at < queue.length; at++) {
    const parts = queue[at] ?? [];
    const code = number(parts[0]);
    if (code === 38 || code === 48) {
      const spread = parts.length === 1;
      const values = spread ? queue.slice(at + 1, at + 5).map((one) => one[0] ?? "") : parts.slice(1);
      const { colour, used } = extended(values, spread);
      if (spread) at += used;
      if (colour !== undefined) style = { ...style, [code === 38 ? "fg" : "bg"]: colour };
    } else {
      style = withCode(style, code, parts[1]);
    }
  }
  return style;
}

function withCode(style: Style, code: number, sub: string | undefined): Style {
  if (code === 0) return plain;
  const set = attributes[code];
  if (set && !(code === 4 && sub === "0")) return { ...style, ...set };
  const cleared = code === 4 ? clears[24] : clears[code];
  if (cleared) {
    return Object.fromEntries(Object.entries(style).filter(([name]) => !cleared.includes(name)));
  }
  if (code >= 30 && code <= 37) return { ...style, fg: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, fg: code - 82 };
  if (code >= 40 && code <= 47) return { ...style, bg: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, bg: code - 92 };
  return style;
}

const attributes: Readonly<Record<number, Style>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  8: { hidden: true },
  9: { strike: true },
  21: { underline: true },
};

const clears: Readonly<Record<number, readonly string[]>> = {
  22: ["bold", "dim"],
  23: ["italic"],
  24: ["underline"],
  27: ["inverse"],
  28: ["hidden"],
  29: ["strike"],
  39: ["fg"],
  49: ["bg"],
};

/** `5;n` and `2;r;g;b`; with colons a colour space may stand before r. */
function extended(values: readonly string[], spread: boolean): { colour: Colour | undefined; used: number } {
  if (values[0] === "5") {
    const index = number(values[1]);
    return { colour: index <= 255 ? index : undefined, used: 2 };
  }
  if (values[0] !== "2") return { colour: undefined, used: 1 };
  const rgb = (spread || values.length < 5 ? values.slice(1, 4) : values.slice(2, 5)).map(number);
  const [r = 0, g = 0, b = 0] = rgb;
  const fits = rgb.length === 3 && rgb.every((one) => one <= 255);
  return { colour: fits ? `#${hex(r)}${hex(g)}${hex(b)}` : undefined, used: 4 };
}

const number = (digits: string | undefined): number => (digits === undefined || digits === "" ? 0 : Number(digits));
const hex = (value: number): string => value.toString(16).padStart(2, "0");
