/**
 * §4.10 as a property: whatever is published, of whichever class, and however slowly it is read, each offset is sent,
 * or in a gap that says exactly what it was, or skipped by the filter; nothing lossless and no newest gauge is missed.
 */
import type { Draft, Filter, Message, SubscribeData, SubscriptionUpdate } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SharedPublication } from "../src/index.ts";
import { admin, FakeNode } from "./support/fake-node.ts";
import { Viewer } from "./support/viewer.ts";

const channels = ["agent:a", "process:b", "repo:c"] as const;
const types = ["note", "process_output", "gauge"] as const;
const droppable = new Set<string>(["process_output", "gauge"]);

/** How each viewer subscribes. */
const ways: ReadonlyArray<{ pattern?: true; filter?: Filter; snapshot?: true; maxHz?: number }> = [
  {},
  { filter: { types: ["note"] } },
  { filter: { types: ["process_output", "gauge"] } },
  { pattern: true, filter: { tags: { odd: "yes" } } },
  { pattern: true, snapshot: true },
  { snapshot: true, filter: { types: ["gauge", "note"], tags: { odd: ["yes"] } } },
];
/** The same, a few times a second at most. */
const slowWays = ways.map((way, index) => ({ ...way, maxHz: [60, 10, 4, 2, 1, 0.5][index] ?? 1 }));

type Action =
  | { do: "publish"; channel: number; type: number; key: number; count: number }
  | { do: "stall" | "read" | "cut"; viewer: number }
  | { do: "drain"; viewer: number; share: number }
  | { do: "leave" | "join"; viewer: number; channel: number }
  | { do: "steps"; count: number }
  | { do: "pass"; ms: number };

const viewer = fc.nat(ways.length - 1);
const channel = fc.nat(channels.length - 1);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      channel,
      type: fc.nat(types.length - 1),
      key: fc.nat(2),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("stall" as const), viewer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("read" as const, "cut" as const), viewer }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("drain" as const), viewer, share: fc.integer({ min: 0, max: 100 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("leave" as const, "join" as const), viewer, channel }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("steps" as const), count: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 700 }) }) },
);

/** What became of offsets of a channel. */
interface Part {
  what: "sent" | "gap" | "skipped";
  from: number;
  to: number;
  counts?: Record<string, number>;
}

class Recorder extends Viewer {
  readonly parts = new Map<string, Part[]>();
  readonly #way: (typeof ways)[number];

  constructor(node: FakeNode, way: (typeof ways)[number]) {
    super(node);
    this.#way = way;
  }

  at(name: string): number {
    return this.parts.get(name)?.at(-1)?.to ?? 0;
  }

  connect(): void {
    this.cut();
    this.open();
    if (this.#way.pattern) this.#ask({ channel: "*", since: "earliest", positions: this.#positions() });
    else for (const name of channels) this.join(name);
  }

  join(name: string): void {
    if (!this.#way.pattern) this.#ask({ channel: name, since: { epoch: "e1", offset: this.at(name) } });
  }

  leave(name: string): void {
    this.session?.accept([{ type: "unsubscribe", id: "u", data: { channel: name } }]);
  }

  /** Takes a part of what is on its way. */
  take(share: number): void {
    this.waitingBytes = Math.floor((this.waitingBytes * share) / 100);
    this.session?.drained();
  }

  override publication({ channel: name, offset, json }: SharedPublication): void {
    if (this.stalled) this.waitingBytes += json.length;
    this.#add(name, { what: "sent", from: offset, to: offset });
  }

  override control(message: Message): void {
    if (message.type !== "subscription_update") return;
    const { channel: name, state, offset, gap, recovered } = message.data as SubscriptionUpdate;
    if (name === "*" || state === "unsubscribed") return;
    const at = this.at(name);
    if (state === "subscribed") {
      if (offset !== at || recovered !== true) this.faults.push(`${name} began at ${offset} instead of ${at}`);
    } else if (state === "position") {
      this.#add(name, { what: "skipped", from: at + 1, to: offset });
    } else if (gap?.reason !== "slow" || gap.to !== offset) {
      this.faults.push(`not a gap of a slow viewer: ${JSON.stringify(message.data)}`);
    } else {
      this.#add(name, { what: "gap", from: gap.from, to: offset, counts: gap.counts ?? {} });
    }
  }

  wants({ type, metadata }: Draft): boolean {
    const { types: some, tags } = this.#way.filter ?? {};
    return some?.includes(type) !== false && (tags === undefined || metadata?.tags?.odd === "yes");
  }

  couldWant(type: string): boolean {
    return this.#way.filter?.types?.includes(type) !== false;
  }

  get holdsBack(): boolean {
    return this.#way.maxHz !== undefined;
  }

  #positions(): Record<string, { epoch: string; offset: number }> {
    return Object.fromEntries([...this.parts.keys()].map((name) => [name, { epoch: "e1", offset: this.at(name) }]));
  }

  #ask(data: SubscribeData): void {
    const { filter, snapshot, maxHz } = this.#way;
    this.subscribe({
      ...data,
      ...(filter === undefined ? {} : { filter }),
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(maxHz === undefined ? {} : { maxHz }),
    });
  }

  #add(name: string, part: Part): void {
    const parts = this.parts.get(name) ?? [];
    if (part.from !== this.at(name) + 1 || part.to < part.from) {
      this.faults.push(`${name}: ${JSON.stringify(part)} after ${this.at(name)}`);
    }
    parts.push(part);
    this.parts.set(name, parts);
  }
}

