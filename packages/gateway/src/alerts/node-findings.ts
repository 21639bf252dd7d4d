/** What is wrong with the gateway itself, from its own figures: a few rules with thresholds, no language. */
import type { Finding, Over } from "@signalbox/core";

export interface AlertRules {
  /** Refusals of one name in a minute. */
  refusalsPerMinute: number;
  /** The 99th percentile of how late the event loop comes round, in milliseconds. */
  loopDelayMs: number;
  /** Events on their way to the store, as a share of how many may be. */
  queueShare: number;
}

export const defaultAlertRules: AlertRules = { refusalsPerMinute: 60, loopDelayMs: 500, queueShare: 0.5 };

/** What is looked at, every few seconds. */
export interface Vitals {
  /** A row of series. */
  figures: ReadonlyMap<string, number>;
  /** Seconds that it is of. */
  seconds: number;
  /** Sentences; empty while all is well. */
  shortcomings: readonly string[];
  inflightMost: number;
}

const minuteS = 60;

export class NodeFindings {
  readonly #rules: AlertRules;
  readonly #source: string;
  /** Refusals of this minute, by name. */
  readonly #refused = new Map<string, number>();
  #minuteS = 0;

  constructor(rules: AlertRules, node: string) {
    this.#rules = rules;
    this.#source = `node:${node}`;
  }

  look({ figures, seconds, shortcomings, inflightMost }: Vitals): Array<Finding | Over> {
    const source = this.#source;
    const found: Array<Finding | Over> = [];
    const standing = (isSo: boolean, kind: string, severity: Finding["severity"], cause: string): void => {
      found.push(isSo ? { kind, severity, source, cause, standing: true } : { over: [kind], source });
    };
    const { loopDelayMs, queueShare } = this.#rules;
    standing(shortcomings.length > 0, "gateway_degraded", "critical", "something it needs is away");
    standing(
      (figures.get("loop.delay_p99_ms") ?? 0) > loopDelayMs,
      "gateway_loop_delay",
      "warning",
      `over ${loopDelayMs} ms`,
    );
    const inflight = figures.get("queue.inflight_events") ?? 0;
    standing(
      inflight > queueShare * inflightMost,
      "gateway_queue",
      "critical",
      `over ${Math.round(100 * queueShare)} % of what may wait for the disk`,
    );
    const closed = Math.round(((figures.get("closes.slow") ?? 0) + (figures.get("closes.shed") ?? 0)) * seconds);
    if (closed > 0) found.push({ kind: "gateway_slow_viewers", severity: "warning", source, cause: "read too slowly" });
    found.push(...this.#refusals(figures, seconds));
    return found;
  }

  /** Each name once a minute, where there were too many. */
  #refusals(figures: ReadonlyMap<string, number>, seconds: number): Finding[] {
    const found: Finding[] = [];
    const { refusalsPerMinute } = this.#rules;
    for (const [name, perS] of figures) {
      if (!name.startsWith("errors.") || perS === 0) continue;
      const error = name.slice("errors.".length);
      const before = this.#refused.get(error) ?? 0;
      const now = before + perS * seconds;
      this.#refused.set(error, now);
      if (before <= refusalsPerMinute && now > refusalsPerMinute) {
        found.push({ kind: "gateway_refusals", severity: "warning", source: this.#source, cause: error });
      }
    }
    this.#minuteS += seconds;
    if (this.#minuteS >= minuteS) {
      this.#minuteS = 0;
      this.#refused.clear();
    }
    return found;
  }
}
