/** What an attack did and what it got for it. */

export interface AttackFigures {
  /** TCP connections that came about. */
  opened: number;
  /** Connections that did not come about, and upgrades that were answered with something else. */
  refused: number;
  /** Connections that the gateway ended. */
  closed: number;
  /** What was sent, by kind: counts. */
  sent: Record<string, number>;
  /** What came back: HTTP statuses, close numbers, messages. */
  answers: Record<string, number>;
  /** Share of one core that the attacker used. */
  cpuShare: number;
}

export class Tally {
  opened = 0;
  refused = 0;
  closed = 0;
  readonly #sent = new Map<string, number>();
  readonly #answers = new Map<string, number>();
  readonly #cpu = process.cpuUsage();
  readonly #sinceMs = performance.now();

  sent(what: string, count = 1): void {
    this.#sent.set(what, (this.#sent.get(what) ?? 0) + count);
  }

  answered(how: string): void {
    this.#answers.set(how, (this.#answers.get(how) ?? 0) + 1);
  }

  figures(): AttackFigures {
    const { user, system } = process.cpuUsage(this.#cpu);
    const elapsedUs = (performance.now() - this.#sinceMs) * 1000;
    return {
      opened: this.opened,
      refused: this.refused,
      closed: this.closed,
      sent: Object.fromEntries(this.#sent),
      answers: Object.fromEntries(this.#answers),
      cpuShare: Math.round((100 * (user + system)) / elapsedUs) / 100,
    };
  }
}

export const decodeFigures = (text: string): AttackFigures => JSON.parse(text) as AttackFigures;
