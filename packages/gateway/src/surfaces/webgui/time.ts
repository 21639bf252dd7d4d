/** ISO 8601 as programs write it. Pure. */

/** Date and time of day; seconds, their fraction and the zone may be missing. Python's `isoformat()` writes it without a zone. */
const form =
  /^(\d{4}-\d{2}-\d{2})[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}:?[0-5]\d)?$/;

/** Milliseconds since 1970; `undefined` for what is no such time. Without a zone it is UTC: a gateway does not know its senders' zones. */
export function readTime(text: string): number | undefined {
  const [, day, hours, minutes, seconds = "00", fraction = "", zone = "Z"] = form.exec(text) ?? [];
  if (day === undefined) return undefined;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // A 30th of February is read as the 1st of March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const ms = Date.parse(`${day}T${hours}:${minutes}:${seconds}.${fraction.padEnd(3, "0").slice(0, 3)}${offset}`);
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined;
}
