/** Characters that would act instead of being read, made readable. */

/**
 * C0 and C1 controls (but not tab), DEL, marks that reorder text, line separators, invisible joiners and the byte
 * order mark. An agent's output must not be able to look like something else.
 */
const acting =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/;

export const isActing = (character: string): boolean => acting.test(character);

/** Where the next one stands, at or after `from`; -1: none. */
export function nextActing(text: string, from: number): number {
  const finder = new RegExp(acting, "g");
  finder.lastIndex = from;
  return finder.exec(text)?.index ?? -1;
}

/** `^[`, `^G` … as terminals write control keys, in characters that every font has; `[U+202E]` for the rest. */
export function visible(character: string): string {
  const code = character.charCodeAt(0);
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
