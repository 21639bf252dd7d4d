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
