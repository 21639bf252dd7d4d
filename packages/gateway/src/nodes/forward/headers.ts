/** Headers that go along with a request or an answer that is passed on. Pure. */

/** About one connection only (RFC 9110 §7.6.1), or written anew for the next one. */
const perHop: ReadonlySet<string> = new Set(
  "connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade expect".split(
    " ",
  ),
);

/** Names and values by turns, as they came, without those that end here. `left`: further ones that do. */
export function endToEnd(raw: readonly string[], left: readonly string[] = []): string[] {
  const dropped = new Set([...perHop, ...left]);
  for (const [name, value] of pairs(raw)) {
    if (name.toLowerCase() !== "connection") continue;
    for (const one of value.split(",")) dropped.add(one.trim().toLowerCase());
  }
  return pairs(raw).flatMap(([name, value]) => (dropped.has(name.toLowerCase()) ? [] : [name, value]));
}

export const pairs = (raw: readonly string[]): Array<[name: string, value: string]> =>
  Array.from({ length: raw.length >> 1 }, (_, at) => [raw[2 * at] ?? "", raw[2 * at + 1] ?? ""]);
