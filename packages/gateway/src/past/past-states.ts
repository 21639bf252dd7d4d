/**
 * States at a time: the fold of a channel's kept events that are not later. A channel is read once, block by block, and the state
 * after each block is kept; a later question begins at the nearest block before its time and reads a block or two.
 */
import { setImmediate } from "node:timers/promises";
import { type Kept, type Page, type Reducer, SharedPublication } from "@signalbox/core";
import type { Limits } from "@signalbox/protocol";
import type { Engine } from "../engine.ts";
import { ask } from "../http/ask.ts";
import { refused } from "../http/errors.ts";
import { KeptTexts } from "./kept-texts.ts";

/** Events whose state is kept together. */
const blockEvents = 1_000;
/** Events folded before others have their turn: a few milliseconds. */
const turnEvents = 200;
const pageBytes = 1_048_576;
/** Channels whose blocks are known; of others they are read again. */
const channelsKnown = 500;
/** Folds at once, and those that wait for one to end. */
const foldsAtOnce = 4;
const foldsWaiting = 64;

interface Block {
  /** The first and last offset of it. */
  first: number;
  last: number;
  /** Of its events, milliseconds since 1970. */
  earliestMs: number;
  /** Of its events and all before it. */
  latestMs: number;
}

interface Known {
  epoch: string;
  blocks: Block[];
  busy: Promise<unknown> | undefined;
}

export interface PastState {
  epoch: string;
  /** Of the last event that is folded in; 0: none. */
  offset: number;
  /** The first event that was looked at: what lies before is no longer kept, or too much. */
  from: number;
  /** Newest offset now. */
  top: number;
  state: unknown;
}

export interface PastQuestion {
  engine: Engine;
  /** Tells tenants apart. */
  tenant: string | undefined;
  channel: string;
  reducer: Reducer<unknown>;
  atMs: number;
  /** Nobody waits any more. */
  signal: AbortSignal;
}

