/** A time of day to the millisecond; on a phone to the second. */
import { exactTimeOfDay, moment } from "../components/figures.ts";

export function FeedTime({ at }: { at: number }) {
  const exact = exactTimeOfDay(at);
  return (
    <time title={moment(at)} className="font-mono text-ink-3">
      {exact.slice(0, 8)}
      <span className="max-md:hidden">{exact.slice(8)}</span>
    </time>
  );
}
