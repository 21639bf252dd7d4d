/** Publishes the steps of commands as the lease's producer, each until the gateway has answered it. */
import { randomUUID } from "node:crypto";
import type { Problem } from "@signalbox/client";
import type { EventData } from "@signalbox/protocol";
import { type Asker, answerMs, ask, retryMs, wait } from "../ask.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import type { Sequence } from "./sequence.ts";

export type StepType = "command_delivered" | "command_started" | "command_progress" | "command_done" | "command_failed";

/** `problem`: why it was refused; `undefined` where that is not known, because the lease or the inbox ended first. */
export type Stepped = { ok: true } | { ok: false; problem: Problem | undefined };

interface StepsOptions extends Asker {
  channel: string;
  producer: string;
  lease: LeaseKeeper;
  sequence: Sequence;
  stop: AbortSignal;
}

/** So often the gateway may say that a number is not the next one. */
const alignmentsAtMost = 3;

export class Steps {
  readonly #options: StepsOptions;

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  async publish<Type extends StepType>(type: Type, data: EventData[Type]): Promise<Stepped> {
    const { sequence, channel, clock } = this.#options;
    // Its id says that it is the same step when it is sent again.
    const step = { id: randomUUID(), type, channel, timestamp: clock.nowMs(), data };
    const leave = await sequence.enter();
    try {
      return await this.#send(step);
    } finally {
      leave();
    }
  }

  /** Nobody else uses the producer's numbers until it is answered: a number that may be used must not be given away. */
  async #send(step: object): Promise<Stepped> {
    const { sequence, lease, producer, stop } = this.#options;
    const { epoch } = sequence;
    let alignments = 0;
    for (let tries = 0; ; tries++) {
      if (stop.aborted || epoch === undefined || lease.epoch !== epoch || sequence.epoch !== epoch) {
        if (tries > 0) sequence.used();
        return { ok: false, problem: undefined };
      }
      const event = { ...step, metadata: { producer: { id: producer, epoch, seq: sequence.next } } };
      const question = { path: "/v1/events", method: "POST", body: [event], withinMs: answerMs };
      const asked = await ask(this.#options, question, stop);
      if (asked.ok) {
        sequence.used();
        return { ok: true };
      }
      const { problem } = asked;
      const expected = Number(problem.details?.expected);
      if (problem.name === "sequence_gap" && expected > 0 && alignments++ < alignmentsAtMost) {
        sequence.align(expected);
      } else if (problem.temporary) {
        await wait(this.#options.clock, retryMs(this.#options, tries, problem), stop);
      } else {
        if (problem.name === "fenced") lease.check();
        return { ok: false, problem };
      }
    }
  }
}
