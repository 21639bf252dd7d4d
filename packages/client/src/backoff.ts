/** How long to wait before trying again. */

export interface Backoff {
  minMs: number;
  maxMs: number;
}

/** spec §3.7. Full jitter spreads clients that lost the same gateway over the whole time. */
export const defaultBackoff: Backoff = { minMs: 500, maxMs: 20_000 };

/** Between `minMs` and min(maxMs, minMs × 2ⁿ) milliseconds; `random` is 0 ≤ x < 1. */
export function backoffMs(attempt: number, random: number, { minMs, maxMs }: Backoff): number {
  const most = Math.max(minMs, Math.min(maxMs, minMs * 2 ** attempt));
  return Math.round(minMs + random * (most - minMs));
}
