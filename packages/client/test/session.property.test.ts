/**
 * §4 seen from the client: whatever is published, trimmed, cut, refused, switched and asked for, in whatever order the
 * messages arrive, each watch surfaces each event once and in order, or says what is not coming.
 */
import type { Filter, Since } from "@signalbox/protocol";
import { matchesPattern } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Item } from "../src/outbox.ts";
import type { Watching } from "../src/watching.ts";
import { ModelGateway } from "./support/model-gateway.ts";
import { SessionHost, ways } from "./support/session-host.ts";

const channels = ["agent:a", "agent:b", "process:c"] as const;
const names = [...channels, "agent:*", "*"] as const;
const sinces: Since[] = ["now", "earliest", { last: 2 }];
const filters: Array<Filter | undefined> = [undefined, undefined, { types: ["tick"] }, { types: ["tock"] }];

type Action =
  | { do: "publish"; channel: number; count: number; tock: boolean }
  | { do: "trim"; channel: number; count: number }
  | { do: "renew"; channel: number }
  | { do: "watch"; name: number; since: number; filter: number }
  | { do: "stop"; watch: number }
  | { do: "send"; channel: number }
  | { do: "deliver"; count: number }
  | { do: "pass"; ms: number }
  | { do: "accept" | "refuse" | "silent" | "cut" | "busy" | "wake" | "lose" };