class World {
  readonly node: FakeNode;
  readonly viewers: Recorder[];
  /** What was published, by channel, in order. */
  readonly kept = new Map<string, Draft[]>(channels.map((name) => [name, []]));

  constructor(how: typeof ways, limits: ConstructorParameters<typeof FakeNode>[0] = {}) {
    this.node = new FakeNode({
      replayEvents: 4,
      replayTurnEvents: 9,
      tailEvents: 5,
      // About four events.
      outboxBytes: 500,
      backlogBytes: 400,
      stallMs: 1e9,
      ...limits,
    });
    this.viewers = how.map((way) => new Recorder(this.node, way));
    for (const each of this.viewers) each.connect();
    this.node.run();
  }

  do(action: Action): void {
    const each = "viewer" in action ? this.viewers[action.viewer] : undefined;
    const name = "channel" in action ? (channels[action.channel] ?? "") : "";
    switch (action.do) {
      case "publish":
        for (let i = 0; i < action.count; i++) this.#publish(name, types[action.type] ?? "note", action.key);
        break;
      case "stall":
        if (each !== undefined) each.stalled = true;
        break;
      case "read":
        if (each !== undefined) each.stalled = false;
        each?.take(0);
        break;
      case "cut":
        each?.connect();
        break;
      case "drain":
        each?.take(action.share);
        break;
      case "leave":
        each?.leave(name);
        break;
      case "join":
        each?.join(name);
        break;
      case "steps":
        for (let i = 0; i < action.count; i++) this.node.step();
        break;
      case "pass":
        this.node.pass(action.ms);
        break;
    }
  }

  heal(): void {
    this.node.run();
    for (const each of this.viewers) {
      each.stalled = false;
      each.take(0);
      if (each.session === undefined) each.connect();
      for (const name of channels) each.join(name);
    }
    this.node.run();
    this.node.pass(10_000);
  }

  check(): void {
    for (const each of this.viewers) {
      expect(each.faults).toEqual([]);
      expect(each.session?.health().behind).toBe(0);
      for (const [name, kept] of this.kept) {
        // A few offsets that the filter skipped at the head need not have been stated yet.
        expect(kept.slice(each.at(name)).filter((event) => each.wants(event))).toEqual([]);
        for (const part of each.parts.get(name) ?? []) this.#checkPart(each, kept, part);
      }
    }
    const { session } = this.viewers[0] ?? {};
    for (const name of channels) {
      if (session !== undefined) expect(this.node.hub.enter(name, session).channel.backlog).toBeUndefined();
    }
  }

  #checkPart(each: Recorder, kept: readonly Draft[], { what, from, to, counts }: Part): void {
    const events = kept.slice(from - 1, to);
    if (what === "sent") {
      for (const event of events) expect(each.wants(event)).toBe(true);
      return;
    }
    const missed: Record<string, number> = {};
    for (const [index, event] of events.entries()) {
      if (!each.couldWant(event.type)) continue;
      missed[event.type] = (missed[event.type] ?? 0) + 1;
      if (what === "skipped" && !each.wants(event)) continue;
      if (what === "skipped") expect([each.holdsBack, event.type]).toEqual([true, "gauge"]);
      expect(droppable).toContain(event.type);
      if (event.type !== "gauge") continue;
      const newer = kept.slice(from + index).some((one) => one.type === "gauge" && keyOf(one) === keyOf(event));
      expect(newer, "a gauge that was missed has a newer one").toBe(true);
    }
    if (what === "gap") expect(counts).toEqual(missed);
  }

  #publish(name: string, type: string, key: number): void {
    const n = (this.kept.get(name)?.length ?? 0) + 1;
    const draft: Draft = { type, channel: name, data: { n, key } };
    if (n % 2 === 1) draft.metadata = { tags: { odd: "yes" } };
    this.kept.get(name)?.push(draft);
    this.node.hub.publish([draft], { principal: admin }, () => {});
  }
}

const keyOf = ({ data }: Draft): unknown => Reflect.get(Object(data), "key");

/** How often which parts came about: a property that never saw a gap has shown nothing. */
function play(how: typeof ways, limits: ConstructorParameters<typeof FakeNode>[0], numRuns: number) {
  const seen = { sent: 0, gap: 0, skipped: 0, closed: 0 };
  fc.assert(
    fc.property(fc.array(action, { minLength: 20, maxLength: 200, size: "max" }), (actions) => {
      const world = new World(how, limits);
      for (const each of actions) {
        world.do(each);
        for (const one of world.viewers) {
          if (one.session !== undefined) continue;
          expect(one.closedWith).toBe("slow_consumer");
          seen.closed++;
          one.connect();
        }
      }
      world.heal();
      world.check();
      for (const one of world.viewers) {
        for (const parts of one.parts.values()) for (const { what } of parts) seen[what]++;
      }
    }),
    { numRuns },
  );
  return seen;
}

test("B1 each offset is sent, in an exact gap, or skipped by the filter, however slowly it is read", () => {
  const seen = play(ways, {}, 300);
  expect(seen.gap).toBeGreaterThan(500);
  expect(seen.closed).toBe(0);
});

test("B1 those who have too much before them are closed, resume, and miss nothing either", () => {
  const seen = play(ways, { backlogEvents: 4, backlogBytes: 0 }, 200);
  expect(seen.gap).toBeGreaterThan(200);
  expect(seen.closed).toBeGreaterThan(100);
});

test("§4.12 with maxHz only outdated gauges are skipped, and a slow viewer is told as ever", () => {
  const seen = play(slowWays, {}, 250);
  expect(seen.gap).toBeGreaterThan(200);
  expect(seen.skipped).toBeGreaterThan(200);
});
