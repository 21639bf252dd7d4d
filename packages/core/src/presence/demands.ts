/**
 * What is wanted of a channel, told to the connection that speaks for its lease (§13.5), so that nothing is made that nobody
 * sees. It is added up when somebody comes, goes or asks otherwise: publications cost nothing.
 */
import type { Demand } from "@signalbox/protocol";
import type { Sleeper, Wakes } from "../wakes.ts";
import { isSame } from "./wanted.ts";

/** Of one channel. */
const toldEveryMs = 250;
/** Whoever goes is most often back at once: the next poll, a page that loads again. */
const fallsAfterMs = 1_000;

/** The connection that is told. */
export interface Speaker {
  tell(type: "demand", data: Demand & { channel: string }): void;
}

interface DemandsOptions {
  wakes: Wakes;
  /** What everybody wants but this connection. */
  wanted(channel: string, speaker: Speaker): Demand;
  /** A connection speaks for the lease of this epoch now; undefined: none does any more. */
  spoken(channel: string, epoch: number | undefined): void;
}

interface Spoken extends Sleeper {
  readonly speaker: Speaker;
  /** Of the lease. */
  readonly epoch: number;
  /** What it knows. */
  told: Demand | undefined;
  toldMs: number;
  /** Since when there have been fewer. */
  fewerSinceMs: number | undefined;
  /** The earliest that it is to be woken. */
  dueMs: number;
}

export class Demands {
  readonly #options: DemandsOptions;
  readonly #channels = new Map<string, Spoken>();
  /** The channels that a connection speaks for, or did. */
  readonly #spokenBy = new Map<Speaker, Set<string>>();

  constructor(options: DemandsOptions) {
    this.#options = options;
  }

  /** The connection took the lease, or renewed it. `known`: what it says that the demand is. */
  bind(channel: string, speaker: Speaker, epoch: number, known: Demand | undefined): void {
    const before = this.#channels.get(channel);
    if (before?.speaker === speaker && before.epoch === epoch) return;
    const spoken: Spoken = {
      ...{ speaker, epoch, told: known, toldMs: Number.NEGATIVE_INFINITY },
      ...{ fewerSinceMs: undefined, dueMs: Number.POSITIVE_INFINITY },
      wake: () => {
        spoken.dueMs = Number.POSITIVE_INFINITY;
        this.#look(channel, spoken);
      },
    };
    this.#channels.set(channel, spoken);
    const speaks = this.#spokenBy.get(speaker);
    if (speaks === undefined) this.#spokenBy.set(speaker, new Set([channel]));
    else speaks.add(channel);
    this.#options.spoken(channel, epoch);
    this.#look(channel, spoken);
  }

  /** This epoch's lease is held now, or nobody's. */
  moved(channel: string, epoch: number | undefined): void {
    const spoken = this.#channels.get(channel);
    if (spoken !== undefined && spoken.epoch !== epoch) this.silent(channel);
  }

  /** No connection of this node speaks for it any more. */
  silent(channel: string): void {
    if (this.#channels.delete(channel)) this.#options.spoken(channel, undefined);
  }

  /** Somebody came, went, or asked otherwise. */
  changed(channel: string): void {
    const spoken = this.#channels.get(channel);
    if (spoken !== undefined) this.#look(channel, spoken);
  }

  /** It has a new token: where that may not hold a lease, it is told no more. */
  rightsChanged(speaker: Speaker, mayHold: (channel: string) => boolean): void {
    for (const channel of this.#spokenBy.get(speaker) ?? []) {
      if (this.#channels.get(channel)?.speaker === speaker && !mayHold(channel)) this.silent(channel);
    }
  }

  /** The connection is gone. */
  closed(speaker: Speaker): void {
    for (const channel of this.#spokenBy.get(speaker) ?? []) {
      if (this.#channels.get(channel)?.speaker === speaker) this.silent(channel);
    }
    this.#spokenBy.delete(speaker);
  }

  /** The connection that is told. */
  speakerOf(channel: string): Speaker | undefined {
    return this.#channels.get(channel)?.speaker;
  }

  #look(channel: string, spoken: Spoken): void {
    if (this.#channels.get(channel) !== spoken) return;
    const { wakes, wanted } = this.#options;
    const { speaker, told, toldMs } = spoken;
    const now = wakes.nowMs;
    const mayMs = toldMs + toldEveryMs;
    // Thousands who come at once are added up once.
    if (now < mayMs) {
      this.#wake(spoken, mayMs);
      return;
    }
    const demand = wanted(channel, speaker);
    const isFewer = told !== undefined && demand.viewers < told.viewers;
    spoken.fewerSinceMs = isFewer ? (spoken.fewerSinceMs ?? now) : undefined;
    if (told !== undefined && isSame(demand, told)) return;
    const fallsMs = (spoken.fewerSinceMs ?? Number.NEGATIVE_INFINITY) + fallsAfterMs;
    if (now < fallsMs) {
      this.#wake(spoken, fallsMs);
      return;
    }
    spoken.told = demand;
    spoken.toldMs = now;
    spoken.fewerSinceMs = undefined;
    speaker.tell("demand", { channel, ...demand });
  }

  #wake(spoken: Spoken, dueMs: number): void {
    if (dueMs >= spoken.dueMs) return;
    spoken.dueMs = dueMs;
    this.#options.wakes.at(dueMs, spoken);
  }
}
