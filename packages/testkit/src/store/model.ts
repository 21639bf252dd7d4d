/** The store against a plain model: any sequence of publishing, reading, passing time and reopening. */
import type { Appended, Entry, Store } from "@signalbox/core";
import fc from "fast-check";
import { expect } from "vitest";
import { entry, namespaces, type Opened, readAll, type Trial, until } from "./trial.ts";

const keysMs = 300_000;
const channels = ["roomy:a", "counted:b", "weighed:c", "folded:d"] as const;

interface Draft {
  channel: (typeof channels)[number];
  type: string;
  key: string | undefined;
  producer: { id: string; epoch: number /** Relative to what comes next. */; step: number } | undefined;
  /** Where it expects the head, relative to where that is. */
  expected: number | undefined;
  size: number;
}

type Step =
  | { do: "append"; drafts: Draft[] }
  | { do: "append at once"; batches: Draft[][] }
  | { do: "read"; channel: string; after: number; limit: number; maxBytes: number }
  | { do: "trimmed"; channel: string }
  | { do: "snapshot"; channel: string }
  | { do: "wait"; ms: number }
  | { do: "reopen" };

const draft: fc.Arbitrary<Draft> = fc.record({
  channel: fc.constantFrom(...channels),
  type: fc.constantFrom("a", "b", "c"),
  key: fc.option(fc.constantFrom("k1", "k2", "k3"), { nil: undefined, freq: 4 }),
  producer: fc.option(
    fc.record({
      id: fc.constantFrom("p", "q"),
      epoch: fc.integer({ min: 1, max: 2 }),
      step: fc.constantFrom(0, 0, 0, 0, -1, -2, 1),
    }),
    { nil: undefined, freq: 3 },
  ),
  expected: fc.option(fc.constantFrom(0, 0, 0, -1, 1), { nil: undefined, freq: 4 }),
  size: fc.constantFrom(0, 10, 500, 3_000),
});
const batch = fc.array(draft, { maxLength: 8 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("append" as const), drafts: batch }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("append at once" as const),
      batches: fc.array(batch, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("read" as const),
      channel: fc.constantFrom(...channels),
      after: fc.nat(60),
      limit: fc.integer({ min: 1, max: 20 }),
      maxBytes: fc.constantFrom(1, 500, 5_000, 1_000_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("trimmed" as const), channel: fc.constantFrom(...channels) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("snapshot" as const), channel: fc.constantFrom(...channels) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, keysMs / 2, keysMs) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
);

interface ModelChannel {
  /** Every event ever kept; its offset is its index and one. */
  events: Entry[];
  keys: Map<string, { offset: number; atMs: number }>;
  producers: Map<string, { epoch: number; offsets: number[] }>;
  snapshot: number;
}

class Model {
  readonly #channels = new Map<string, ModelChannel>(
    channels.map((name) => [name, { events: [], keys: new Map(), producers: new Map(), snapshot: 0 }]),
  );
  #made = 0;

  of(name: string): ModelChannel {
    const channel = this.#channels.get(name);
    if (channel === undefined) throw new Error(`no ${name}`);
    return channel;
  }

  /** The entry of a draft, and what must become of it. */
  append(
    { channel: name, type, key, producer: drafted, expected: step, size }: Draft,
    epoch: string,
    nowMs: number,
  ): { entry: Entry; expected: object } {
    const channel = this.of(name);
    const known = drafted && channel.producers.get(drafted.id);
    const had = known?.epoch === drafted?.epoch ? (known?.offsets ?? []) : [];
    const seq = Math.max(1, had.length + 1 + (drafted?.step ?? 0));
    const producer = drafted && { id: drafted.id, epoch: drafted.epoch, seq };
    const top = channel.events.length;
    const expected = step === undefined ? undefined : { epoch, offset: Math.max(0, top + step) };
    const marks = { ...(producer && { producer }), ...(expected && { expected }) };
    const made = entry(
      name,
      ++this.#made,
      { type, ...(key === undefined ? {} : { idempotencyKey: key }), ...marks },
      "x".repeat(size),
    );
    if (producer !== undefined) {
      if (known !== undefined && producer.epoch < known.epoch)
        return { entry: made, expected: { ok: false, code: "fenced" } };
      if (seq <= had.length) return { entry: made, expected: { ok: true, duplicate: true } };
      if (seq > had.length + 1)
        return { entry: made, expected: { ok: false, code: "sequence_gap", details: { expected: had.length + 1 } } };
    }
    const before = key === undefined ? undefined : channel.keys.get(key);
    const repeated = before !== undefined && nowMs - before.atMs < keysMs ? before.offset : undefined;
    if (repeated === undefined && expected !== undefined && expected.offset !== top) {
      return { entry: made, expected: { ok: false, code: "head_moved", details: { epoch, offset: top } } };
    }
    const offset = repeated ?? channel.events.push(made);
    if (producer !== undefined)
      channel.producers.set(producer.id, { epoch: producer.epoch, offsets: [...had, offset] });
    if (key !== undefined && repeated === undefined) channel.keys.set(key, { offset, atMs: nowMs });
    return { entry: made, expected: { ok: true, offset, duplicate: repeated !== undefined } };
  }

  /** The lowest and the highest floor that retention may give, and the one it ends at. */
  floorOf(name: string): number {
    const { events, snapshot } = this.of(name);
    const namespace = name.slice(0, name.indexOf(":"));
    const options = Object.entries(namespaces).find(([key]) => key === namespace)?.[1];
    if (options === undefined) throw new Error(`no ${namespace}`);
    let bytes = events.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    let floor = 1;
    for (const [index, { body }] of events.entries()) {
      const factor = "reducer" in options && index + 1 > snapshot ? 2 : 1;
      if (events.length - index <= options.retention.count * factor && bytes <= options.retention.bytes * factor) break;
      bytes -= Buffer.byteLength(body);
      floor++;
    }
    return floor;
  }
}

