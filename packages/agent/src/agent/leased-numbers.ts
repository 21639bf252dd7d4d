/**
 * The numbers of an agent's events: one sequence for what is in its spool and for the steps of its commands, in the epochs
 * of its lease (ADR 15).
 */
import type { Client } from "@signalbox/client";
import { type Asker, answerMs, ask, retryMs, wait } from "../ask.ts";
import type { LeaseKeeper } from "../inbox/lease-keeper.ts";
import type { Sequence } from "../inbox/sequence.ts";
import { memberOf } from "../member.ts";
import { newestKept } from "../newest-kept.ts";
import type { SharedNumbers } from "../sender.ts";
import type { Spool } from "../spool.ts";
import { Turns } from "../turns.ts";
import { Value } from "../value.ts";

interface NumbersOptions extends Asker {
  client: Pick<Client, "request" | "fetch">;
  spool: Spool;
  lease: LeaseKeeper;
  stop: AbortSignal;
}

export class LeasedNumbers implements Sequence, SharedNumbers {
  readonly #options: NumbersOptions;
  readonly #turns = new Turns();
  /** over: another took the lease, for good. */
  readonly #begun = new Value<number | "none" | "over">("none");

  constructor(options: NumbersOptions) {
    this.#options = options;
  }

  get epoch(): number | undefined {
    const begun = this.#begun.snapshot();
    return typeof begun === "number" && begun === this.#options.lease.epoch ? begun : undefined;
  }

  get next(): number {
    return this.#options.spool.nextInSequence;
  }

  /** There was an epoch before. */
  get begunBefore(): boolean {
    return this.#options.spool.progress.epoch > 0;
  }

  enter(): Promise<() => void> {
    return this.#turns.enter();
  }

  used(): void {
    this.align(this.next + 1);
  }

  align(expected: number): void {
    this.#options.spool.align(expected);
  }

  async enterHeld(stop: AbortSignal): Promise<(() => void) | undefined> {
    const wake = (): void => this.#begun.set(this.#begun.snapshot());
    stop.addEventListener("abort", wake);
    try {
      for (;;) {
        await this.#begun.until((begun) => stop.aborted || begun === "over" || this.epoch !== undefined);
        if (stop.aborted || this.#begun.snapshot() === "over") return undefined;
        const leave = await this.#turns.enter();
        if (!stop.aborted && this.epoch !== undefined) return leave;
        leave();
      }
    } finally {
      stop.removeEventListener("abort", wake);
    }
  }

  /** Taken by another, or gone by itself further than the lease knows: the gateway is asked which. */
  fenced(epoch: number): void {
    const { lease } = this.#options;
    this.end();
    void lease.check().then(() => lease.anew(epoch));
  }

  /** The lease has this epoch now: finds out what the gateway has, and counts anew. False: it ended before that was done. */
  async begin(epoch: number): Promise<boolean> {
    const { lease, spool, stop, clock } = this.#options;
    const leave = await this.#turns.enter();
    try {
      for (let tries = 0; !stop.aborted && lease.epoch === epoch; tries++) {
        const kept = await this.#newestKept();
        const head = kept === undefined ? undefined : await this.#head();
        if (kept !== undefined && head !== undefined) {
          spool.acknowledge(kept);
          spool.begin(epoch, head);
          this.#begun.set(epoch);
          return true;
        }
        await wait(clock, retryMs(this.#options, tries), stop);
      }
      return false;
    } finally {
      leave();
    }
  }

  /** There is no epoch now; with `over` there will be none. */
  end(how: "none" | "over" = "none"): void {
    if (this.#begun.snapshot() !== "over") this.#begun.set(how);
  }

  async #newestKept(): Promise<number | undefined> {
    const { client, spool, clock, stop } = this.#options;
    const late = new AbortController();
    const cancel = clock.timer(answerMs, () => late.abort());
    const kept = await newestKept(spool, client, AbortSignal.any([late.signal, stop]));
    cancel();
    return kept.ok ? kept.number : undefined;
  }

  /** Where the channel ends now: nothing of the epoch was sent before. */
  async #head(): Promise<string | undefined> {
    const { spool, stop } = this.#options;
    const path = `/v1/channels/${encodeURIComponent(spool.about.channel)}`;
    const asked = await ask(this.#options, { path, withinMs: answerMs }, stop);
    if (!asked.ok) return asked.problem.temporary ? undefined : "earliest";
    const epoch = memberOf(asked.answer, "epoch");
    const offset = memberOf(asked.answer, "offset");
    return typeof epoch === "string" && typeof offset === "number" ? `${epoch}:${offset}` : undefined;
  }
}
