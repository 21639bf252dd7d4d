/**
 * Publishers and watchers on brokers, and what must be true of what they saw. A watcher believes only what a node is told: what it
 * hears, and what it reads when it is told that it missed something. It never looks by itself.
 */
import { type Broker, type BrokerEvents, type Kept, StoreAway } from "@signalbox/core";
import { expect } from "vitest";
import { until } from "./until.ts";

const typed = { type: "test_event", timestampMs: 1_700_000_000_000 };

interface Acknowledged {
  channel: string;
  id: string;
  epoch: string;
  offset: number;
}

/** Keeps numbered events in turn in some channels, one call after the other, and again where it is not known whether one was kept. */
export class Publisher {
  readonly acknowledged: Acknowledged[] = [];
  /** Calls that had to be made again. */
  repeated = 0;
  readonly #broker: Broker;
  readonly #name: string;
  #isDone = false;
  #run: Promise<void> | undefined;

  constructor(broker: Broker, name: string) {
    this.#broker = broker;
    this.#name = name;
  }

  start(channels: readonly string[]): this {
    this.#run = this.#publish(channels);
    return this;
  }

  /** Resolves when the event under way is acknowledged. */
  async stop(): Promise<void> {
    this.#isDone = true;
    await this.#run;
  }

  /** So many more are acknowledged. */
  async more(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count;
    await until(`${count} more events of ${this.#name}`, () => this.acknowledged.length >= wanted);
  }

  async #publish(channels: readonly string[]): Promise<void> {
    for (let n = 1; !this.#isDone; n++) {
      const id = `${this.#name}-${n}`;
      const channel = channels[n % channels.length] ?? "";
      const entry = { ...typed, channel, id, body: JSON.stringify({ id }), idempotencyKey: id };
      for (;;) {
        try {
          const [appended] = await this.#broker.append([entry]);
          if (!appended?.ok) throw new Error(`refused: ${JSON.stringify(appended)}`);
          this.acknowledged.push({ channel, id, epoch: appended.epoch, offset: appended.offset ?? 0 });
          break;
        } catch (error) {
          if (!(error instanceof StoreAway)) throw error;
          this.repeated++;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    }
  }
}

export class Watcher {
  /** By channel and epoch: what is at each offset. */
  readonly seen = new Map<string, Map<number, string>>();
  missed = 0;
  readonly reachable: boolean[] = [];
  readonly left: string[] = [];
  readonly #broker: Broker;
  readonly #channels: readonly string[];

  constructor(broker: Broker, channels: readonly string[]) {
    this.#broker = broker;
    this.#channels = channels;
  }

  /** Begins as this node, and follows all of the channels. */
  async begin(name: string): Promise<this> {
    const events: BrokerEvents = {
      kept: (channel, epoch, event) => this.#see(channel, epoch, event),
      missed: (channels) => {
        this.missed++;
        for (const channel of channels ?? this.#channels) void this.#look(channel);
      },
      reachable: (isReachable) => void this.reachable.push(isReachable),
      left: (node) => void this.left.push(node),
      ...{ passed: () => {}, told: () => {}, born: () => {}, registerChanged: () => {}, documentChanged: () => {} },
    };
    await this.#broker.begin({ name, version: "1.0.0", startedMs: Date.now() }, events);
    await Promise.all(this.#channels.map((channel) => this.#look(channel)));
    return this;
  }

  /** Nothing that is kept now is unknown to it, and nothing it knows was another event. Waits for what is on its way. */
  async agrees(store: Broker): Promise<void> {
    for (const channel of this.#channels) {
      let why = "";
      const isSo = async (): Promise<boolean> => {
        const { epoch, events } = await history(store, channel);
        const seen = this.seen.get(`${channel} ${epoch}`);
        const unknown = events.filter(({ offset }) => seen?.get(offset) === undefined).map(({ offset }) => offset);
        const wrong = events.filter(({ offset, body }) => (seen?.get(offset) ?? body) !== body);
        expect(wrong).toEqual([]);
        why = `${channel} ${epoch}: ${unknown.slice(0, 10)} of ${events.length}, missed ${this.missed} times`;
        return unknown.length === 0;
      };
      await until("the watcher has seen all that is kept", isSo, 30_000).catch((error: unknown) => {
        throw new Error(why, { cause: error });
      });
    }
  }

  #see(channel: string, epoch: string, { offset, body }: Kept): void {
    const key = `${channel} ${epoch}`;
    const seen = this.seen.get(key) ?? new Map<number, string>();
    this.seen.set(key, seen);
    const known = seen.get(offset);
    if (known !== undefined) expect(known).toBe(body);
    seen.set(offset, body);
  }

  /** As a hub does it: where does it stand, and what is new; again as long as the store is away. */
  async #look(channel: string): Promise<void> {
    for (;;) {
      try {
        await this.#broker.follow(channel);
        const { epoch, events } = await history(this.#broker, channel);
        for (const event of events) this.#see(channel, epoch, event);
        return;
      } catch (error) {
        if (!(error instanceof StoreAway)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

async function history(store: Broker, channel: string): Promise<{ epoch: string; events: Kept[] }> {
  const events: Kept[] = [];
  for (;;) {
    const page = await store.read(channel, events.at(-1)?.offset ?? 0, 1_000, 10_000_000);
    if (page.events.length === 0) return { epoch: page.epoch, events };
    events.push(...page.events);
  }
}

/** Every acknowledged event is where it was said to be, once, unless the channel's epoch says that something may be lost. */
export async function nothingLostSilently(store: Broker, publishers: readonly Publisher[]): Promise<void> {
  const acknowledged = publishers.flatMap((publisher) => publisher.acknowledged);
  for (const channel of new Set(acknowledged.map((one) => one.channel))) {
    const { epoch, events } = await history(store, channel);
    expect(events.map(({ offset }) => offset)).toEqual(events.map((_, i) => i + 1));
    const ids = events.map(({ body }) => (JSON.parse(body) as { id: string }).id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of acknowledged) {
      if (one.channel === channel && one.epoch === epoch) expect(ids[one.offset - 1]).toBe(one.id);
    }
  }
}
