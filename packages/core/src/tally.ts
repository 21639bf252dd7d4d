import { Durations } from "./durations.ts";

/** What was done since the start, in all tenants together: for metrics. */
export class Tally {
  /** Events kept. */
  kept = 0;
  /** Publications given to sessions. */
  delivered = 0;
  /** What slow viewers were told they would not get, by class: once for each of them. */
  readonly dropped = { coalesce: 0, latest: 0 };
  /** Connections closed because they read too slowly. */
  slowCloses = 0;
  /** Events that were not taken, by the name of the error. */
  readonly refused = new Map<string, number>();

  /** How long connections that have ended were open, by transport; of polls, each for itself. */
  readonly ended = new Map<string, Durations>();

  /** A connection has ended. */
  closed(transport: string, openMs: number): void {
    let durations = this.ended.get(transport);
    if (durations === undefined) {
      durations = new Durations();
      this.ended.set(transport, durations);
    }
    durations.record(openMs);
  }

  refuse(error: string): void {
    this.refused.set(error, (this.refused.get(error) ?? 0) + 1);
  }
}
