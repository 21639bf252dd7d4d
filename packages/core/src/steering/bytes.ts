/** How large a value is, as it is kept. */

/** Bytes of arguments, of a result, of what is asked and of an answer, at most; each as JSON. */
export const partBytes = 65_536;

/** Is the value's JSON longer than `most` bytes of UTF-8? */
export function isLargerThan(value: unknown, most: number): boolean {
  const text = JSON.stringify(value) ?? "";
  if (text.length > most) return true;
  if (text.length * 3 <= most) return false;
  let bytes = 0;
  // By code points: a surrogate pair has four bytes.
  for (const point of text) bytes += bytesOf(point.codePointAt(0) ?? 0);
  return bytes > most;
}

const bytesOf = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