export function modelTests(trial: Trial, numRuns: number): void {
  trial.test("I1 I3 I14 whatever is done in whatever order, the store is what a list would be", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const opened = await trial.open();
        const run = new Run(opened);
        for (const one of steps) await run.step(one);
        await run.end();
      }),
      { numRuns },
    );
  });
}

class Run {
  readonly #opened: Opened;
  readonly #model = new Model();
  readonly #epoch: string;
  #store: Store;
  /** Highest floor seen: floors never go back. */
  readonly #floors = new Map<string, number>();

  constructor(opened: Opened) {
    this.#opened = opened;
    this.#store = opened.store;
    this.#epoch = opened.store.epoch;
  }

  async step(step: Step): Promise<void> {
    if (step.do === "append") await this.#append([step.drafts]);
    else if (step.do === "append at once") await this.#append(step.batches);
    else if (step.do === "read") await this.#read(step.channel, step.after, step.limit, step.maxBytes);
    else if (step.do === "trimmed") await this.#trimmed(step.channel);
    else if (step.do === "snapshot") await this.#snapshot(step.channel);
    else if (step.do === "wait") this.#opened.clock.advance(step.ms);
    else if (this.#opened.reopen !== undefined) this.#store = await this.#opened.reopen();
  }

  async end(): Promise<void> {
    for (const channel of channels) {
      const { events } = this.#model.of(channel);
      if (events.length === 0) continue;
      // Some stores trim a little late, when it is worth it: 1 %, which is less than an event here, or 100 bytes.
      const slack = channel.startsWith("weighed:") ? 1 : 0;
      const floor = this.#model.floorOf(channel);
      await until(async () => ((await this.#store.info(channel))?.floor ?? 0) >= floor - slack);
      await this.#trimmed(channel);
      const kept = await readAll(this.#store, channel);
      const first = kept[0]?.offset ?? events.length + 1;
      expect(kept.map(({ body }) => body)).toEqual(events.slice(first - 1).map(({ body }) => body));
      expect(kept.map(({ offset }) => offset)).toEqual(kept.map((_, i) => first + i));
    }
  }

  async #append(batches: readonly Draft[][]): Promise<void> {
    const planned = batches.map((drafts) =>
      drafts.map((one) => this.#model.append(one, this.#epoch, this.#opened.clock.nowMs())),
    );
    const results = await Promise.all(planned.map((batch) => this.#store.append(batch.map((one) => one.entry))));
    expect(results).toMatchObject(planned.map((batch) => batch.map((one) => one.expected)));
    for (const result of results.flat()) expect(this.#epochOf(result)).toBe(this.#epoch);
  }

  #epochOf(result: Appended): string {
    return result.ok ? result.epoch : this.#epoch;
  }

  async #read(channel: string, after: number, limit: number, maxBytes: number): Promise<void> {
    const { events } = this.#model.of(channel);
    const page = await this.#store.read(channel, after, limit, maxBytes);
    expect([page.epoch, page.top]).toEqual([this.#epoch, events.length]);
    this.#checkFloor(channel, page.floor);
    const first = Math.max(after + 1, page.floor);
    const expected = events.slice(first - 1, first - 1 + page.events.length);
    expect(page.events.map(({ offset, type, body }) => [offset, type, body])).toEqual(
      expected.map(({ type, body }, i) => [first + i, type, body]),
    );
    expect(page.events.length).toBe(expected.length);
    expect(page.events.length).toBeLessThanOrEqual(limit);
    const bytes = page.events.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    expect(page.events.length <= 1 || bytes <= maxBytes).toBe(true);
    const next = events[first - 1 + page.events.length];
    const ended = next === undefined || page.events.length === limit || bytes + Buffer.byteLength(next.body) > maxBytes;
    expect(ended).toBe(true);
  }

  async #trimmed(channel: string): Promise<void> {
    const floor = (await this.#store.info(channel))?.floor ?? 1;
    this.#checkFloor(channel, floor);
    if (floor === 1) return;
    const { counts, countsFrom } = await this.#store.trimmed(channel, 1, floor - 1);
    expect(countsFrom).toBe(1);
    const later = (await this.#store.info(channel))?.floor;
    const expected: Record<string, number> = {};
    for (const { type } of this.#model.of(channel).events.slice(0, floor - 1))
      expected[type] = (expected[type] ?? 0) + 1;
    // A trim in between may have widened the last block.
    if (later === floor) expect(counts).toEqual(expected);
  }

  async #snapshot(channel: string): Promise<void> {
    const known = this.#model.of(channel);
    const offset = known.events.length;
    await this.#store.saveSnapshots([{ channel, epoch: this.#epoch, offset, state: `${offset}`, version: 1 }]);
    if (offset === 0) return;
    known.snapshot = offset;
    expect(await this.#store.loadSnapshot(channel)).toEqual({
      channel,
      epoch: this.#epoch,
      offset,
      state: `${offset}`,
      version: 1,
    });
  }

  /** Never more is trimmed than the rules say, and what is gone stays gone. */
  #checkFloor(channel: string, floor: number): void {
    expect(floor).toBeLessThanOrEqual(this.#model.floorOf(channel));
    expect(floor).toBeGreaterThanOrEqual(this.#floors.get(channel) ?? 1);
    this.#floors.set(channel, floor);
  }
}
