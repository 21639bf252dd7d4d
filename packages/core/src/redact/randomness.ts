/** Tells what chance made from what people and programs name: keys from identifiers, hashes, ids and paths. */
import { classAt, dash, digit, hexLower, otherLower, slash, upper } from "./characters.ts";

/** Shorter texts cannot be told apart; longer ones are pictures and other data, whose loss would be noticed. */
export const leastRandom = 32;
const most = 200;
/** Base64 of this length without a break is data: no path is as long, and no key. */
export const leastPicture = 1_024;

/** What stands before public values of the same look. */
const publicBefore = /(?:SHA256:|h1:|base64,|W\/")$/;
const publicStart = /^(?:sha(?:1|256|384|512)-|AAAA)/;
/** `chatcmpl-…`, `cs_test_…`: says what kind of id follows. */
const label = /^(?:(?:[a-z]{3,}|[A-Z]{3,})[-_]){1,4}|^[a-z]{2}_/;

/** Is what begins at `from` known to be public, for all that it looks like a key: a checksum, a public key? */
export const isPublic = (text: string, from: number): boolean =>
  publicStart.test(text.slice(from, from + 8)) || publicBefore.test(text.slice(Math.max(0, from - 7), from));

/** Part of a path. */
const word = /(?:^|\/)(?:[a-z]{3,}|[A-Z][a-z]{2,})(?:\/|$)/;

/** Do the characters from `from` to `end`, all of `[A-Za-z0-9_+/-]`, look like a key? */
export function looksRandom(text: string, from: number, end: number): boolean {
  if (end - from < leastRandom || end - from > most) return false;
  const run = text.slice(from, end);
  const start = from + (label.exec(run)?.[0].length ?? 0);
  const length = end - start;
  if (length < leastRandom || word.test(run)) return false;

  let uppers = 0;
  let lowers = 0;
  let digits = 0;
  let joints = 0;
  let changes = 0;
  let inWords = 0;
  let before = 0;
  let repeated = 0;
  let distinct = 0;
  const seen = new Uint8Array(128);
  for (let at = start; at < end; at++) {
    const bits = classAt(text, at);
    const kind = bits === hexLower ? otherLower : bits;
    if (kind === upper) uppers++;
    else if (kind === otherLower) lowers++;
    else if (kind === digit) digits++;
    else if (kind === dash || kind === slash) joints++;
    if (kind === before) repeated++;
    else {
      changes++;
      if (before === otherLower && repeated >= 5) inWords += repeated;
      repeated = 1;
    }
    before = kind;
    const code = text.charCodeAt(at);
    if (seen[code] === 0) distinct++;
    seen[code] = 1;
  }
  if (before === otherLower && repeated >= 5) inWords += repeated;
  // Random letters and digits change their class six times in ten and hardly repeat. Words hang together.
  return (
    digits > 0 &&
    uppers >= length * 0.15 &&
    lowers >= length * 0.15 &&
    joints <= length * 0.15 &&
    changes >= length * 0.4 &&
    inWords <= lowers * 0.6 &&
    distinct >= Math.min(22, length * 0.5)
  );
}
