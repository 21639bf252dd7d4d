/** A subscriber that can lose its connection and come back, and that knows what it has. */
import { Connection } from "./connection.ts";
import type { Step, Wire } from "./job.ts";
import { nowUs } from "./meter.ts";
import { between, idOf, startsWith } from "./scan.ts";
import { Sequence } from "./sequence.ts";
import { stampedUs } from "./template.ts";

const retryAfterMs = 100;

export class Viewer {
  readonly sequence = new Sequence(0);
  /** Connections that were refused or lost before they were subscribed. */
  retries = 0;
  /** Events that came, again or not. */
  delivered = 0;
  /** Called for each event with its number and how long ago it was meant to be sent. */
  onEvent: (number: number, ageUs: number) => void = () => {};
  onLost: () => void = () => {};
  readonly #port: number;
  readonly #wire: Wire;
  readonly #begins: Buffer;
  readonly #marks = new Map<string, string>();
  #connection: Connection | undefined;

  constructor(port: number, wire: Wire) {
    this.#port = port;
    this.#wire = wire;
    this.#begins = Buffer.from(wire.delivery);
  }

  /** Resolves when subscribed. Comes back where it was if the subject can do that. Tries until it succeeds. */
  async arrive(): Promise<void> {
    const { hello = [], subscribe, resume } = this.#wire;
    const known = resume?.marks.every(({ name }) => this.#marks.has(name)) ?? false;
    const steps = resume && known ? resume.steps : [...hello, ...subscribe];
    for (;;) {
      try {
        await this.#connect(steps);
        return;
      } catch {
        this.retries++;
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
      }
    }
  }

  leave(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #connect(steps: readonly Step[]): Promise<void> {
    const connection = await Connection.open(this.#port, this.#wire);
    this.#connection = connection;
    let step = 0;
    await new Promise<void>((resolve, reject) => {
      const send = (): void => {
        const next = steps[step];
        if (next) connection.sendText(this.#filled(next.send));
        else resolve();
      };
      connection.onEnd = (why) => {
        reject(new Error(why));
        if (step >= steps.length) this.onLost();
      };
      connection.onText = (bytes, start, end) => {
        const expected = steps[step]?.expect;
        if (startsWith(bytes, start, end, this.#begins)) this.#event(bytes, start, end);
        else if (expected !== undefined && bytes.subarray(start, end).includes(expected)) {
          this.#learn("answer", bytes, start, end);
          step++;
          send();
        }
      };
      send();
    });
  }

  #event(bytes: Buffer, start: number, end: number): void {
    const id = idOf(bytes, start, end);
    if (id === undefined) return;
    this.delivered++;
    this.sequence.take(id.number);
    this.#learn("delivery", bytes, start, end);
    this.onEvent(id.number, nowUs() - stampedUs(bytes, start, end));
  }

  #learn(where: "answer" | "delivery", bytes: Buffer, start: number, end: number): void {
    for (const mark of this.#wire.resume?.marks ?? []) {
      const value = mark.in === where ? between(bytes, start, end, mark) : undefined;
      if (value !== undefined) this.#marks.set(mark.name, value);
    }
  }

  #filled(text: string): string {
    return text.replaceAll(/\$([a-z]+)/g, (whole, name: string) => this.#marks.get(name) ?? whole);
  }
}

/** Runs `each` for all, never more than `atOnce` together. */
export async function inGroups<One>(
  all: readonly One[],
  atOnce: number,
  each: (one: One) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let one = all[next++]; one !== undefined; one = all[next++]) await each(one);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
}
