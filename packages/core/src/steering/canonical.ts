/** JSON in one spelling only (RFC 8785), so that equal values have equal hashes. */

/**
 * Numbers and texts as JSON.stringify spells them, keys in the order of their UTF-16 code units, no spaces. `value` is what
 * JSON.parse gave; a lone surrogate is spelled as an escape, where the RFC would have none.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    // Plain comparison of texts is by code units.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}
