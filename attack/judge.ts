/** Whether healthy clients were made to wait. */
import type { Outcome } from "./run.ts";

export interface Judged extends Outcome {
  /** Publish to deliver: p99 during the attack over that of quiet times. */
  ratio: number;
  /** The same over that of the same attack on another gateway of the machine. */
  ratioElsewhere: number | undefined;
  /** Slower than it should be; may be the machine's doing. */
  over: string[];
}

/**
 * The goal: no attack makes a healthy client wait more than twice as long. Where the machine is shared with attacker and
 * healthy client, as here, that is: than the same attack does on another gateway beside it, or than quiet times.
 */
const worstRatio = 2;
const slowestSubscribeMs = 1_000;

/**
 * The p99 of delivery in quiet times: the median over all of them, as one alone may have been the best or the worst ten
 * seconds of a machine that others use too. Milliseconds.
 */
export function quietP99Ms(outcomes: readonly Outcome[]): number {
  const phases = outcomes.flatMap(({ before, after }, index) => (index === 0 ? [before, after] : [after]));
  const sorted = phases.map(({ healthy }) => healthy.deliver.p99Ms).sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

export function judged(outcome: Outcome, quietMs: number): Judged {
  const { deliver, subscribe } = outcome.during.healthy;
  const ratio = deliver.p99Ms / quietMs;
  const over: string[] = [];
  const ratioElsewhere = outcome.elsewhere && deliver.p99Ms / outcome.elsewhere.healthy.deliver.p99Ms;
  // Not "ratio >= worstRatio": without any delivery it is no number.
  if (!(Math.min(ratio, ratioElsewhere ?? ratio) < worstRatio)) {
    over.push(`p99 of delivery ${ratio.toFixed(1)} times the quiet one`);
  }
  if (subscribe.p99Ms >= slowestSubscribeMs) over.push(`p99 of connect and subscribe ${subscribe.p99Ms} ms`);
  return { ...outcome, ratio, ratioElsewhere, over };
}
