/** Makes alerts of findings: the first of a kind is told at once, the rest as a count, so that a storm is a few events. */
import type { AlertsState } from "../reducers/alerts.ts";
import { alertIdOf, type Finding, type Over } from "./finding.ts";

/** What is to be published on `alerts`. */
export interface AlertDraft {
  type: "alert_raised" | "alert_resolved";
  data: Record<string, unknown>;
}

/** Of the same alert, milliseconds between two events. */
const againMs = 5_000;
/** Alerts that wait or were told lately; what is found beyond is counted as one, `overflow`. */
const knownMost = 1_000;
/** Events at a time. */
const toldAtOnce = 20;
/** Things that go on; beyond, each time they are said counts. */
const standingMost = 10_000;

interface Known {
  finding: Finding;
  /** Found, and not told yet. */
  count: number;
  toldMs: number;
}

export class AlertDesk {
  readonly #known = new Map<string, Known>();
  /** Ids of what goes on, by kind and source. */
  readonly #standing = new Map<string, string>();
  #resolved: string[] = [];

  /** What an earlier run found, or another node, and whether that is over. */
  learn({ alerts }: AlertsState): void {
    for (const { standing, resolvedAt, alertId, kind, source } of alerts.items) {
      if (!standing) continue;
      const key = standingKey(kind, source, alertId);
      if (resolvedAt === undefined) this.#standing.set(key, alertId);
      // Found again here, and not told yet: it is not over.
      else if (!((this.#known.get(alertId)?.count ?? 0) > 0)) this.#standing.delete(key);
    }
  }

  /** More was found than can be looked at. */
  overflow(): void {
    this.found(overflow);
  }

  found(found: Finding | Over): void {
    if ("over" in found) {
      for (const kind of found.over) this.#end(keyOf(kind, found.source));
      return;
    }
    const alertId = alertIdOf(found);
    if (found.standing) {
      const key = standingKey(found.kind, found.source, alertId);
      if (this.#standing.has(key)) return;
      if (this.#standing.size < standingMost) this.#standing.set(key, alertId);
    }
    const known = this.#known.get(alertId);
    if (known !== undefined) known.count++;
    else if (this.#known.size < knownMost || found === overflow)
      this.#known.set(alertId, { finding: found, count: 1, toldMs: -Infinity });
    else this.found(overflow);
  }

  /** What is to be told now; to be called about once a second. */
  take(steadyMs: number): AlertDraft[] {
    const drafts: AlertDraft[] = [];
    for (const [alertId, known] of this.#known) {
      if (drafts.length >= toldAtOnce) break;
      if (steadyMs - known.toldMs < againMs) continue;
      // Told long enough ago, and nothing more of it since.
      this.#known.delete(alertId);
      if (known.count === 0) continue;
      const { kind, severity, source, cause, standing } = known.finding;
      const data = { alertId, kind, severity, source, cause, count: known.count, ...(standing ? { standing } : {}) };
      drafts.push({ type: "alert_raised", data });
      this.#known.set(alertId, { ...known, count: 0, toldMs: steadyMs });
    }
    // What is over is told after what was found: it was found first.
    const waiting = this.#resolved.filter((alertId) => (this.#known.get(alertId)?.count ?? 0) > 0);
    for (const alertId of this.#resolved) {
      if (!waiting.includes(alertId)) drafts.push({ type: "alert_resolved", data: { alertId } });
    }
    this.#resolved = waiting;
    return drafts;
  }

  /** They were not kept, and are told later. */
  failed(drafts: readonly AlertDraft[]): void {
    for (const { type, data } of drafts) {
      const alertId = String(data.alertId);
      if (type === "alert_resolved") this.#resolved.push(alertId);
      else {
        const known = this.#known.get(alertId);
        if (known === undefined) continue;
        known.count += Number(data.count);
        known.toldMs = -Infinity;
      }
    }
  }

  #end(key: string): void {
    const alertId = this.#standing.get(key);
    if (alertId === undefined) return;
    this.#standing.delete(key);
    if (this.#resolved.length < knownMost) this.#resolved.push(alertId);
  }
}

/** A source is in one state of a kind at a time, whatever the cause; of alerts that others define, each is its own. */
const standingKey = (kind: string, source: string, alertId: string): string =>
  kind === "system_alert" ? keyOf(alertId, "") : keyOf(kind, source);

const keyOf = (kind: string, source: string): string => `${kind} ${source}`;

const overflow: Finding = {
  kind: "overflow",
  severity: "critical",
  source: "alerts",
  cause: `more than ${knownMost} kinds at once`,
};