export class PastStates {
  readonly #limits: Limits;
  readonly #known = new Map<string, Known>();
  readonly #states: KeptTexts;
  readonly #queue: Array<() => void> = [];
  #running = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#states = new KeptTexts(limits.pastBytes / 2);
  }

  async at(question: PastQuestion): Promise<PastState> {
    await this.#turn();
    try {
      return await this.#fold(question);
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= foldsAtOnce) {
      if (this.#queue.length >= foldsWaiting) throw refused("overloaded", "too many states of the past are asked for");
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#running++;
  }

  async #fold(question: PastQuestion): Promise<PastState> {
    const { engine, channel, reducer, atMs } = question;
    const key = keyOf(question);
    for (;;) {
      const info = await ask<{ epoch: string; floor: number; top: number }>((done) => engine.info(channel, done));
      const known = await this.#blocksOf(key, question, info);
      const { blocks } = known;
      const end = blocks.at(-1)?.last ?? 0;
      let from = blocks[0]?.first ?? Math.max(info.floor, info.top - this.#limits.pastEvents + 1);
      // Up to here every event is in, so that the state after it is known.
      let next = blocks.findIndex(({ latestMs }) => latestMs > atMs);
      if (next < 0) next = blocks.length;
      let state: unknown;
      let offset = 0;
      for (; next > 0; next--) {
        const text = this.#states.get(`${key} ${known.epoch} ${blocks[next - 1]?.last}`);
        if (text === undefined) continue;
        state = JSON.parse(text) as unknown;
        offset = blocks[next - 1]?.last ?? 0;
        break;
      }
      if (next === 0) {
        state = reducer.initial(channel);
        from = Math.max(from, info.floor);
      }
      let whole = true;
      const take = (event: Folded): void => {
        if (event.timestamp > atMs) return;
        state = reducer.apply(state, event);
        offset = event.offset;
      };
      for (const block of blocks.slice(next)) {
        if (!whole || block.earliestMs > atMs) continue;
        whole = await this.#read(question, known.epoch, block.first, block.last, take);
        // Its state was let go.
        if (block.latestMs <= atMs) this.#states.set(`${key} ${known.epoch} ${block.last}`, JSON.stringify(state));
      }
      whole &&= await this.#read(question, known.epoch, Math.max(end + 1, from), info.top, take);
      if (whole) return { epoch: known.epoch, offset, from, top: info.top, state };
      // The history was replaced while it was read.
      this.#known.delete(key);
    }
  }

  /** Blocks of what is kept, but for the last one that is not full. */
  async #blocksOf(
    key: string,
    question: PastQuestion,
    info: { epoch: string; floor: number; top: number },
  ): Promise<Known> {
    let known = this.#known.get(key);
    // One at a time reads a channel on; who came meanwhile finds it done.
    while (known?.busy !== undefined) {
      await known.busy.catch(() => {});
      known = this.#known.get(key);
    }
    if (known?.epoch !== info.epoch) known = { epoch: info.epoch, blocks: [], busy: undefined };
    this.#known.delete(key);
    this.#known.set(key, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= channelsKnown) break;
      this.#known.delete(oldest);
    }
    const reading = this.#readOn(key, question, known, info);
    known.busy = reading;
    try {
      await reading;
    } finally {
      known.busy = undefined;
    }
    return known;
  }

  async #readOn(
    key: string,
    question: PastQuestion,
    known: Known,
    { floor, top }: { floor: number; top: number },
  ): Promise<void> {
    const { channel, reducer } = question;
    const { blocks } = known;
    const last = blocks.at(-1);
    const begin = last === undefined ? Math.max(floor, top - this.#limits.pastEvents + 1) : last.last + 1;
    if (top - begin + 1 < blockEvents) return;
    const text = last && this.#states.get(`${key} ${known.epoch} ${last.last}`);
    let latestMs = last?.latestMs ?? Number.NEGATIVE_INFINITY;
    // The state before went: the blocks' times are still needed, their states are folded when somebody asks.
    let state = text === undefined ? reducer.initial(channel) : (JSON.parse(text) as unknown);
    const folding = last === undefined || text !== undefined;
    for (let first = begin; first + blockEvents - 1 <= top; first += blockEvents) {
      let earliestMs = Number.POSITIVE_INFINITY;
      const whole = await this.#read(question, known.epoch, first, first + blockEvents - 1, (event) => {
        earliestMs = Math.min(earliestMs, event.timestamp);
        latestMs = Math.max(latestMs, event.timestamp);
        if (folding) state = reducer.apply(state, event);
      });
      if (!whole) return;
      const block: Block = { first, last: first + blockEvents - 1, earliestMs, latestMs };
      blocks.push(block);
      if (folding) this.#states.set(`${key} ${known.epoch} ${block.last}`, JSON.stringify(state));
    }
  }

  /** Takes what is kept of `from..to`; false if the history is another one by now. */
  async #read(
    { engine, channel, signal }: PastQuestion,
    epoch: string,
    from: number,
    to: number,
    take: (event: Folded) => void,
  ): Promise<boolean> {
    for (let after = from - 1; after < to; ) {
      if (signal.aborted) throw refused("unavailable", "nobody waits for this state any more");
      const limit = Math.min(turnEvents, to - after);
      const page = await ask<Page>((done) => engine.read(channel, after, limit, pageBytes, done));
      if (page.epoch !== epoch) return false;
      if (page.events.length === 0) return true;
      for (const kept of page.events) {
        after = kept.offset;
        if (kept.offset > to) break;
        take(folded(channel, epoch, kept));
      }
      await setImmediate();
    }
    return true;
  }
}

interface Folded {
  type: string;
  timestamp: number;
  data: unknown;
  offset: number;
}

function folded(channel: string, epoch: string, kept: Kept): Folded {
  const { data } = new SharedPublication(channel, epoch, kept).message();
  return { type: kept.type, timestamp: kept.timestampMs, data, offset: kept.offset };
}

/** Neither a tenant's name nor a channel's has a space. */
const keyOf = ({ tenant, channel, reducer }: PastQuestion): string => `${tenant ?? ""} ${channel} ${reducer.name}`;