const channel = fc.nat(channels.length - 1);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      channel,
      count: fc.integer({ min: 1, max: 4 }),
      tock: fc.boolean(),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("deliver" as const), count: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("watch" as const),
      name: fc.nat(names.length - 1),
      since: fc.nat(sinces.length - 1),
      filter: fc.nat(filters.length - 1),
    }),
  },
  { weight: 5, arbitrary: fc.constant({ do: "accept" as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "refuse" as const, "silent" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(10, 600, 6_000, 61_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("send" as const), channel }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("trim" as const), channel, count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("renew" as const), channel }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stop" as const), watch: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("busy" as const, "wake" as const) }) },
);

/** One of the three by itself, or all of them by themselves. */
const transports = fc.nat(5);

interface Seen {
  watch: Watching;
  since: Since;
  filter: Filter | undefined;
  /** How many histories there were when it was first live. */
  knownWhenLive: number | undefined;
}

class World {
  readonly gateway = new ModelGateway();
  readonly host: SessionHost;
  readonly watches: Seen[] = [];
  readonly items: Item[] = [];
  /** All that was ever published: `channel epoch offset` → n. */
  readonly all = new Map<string, number>();
  /** Channels in the order of their birth. */
  readonly born: string[] = [];
  #n = 0;

  constructor(which: number) {
    this.host = new SessionHost(this.gateway, { ways: which < 3 ? ways.slice(which, which + 1) : ways });
  }

  do(action: Action): void {
    const { host, gateway } = this;
    switch (action.do) {
      case "publish":
        for (let i = 0; i < action.count; i++) this.publish(channelAt(action.channel), action.tock ? "tock" : "tick");
        break;
      case "trim":
        if (gateway.histories.has(channelAt(action.channel))) gateway.trim(channelAt(action.channel), action.count);
        break;
      case "renew":
        if (gateway.histories.has(channelAt(action.channel))) gateway.renew(channelAt(action.channel));
        break;
      case "watch": {
        const since = sinces[action.since] ?? "now";
        const filter = filters[action.filter];
        const options = { since, ...(filter ? { filter } : {}) };
        const watch = host.fact((session, nowMs) => session.watch(names[action.name] ?? "*", options, nowMs));
        this.watches.push({ watch, since, filter, knownWhenLive: undefined });
        break;
      }
      case "stop": {
        const [gone] = this.watches.splice(action.watch, 1);
        if (gone) host.fact((session) => session.unwatch(gone.watch));
        break;
      }
      case "send": {
        const draft = { type: "tick", channel: channelAt(action.channel), data: { n: ++this.#n } };
        const item = host.fact((session, nowMs) => session.publish(draft, nowMs));
        if ("text" in item) this.items.push(item);
        break;
      }
      case "deliver":
        host.deliver(action.count);
        break;
      case "pass":
        host.pass(action.ms);
        break;
      case "accept":
        host.accept();
        break;
      case "refuse":
        host.refuse({ unreachable: true });
        break;
      case "silent":
        host.refuse({});
        break;
      case "cut":
        host.cut();
        break;
      case "busy":
        gateway.refuseNext++;
        break;
      case "wake":
        host.fact((session, nowMs) => session.wake(nowMs));
        break;
      case "lose":
        this.lose();
    }
    this.note();
  }

  publish(name: string, type: string): void {
    this.gateway.publish(name, ++this.#n, type);
    this.note();
  }

  /** A fault of the gateway: it forgets to send a publication. */
  lose(): void {
    for (const { connection } of this.host.links) {
      const index = connection?.queue.findIndex(({ offset }) => offset !== undefined) ?? -1;
      if (index >= 0) connection?.queue.splice(index, 1);
    }
  }

  note(): void {
    for (const [name, { epoch, top, events }] of this.gateway.histories) {
      if (top > 0 && !this.born.includes(name)) this.born.push(name);
      for (const { offset, n } of events) this.all.set(`${name} ${epoch} ${offset}`, n);
    }
    for (const seen of this.watches) if (seen.watch.status === "live") seen.knownWhenLive ??= this.born.length;
  }

  /** Everything comes to rest, then one more event of each kind everywhere shows any hole. */
  settle(): void {
    this.gateway.refuseNext = 0;
    const rest = (): void => {
      for (let i = 0; i < 60; i++) {
        this.host.accept();
        this.host.deliver();
        this.host.pass(1_000);
      }
    };
    rest();
    this.note();
    for (const name of channels) for (const type of ["tick", "tock"]) this.publish(name, type);
    rest();
    this.note();
  }

  check(): void {
    for (const seen of this.watches) this.#check(seen);
    for (const item of this.items) {
      const outcomes = this.host.log.filter((effect) => "item" in effect && effect.item === item);
      expect(outcomes.map((effect) => effect.do)).toEqual(["published"]);
    }
    // Each publish was kept once.
    const kept = [...this.all.values()];
    expect(new Set(kept).size).toBe(kept.length);
    expect(this.gateway.published.size).toBe(this.items.length);
  }

  #check({ watch, since, filter, knownWhenLive }: Seen): void {
    expect(watch.status).toBe("live");
    const at = new Map<string, { epoch: string; offset: number }>();
    const wanted = (name: string, epoch: string, offset: number): boolean => {
      if (!filter) return true;
      const history = this.gateway.histories.get(name);
      const type = history?.epoch === epoch ? history.events.find((kept) => kept.offset === offset)?.type : undefined;
      // Of what is gone nobody can say any more whether the filter wanted it.
      return type !== undefined && filter.types?.includes(type) === true;
    };
    const none = (name: string, epoch: string, from: number, to: number, why: string): void => {
      for (let offset = from; offset <= to; offset++) {
        if (wanted(name, epoch, offset)) expect.fail(`${name} ${epoch}:${offset} is missing: ${why}`);
      }
    };
    for (const effect of this.host.told(watch)) {
      if (effect.do === "events") {
        for (const { channel: name, epoch, offset, data } of effect.events) {
          expect(matchesPattern(watch.name, name)).toBe(true);
          expect(this.all.get(`${name} ${epoch} ${offset}`)).toBe((data as { n: number }).n);
          const before = at.get(name);
          if (before && before.offset > 0) {
            expect(epoch).toBe(before.epoch);
            expect(offset).toBeGreaterThan(before.offset);
            none(name, epoch, before.offset + 1, offset - 1, "between");
          } else if (
            before ||
            since === "earliest" ||
            this.born.indexOf(name) >= (knownWhenLive ?? Number.POSITIVE_INFINITY)
          ) {
            // Kept at the end, so kept all the time.
            const history = this.gateway.histories.get(name);
            const floor = history?.epoch === epoch ? (history.events[0]?.offset ?? offset) : offset;
            none(name, epoch, floor, offset - 1, "at the beginning");
          }
          at.set(name, { epoch, offset });
        }
      } else if (effect.do === "gap") {
        const { channel: name, gap } = effect;
        const before = at.get(name);
        if (gap.reason === "epoch_changed") {
          if (before) expect(gap.epoch).toBe(before.epoch || gap.epoch);
          if (before) expect(gap.from).toBeGreaterThan(before.offset);
          at.set(name, { epoch: "", offset: 0 });
        } else {
          if (before) expect(gap.from).toBeGreaterThan(before.offset);
          if (before?.epoch && !filter) expect(gap.from).toBe(before.offset + 1);
          at.set(name, { epoch: gap.epoch, offset: gap.to ?? 0 });
        }
      }
    }
    for (const [name, { epoch, top }] of this.gateway.histories) {
      if (!matchesPattern(watch.name, name)) continue;
      const last = at.get(name);
      // Two events of the last settling: at least those must have come.
      if (!filter) expect({ name, ...last }).toEqual({ name, epoch, offset: top });
      else none(name, epoch, (last?.epoch === epoch ? last.offset : top - 2) + 1, top, "at the end");
    }
  }
}

/** A second watch wants more of a pattern than the first one's filter lets through, when a channel is born. */
const widened: Action[] = [
  { do: "watch", name: 3, since: 0, filter: 2 },
  { do: "accept" },
  { do: "deliver", count: 2 },
  { do: "watch", name: 3, since: 0, filter: 0 },
  { do: "publish", channel: 0, count: 1, tock: true },
];

/** A second watch wants all of a stream that begins anew for a third one, and hears the answer to what was asked before. */
const overtaken: Action[] = [
  { do: "watch", name: 4, since: 0, filter: 3 },
  { do: "accept" },
  { do: "watch", name: 0, since: 0, filter: 0 },
  { do: "deliver", count: 2 },
  { do: "pass", ms: 6_000 },
  { do: "watch", name: 4, since: 0, filter: 0 },
  { do: "deliver", count: 2 },
  { do: "send", channel: 1 },
];

const channelAt = (index: number): string => channels[index] ?? channels[0];

test("§4 any interleaving: each event once and in order, or a gap says why not", () => {
  fc.assert(
    fc.property(transports, fc.array(action, { maxLength: 80, size: "max" }), (which, actions) => {
      const world = new World(which);
      for (const each of actions) world.do(each);
      world.settle();
      world.check();
    }),
    {
      numRuns: 1_000,
      examples: [
        [1, widened],
        [1, overtaken],
      ],
    },
  );
});

test("§4.3 a gateway that forgets a publication is found out: asked again, nothing missing in the end", () => {
  const faulty = fc.oneof(
    { weight: 5, arbitrary: action.filter((each) => each.do !== "watch" || filters[each.filter] === undefined) },
    { weight: 1, arbitrary: fc.constant<Action>({ do: "lose" }) },
  );
  fc.assert(
    fc.property(transports, fc.array(faulty, { maxLength: 80, size: "max" }), (which, actions) => {
      const world = new World(which);
      for (const each of actions) world.do(each);
      world.settle();
      world.check();
    }),
    { numRuns: 1_000 },
  );
});
