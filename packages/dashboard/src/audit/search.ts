/** Which entries: kept in the address. */

export interface AuditSearch {
  who?: string;
  what?: string;
  target?: string;
  result?: string;
  /** Unix ms, both inclusive. */
  from?: number;
  until?: number;
}

const texts = ["who", "what", "target", "result"] as const;
const times = ["from", "until"] as const;

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const read: AuditSearch = {};
  for (const name of texts) {
    const value = search[name];
    if ((typeof value === "string" || typeof value === "number") && value !== "") read[name] = String(value);
  }
  for (const name of times) {
    const value = Number(search[name]);
    if (search[name] !== undefined && Number.isSafeInteger(value) && value > 0) read[name] = value;
  }
  return read;
}
