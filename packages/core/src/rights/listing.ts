/** A page of channels out of those that somebody may see, without looking at the others. */
import { type Done, hasFailed } from "../hub-ports.ts";
import type { ChannelInfo } from "../ports.ts";

type List = (pattern: string, after: string, limit: number, done: Done<ChannelInfo[]>) => void;

/** `parts` as `rights.within` gives them: their channels come one part after the other, and so in order. */
export function listWithin(
  list: List,
  parts: readonly string[],
  after: string,
  limit: number,
  done: Done<ChannelInfo[]>,
): void {
  const found: ChannelInfo[] = [];
  const next = (index: number): void => {
    const part = parts[index];
    if (part === undefined || found.length >= limit) {
      done(found);
      return;
    }
    list(part, after, limit - found.length, (page) => {
      if (hasFailed(page)) {
        done(page);
        return;
      }
      found.push(...page);
      next(index + 1);
    });
  };
  // What lies before `after` as a whole has been given.
  const first = parts.findIndex((part) => (part.endsWith("*") ? `${part.slice(0, -1)}\x7f` : part) > after);
  if (first < 0) done(found);
  else next(first);
}
