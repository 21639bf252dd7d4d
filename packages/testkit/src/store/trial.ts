/** The tools of every test in the suite: stores that are closed afterwards, entries, waiting. */
import type { Appended, Entry, Kept, NamespaceOptions, Store } from "@signalbox/core";
import { afterEach, test } from "vitest";
import { ManualClock } from "../manual-clock.ts";
import type { StoreHarness, StoreOptions } from "./harness.ts";

const dayMs = 86_400_000;
const plenty = { ageMs: dayMs, count: 100_000, bytes: 1_000_000_000 };

/** The namespaces of the suite: what each is for is in its name. */
export const namespaces = {
  roomy: { durability: "fsync", retention: plenty },
  relaxed: { durability: "os", retention: plenty },
  counted: { durability: "fsync", retention: { ...plenty, count: 10 } },
  weighed: { durability: "fsync", retention: { ...plenty, bytes: 10_000 } },
  folded: { durability: "fsync", retention: { ...plenty, count: 10 }, reducer: "test" },
} as const satisfies Record<string, NamespaceOptions>;

export interface Opened {
  store: Store;
  clock: ManualClock;
  /** `undefined` where nothing outlives a store. */
  reopen: (() => Promise<Store>) | undefined;
}

/** Runs the suite's tests against one kind of store. */
export class Trial {
  readonly harness: StoreHarness;
  readonly #open = new Set<Store>();
  readonly #skips: Map<string, string>;

  constructor(harness: StoreHarness) {
    this.harness = harness;
    this.#skips = new Map(Object.entries(harness.skip ?? {}));
    afterEach(async () => {
      for (const store of this.#open) await store.close();
      this.#open.clear();
    });
  }

  /** Skips that no test asked about: misspelt, or out of date. */
  get unusedSkips(): string[] {
    return [...this.#skips.keys()];
  }

  test(name: string, run: () => Promise<void>): void {
    const reason = this.#skips.get(name);
    this.#skips.delete(name);
    if (reason === undefined) test(name, run);
    else test.skip(`${name} (skipped: ${reason})`, run);
  }

  async open(options: Partial<StoreOptions> = {}): Promise<Opened> {
    const clock = new ManualClock();
    const all = { namespaces, nowMs: clock.nowMs, ...options };
    const { harness } = this;
    let store = await harness.open(all);
    this.#open.add(store);
    const reopen = async (): Promise<Store> => {
      this.#open.delete(store);
      store = (await harness.reopen?.(store, all)) ?? store;
      this.#open.add(store);
      return store;
    };
    return { store, clock, reopen: harness.reopen === undefined ? undefined : reopen };
  }
}

/** An entry whose id and body say which it is. */
export function entry(channel: string, id: string | number, rest: Partial<Entry> = {}, data: unknown = {}): Entry {
  const type = rest.type ?? "test_event";
  const timestampMs = rest.timestampMs ?? Date.UTC(2026, 0, 1);
  const body = JSON.stringify({ id: String(id), type, timestamp: timestampMs, data });
  return { channel, id: String(id), type, timestampMs, body, ...rest };
}

export const entries = (channel: string, from: number, to: number, rest: Partial<Entry> = {}): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(channel, from + i, rest));

/** Everything kept of a channel. */
export async function readAll(store: Store, channel: string): Promise<Kept[]> {
  const all: Kept[] = [];
  for (;;) {
    const { events } = await store.read(channel, all.at(-1)?.offset ?? 0, 1_000, 10_000_000);
    if (events.length === 0) return all;
    all.push(...events);
  }
}

export const offsetsOf = (results: readonly Appended[]): (number | string | undefined)[] =>
  results.map((result) => (result.ok ? result.offset : result.code));

export const duplicatesOf = (results: readonly Appended[]): boolean[] =>
  results.map((result) => result.ok && result.duplicate);

/** Until it holds; the test's time limit ends the waiting. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}
