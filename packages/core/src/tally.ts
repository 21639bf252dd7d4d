/** What was done since the start, in all tenants together: for metrics. */
export class Tally {
  /** Events kept. */
  kept = 0;
  /** Publications given to sessions. */
  delivered = 0;
  /** Events that were not taken, by the name of the error. */
  readonly refused = new Map<string, number>();

  refuse(error: string): void {
    this.refused.set(error, (this.refused.get(error) ?? 0) + 1);
  }
}
