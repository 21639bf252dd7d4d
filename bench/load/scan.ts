/** Looking into texts without decoding them. */

export function startsWith(bytes: Buffer, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}

/** How often `text`, ASCII, occurs in `bytes[start..end)`. */
export function countOf(bytes: Buffer, start: number, end: number, text: string): number {
  const first = text.charCodeAt(0);
  const last = end - text.length;
  let count = 0;
  for (let at = start; at <= last; at++) {
    if (bytes[at] !== first) continue;
    let i = 1;
    while (i < text.length && bytes[at + i] === text.charCodeAt(i)) i++;
    if (i < text.length) continue;
    count++;
    at += i - 1;
  }
  return count;
}

/** Where `text`, ASCII, first begins in `bytes[start..end)`; -1 if it does not. */
function placeOf(bytes: Buffer, start: number, end: number, text: string): number {
  const first = text.charCodeAt(0);
  for (let at = start; at <= end - text.length; at++) {
    if (bytes[at] !== first) continue;
    let i = 1;
    while (i < text.length && bytes[at + i] === text.charCodeAt(i)) i++;
    if (i === text.length) return at;
  }
  return -1;
}

function lastPlaceOf(bytes: Buffer, start: number, end: number, text: string): number {
  for (let at = end - text.length; at >= start; at--) if (placeOf(bytes, at, at + text.length, text) === at) return at;
  return -1;
}

/** The text between `after` and `until`; undefined when there is none. */
export function between(
  bytes: Buffer,
  start: number,
  end: number,
  { after, until, last = false }: { after: string; until: string; last?: boolean },
): string | undefined {
  const place = (last ? lastPlaceOf : placeOf)(bytes, start, end, after);
  if (place < 0) return undefined;
  const from = place + after.length;
  const to = placeOf(bytes, from, end, until);
  return to < 0 ? undefined : bytes.toString("latin1", from, to);
}

const idMember = '"id":"';
const numberDigits = 12;

export interface EventId {
  /** The letter before the number: which stream it is of. */
  letter: string;
  number: number;
}

/** The id of a delivered event, a letter and twelve digits; undefined when there is none. */
export function idOf(bytes: Buffer, start: number, end: number): EventId | undefined {
  const place = placeOf(bytes, start, end, idMember);
  if (place < 0 || place + idMember.length + 1 + numberDigits > end) return undefined;
  const at = place + idMember.length;
  let number = 0;
  for (let i = at + 1; i <= at + numberDigits; i++) number = number * 10 + (bytes[i] ?? 48) - 48;
  return { letter: String.fromCharCode(bytes[at] ?? 0), number };
}
