/** How far this computer's clock is from the gateway's: the times of events are the gateway's. */
import { cell } from "./readable.ts";

/** Milliseconds that the gateway's clock is ahead. */
export const skewMs = cell(0);

/** HTTP tells whole seconds, and an answer takes a while: less than this is no difference. */
const leastMs = 3_000;

/** `date`: the header of an answer that came `gotMs`, to a question sent `sentMs`. */
export function skewOf(date: string | null, sentMs: number, gotMs: number): number | undefined {
  const atMs = Date.parse(date ?? "");
  if (Number.isNaN(atMs)) return undefined;
  // In the middle of its second, in the middle of the way.
  const ahead = atMs + 500 - (sentMs + gotMs) / 2;
  return Math.abs(ahead) < leastMs + (gotMs - sentMs) / 2 ? 0 : Math.round(ahead);
}

/** The gateway's time. */
export const gatewayNow = (): number => Date.now() + skewMs.snapshot();

/** A time of this computer's clock, by the gateway's. */
export const byGateway = (localMs: number): number => localMs + skewMs.snapshot();
