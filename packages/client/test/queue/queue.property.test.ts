/** Whatever is closed, killed, cut, forgotten and published meanwhile: each message is kept once, in its order, or said not to be. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type OnConflict, openQueue, type Queue } from "../../src/queue/queue.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { ModelClient, ModelDisk, ModelStore, type Program, quiet } from "./model.ts";

const channels = ["session:a", "session:b"] as const;
const who = fc.nat(2);
const where = fc.constantFrom(...channels);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      who,
      channel: where,
      type: fc.constantFrom("note", "note", "note", "bad"),
      /** Where it expects the head, counted from the end; it may be out of date when it is sent. */
      behind: fc.option(fc.constantFrom(0, 1, 2), { nil: undefined }),
      onConflict: fc.constantFrom<OnConflict>("mine", "theirs", "ask"),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("others publish" as const), channel: where }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut" as const), who, after: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("down" as const, "up" as const, "stop" as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("kill" as const, "close" as const, "freeze" as const), who }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("die" as const), who, writes: fc.nat(6), kept: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("open" as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("send" as const, "drop" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("forget keys" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface Running {
  queue: Queue;
  client: ModelClient;
  storage: Program;
}

class Run {
  readonly #store = new ModelStore();
  readonly #disk = new ModelDisk();
  readonly #clock = fakeClock();
  readonly #programs: Array<Running | undefined> = [];
  readonly #published: Array<{ id: string; channel: string; sure: boolean }> = [];
  readonly #dropped = new Set<string>();
  #opened = 0;
  #others = 0;

  async step(one: Step): Promise<void> {
    if (one.do === "forget keys") this.#store.forgetKeys();
    else if (one.do === "others publish") {
      this.#store.append({ id: `o${++this.#others}`, type: "note", channel: one.channel, data: {} });
    } else if (one.do === "open") await this.#open(one.who);
    else await this.#with(one, this.#programs[one.who]);
    await quiet();
    this.#clock.pass(1);
    await quiet();
  }

  async #with(one: Exclude<Step, { do: "forget keys" | "others publish" | "open" }>, running: Running | undefined) {
    if (!running) return;
    const { queue, client, storage } = running;
    if (one.do === "publish") {
      const { channel, type, behind, onConflict } = one;
      const message = { id: `m${this.#published.length}`, channel, sure: false };
      this.#published.push(message);
      const { epoch, offset } = this.#store.head(channel);
      const expected = behind === undefined ? undefined : { epoch, offset: Math.max(0, offset - behind) };
      void queue.publish({ id: message.id, type, channel, data: {} }, { expected, onConflict }).then(() => {
        message.sure = true;
      });
    } else if (one.do === "cut") client.cutAfter = one.after;
    else if (one.do === "down") client.down();
    else if (one.do === "up") client.up();
    else if (one.do === "stop") client.stop();
    else if (one.do === "freeze") storage.loseLock();
    else if (one.do === "die") storage.diesAt = { writes: one.writes, kept: one.kept };
    else if (one.do === "kill" || one.do === "close") {
      if (one.do === "close") queue.close();
      await quiet();
      this.#disk.kill(storage);
      client.dead = true;
      this.#programs[one.who] = undefined;
    } else {
      const [asked] = queue.snapshot().messages.filter(({ state }) => state === "conflict");
      if (!asked) return;
      if (one.do === "drop") this.#dropped.add(asked.id);
      void queue[one.do](asked.id);
    }
  }

  async #open(place: number): Promise<void> {
    const before = this.#programs[place];
    if (before && !before.storage.dead) return;
    if (before) before.client.dead = true;
    const client = new ModelClient(this.#store);
    const storage = this.#disk.open();
    const by = `p${++this.#opened}`;
    let ids = 0;
    const deps = { clock: this.#clock, unique: () => `${by}.${++ids}` };
    this.#programs[place] = { queue: await openQueue(client, { storage }, deps), client, storage };
  }

  /** All is well again, and somebody decides about every conflict. */
  async end(): Promise<void> {
    for (const running of this.#programs) if (running) running.storage.diesAt = undefined;
    await this.#open(0);
    const { queue } = this.#programs[0] ?? {};
    for (let rounds = 0; rounds < 100; rounds++) {
      for (const running of this.#programs) {
        if (!running) continue;
        running.client.cutAfter = undefined;
        running.client.up();
      }
      await quiet();
      this.#clock.pass(1_000);
      await quiet();
      const left = queue?.snapshot().messages.filter(({ state }) => state !== "refused") ?? [];
      if (left.length === 0) break;
      for (const { id, state } of left) if (state === "conflict") await queue?.send(id);
    }
    this.#check(queue?.snapshot().messages ?? []);
  }

  #check(left: ReadonlyArray<{ id: string; state: string }>): void {
    expect(left.filter(({ state }) => state !== "refused")).toEqual([]);
    const refused = new Set(left.map(({ id }) => id));
    const places = new Map(this.#published.map(({ id }, place) => [id, place]));
    const kept = new Map<string, number>();
    for (const channel of channels) {
      const own = this.#store.events(channel).flatMap(({ id }) => (places.has(id) ? [id] : []));
      for (const id of own) kept.set(id, (kept.get(id) ?? 0) + 1);
      const order = own.map((id) => places.get(id) ?? -1);
      expect(order, `the order in ${channel}`).toEqual([...order].sort((a, b) => a - b));
    }
    for (const { id, sure } of this.#published) {
      const times = kept.get(id) ?? 0;
      expect(times, `${id} is kept at most once`).toBeLessThanOrEqual(1);
      if (refused.has(id)) expect(times, `${id} is said to be refused`).toBe(0);
      else if (sure && !this.#dropped.has(id)) expect(times, `${id} is kept`).toBe(1);
    }
  }
}

test("I1 I3 V9 X12 each critical message is kept once and in order, or refused, or dropped by somebody", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const run = new Run();
      for (const place of [0, 1]) await run.step({ do: "open", who: place });
      for (const one of steps) await run.step(one);
      await run.end();
    }),
    { numRuns: 1_000 },
  );
}, 60_000);
