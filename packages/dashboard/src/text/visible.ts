/** Characters that would act instead of being read, made readable. */

/**
 * Code units that act, or that nobody can see: an agent's output must not be able to look like something else. Tabs are let through, and
 * the two selectors that people write with emoji.
 */
const actingUnits: ReadonlyArray<readonly [from: number, to: number]> = [
  // Controls, C0 and C1, and DEL.
  [0x00, 0x08],
  [0x0a, 0x1f],
  [0x7f, 0x9f],
  // The soft hyphen, the grapheme joiner, the Arabic letter mark.
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  // Fillers of Hangul, vowels of Khmer without a shape, selectors of Mongolian.
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  // Invisible spaces and joiners, line separators, marks that reorder text.
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  // Selectors of variants.
  [0xfe00, 0xfe0d],
  // The byte order mark, a filler, interlinear marks.
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
];

const unit = (code: number): string => `\\u${code.toString(16).padStart(4, "0")}`;

/** Pairs: tags, in which whole sentences have been hidden from people and told to models, and the further selectors. */
const acting = new RegExp(
  `[${actingUnits.map(([from, to]) => `${unit(from)}-${unit(to)}`).join("")}]|\\udb40[\\udc00-\\udc7f\\udd00-\\uddef]`,
);

/** The first half of a tag, or of a selector beyond the sixteen; what it is shows by the second. */
export const tagsBegin = "\udb40";

export const isActing = (character: string): boolean => acting.test(character);

/** Where the next one stands, at or after `from`; -1: none. */
export function nextActing(text: string, from: number): number {
  const finder = new RegExp(acting, "g");
  finder.lastIndex = from;
  return finder.exec(text)?.index ?? -1;
}

/** `^[`, `^G` … as terminals write control keys, in characters that every font has; `[U+202E]` for the rest. */
export function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  if (code === 0x7f) return "^?";
  return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
}

/** A whole text with nothing in it that acts: for titles, lists and one-liners. */
export const calm = (text: string): string => (acting.test(text) ? [...text].map(calmOne).join("") : text);

const calmOne = (character: string): string =>
  character === "\n" || character === "\r" ? " " : isActing(character) ? visible(character) : character;

/** The same of several lines: they stay lines. */
export const calmLines = (text: string): string => text.split("\n").map(calm).join("\n");
