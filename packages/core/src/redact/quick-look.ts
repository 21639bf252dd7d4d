/** Tells texts that hold no secret from those that must be read with care, and knows where secrets may begin. */
import { classAt, classes, digit, hexLower, isWhite, otherLower, slash, upper } from "./characters.ts";
import { endsLikeSecret } from "./keys.ts";

/** No shape is shorter. */
export const leastRun = 20;

/**
 * A quick look: false says that `redactText` would change nothing. Most texts of most events get no further than this,
 * so it does nothing but look at each character once.
 */
export function mayHoldSecret(text: string): boolean {
  const { length } = text;
  if (length < 8) return false;
  let bits = 0;
  let start = 0;
  let seeking = true;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (classes[code] ?? 0) : 0;
    if (kind !== 0) {
      bits |= kind;
      continue;
    }
    if (at - start >= leastRun && isMixed(bits)) return true;
    if (code === 61 || code === 58) {
      if (endsLikeSecret(text, beforeQuote(text, at))) return true;
    } else if (code === 32 && at - start >= 5) {
      if (isScheme(text, start, at) || opensKey(text, start, at)) return true;
      if (text.startsWith("--", start) && endsLikeSecret(text, at)) return true;
    }
    if (code === 58 && seeking && text.startsWith("://", at)) {
      if (text.indexOf("@", at) > 0 || text.indexOf("hook", at) > 0) return true;
      seeking = false;
    }
    if (code === 91 || code === 59) at = afterColour(text, at);
    start = at + 1;
    bits = 0;
  }
  return length - start >= leastRun && isMixed(bits);
}

/** Could a run of these characters be a key? Words, numbers, hashes and UUIDs are not. */
function isMixed(bits: number): boolean {
  if ((bits & slash) !== 0) {
    return (bits & upper) !== 0 && (bits & (hexLower | otherLower)) !== 0 && (bits & digit) !== 0;
  }
  return (bits & upper) !== 0 || ((bits & digit) !== 0 && (bits & otherLower) !== 0);
}

/** Between a name, its sign and its value. */
export const spaces = 8;

/** Where a name ends that has `:` or `=` at `at`, perhaps with a quote or a space between. */
function beforeQuote(text: string, at: number): number {
  let end = at;
  for (let seen = 0; seen < spaces && isWhite(text.charCodeAt(end - 1)); seen++) end--;
  if (text[end - 1] === '"' || text[end - 1] === "'") end--;
  if (text[end - 1] === "\\") end--;
  return end;
}

/** The `m` of a terminal's colour, `[32m` or `;1m`, which would seem to be part of what follows; else `at`. */
export function afterColour(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code !== 91 && code !== 59) return at;
  let end = at + 1;
  while (end - at <= 3 && (classAt(text, end) & digit) !== 0) end++;
  return text.charCodeAt(end) === 109 ? end : at;
}

export const keyTitle = /^ [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----/;
export const opening = "-----BEGIN";
export const opensKey = (text: string, start: number, end: number): boolean =>
  end - start >= opening.length && text.charCodeAt(end - 1) === 78 && text.startsWith(opening, end - opening.length);

/** Is it the word Bearer or Basic? */
export function isScheme(text: string, start: number, end: number): boolean {
  if (end - start === 6) return text.slice(start, end).toLowerCase() === "bearer";
  return end - start === 5 && text.slice(start, end).toLowerCase() === "basic";
}
