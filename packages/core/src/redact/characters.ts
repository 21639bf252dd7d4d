/** Classes of characters, and looking ahead for them in one pass. */

/** Bits of what a character can be. */
export const upper = 1;
/** a to f, which hexadecimal numbers have too. */
export const hexLower = 2;
export const otherLower = 4;
export const digit = 8;
/** `-` and `_`. */
export const dash = 16;
/** `+` and `/`, which base64 has and paths have. */
export const slash = 32;

/** By character code; what is not ASCII is in no class. */
export const classes = new Uint8Array(128);
const mark = (bit: number, characters: string): void => {
  for (const character of characters) classes[character.charCodeAt(0)] = bit;
};
mark(upper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
mark(hexLower, "abcdef");
mark(otherLower, "ghijklmnopqrstuvwxyz");
mark(digit, "0123456789");
mark(dash, "-_");
mark(slash, "+/");

export const classAt = (text: string, at: number): number => classes[text.charCodeAt(at)] ?? 0;

export const isToken = (bits: number): boolean => (bits & (upper | hexLower | otherLower | digit | dash)) !== 0;

export const isWhite = (code: number): boolean => code === 32 || (code >= 9 && code <= 13) || code === 0xa0;

/**
 * Where the next character of a kind is. Asked for places that only go forward it reads every character once, however
 * often it is asked: that is what keeps a scan linear.
 */
export class Ahead {
  readonly #text: string;
  readonly #is: (code: number) => boolean;
  #from = 0;
  #found = -1;

  constructor(text: string, is: (code: number) => boolean) {
    this.#text = text;
    this.#is = is;
  }

  /** The length of the text if there is none. */
  at(from: number): number {
    if (from >= this.#from && from <= this.#found) return this.#found;
    let at = from;
    while (at < this.#text.length && !this.#is(this.#text.charCodeAt(at))) at++;
    this.#from = from;
    this.#found = at;
    return at;
  }
}

/** A set of characters as a test of their codes. */
export function oneOf(characters: string): (code: number) => boolean {
  const marked = new Uint8Array(128);
  for (const character of characters) marked[character.charCodeAt(0)] = 1;
  return (code) => marked[code] === 1;
}
