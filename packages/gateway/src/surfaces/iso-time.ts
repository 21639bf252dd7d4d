/** Times as these clients read them: ISO 8601. */

/** The last millisecond that a Date can be of. */
const lastMs = 8_640_000_000_000_000;

export const isoTime = (ms: number): string => new Date(Math.max(0, Math.min(ms, lastMs))).toISOString();
