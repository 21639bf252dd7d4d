/**
 * §4 as a property: whatever is published, cut, resumed, stalled, trimmed or restarted, in whatever order the store's
 * answers arrive, a viewer sees each event once and in order, or is told which ones are not coming.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeNode } from "./support/fake-node.ts";
import { Viewer } from "./support/viewer.ts";

const channels = ["agent:a", "process:b", "repo:c"] as const;
const viewers = 4;

type Action =
  | { do: "publish"; channel: number; count: number }
  | { do: "connect" | "connectPattern" | "cut" | "stall" | "drain"; viewer: number }
  | { do: "steps"; count: number }
  | { do: "trim"; channel: number; share: number }
  | { do: "restart" }
  | { do: "tick" }
  | { do: "lose" };

const viewer = fc.nat(viewers - 1);
const channel = fc.nat(channels.length - 1);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("publish" as const), channel, count: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("connect" as const, "connectPattern" as const), viewer }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut" as const), viewer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("stall" as const, "drain" as const), viewer }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("steps" as const), count: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("trim" as const), channel, share: fc.integer({ min: 0, max: 100 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("restart" as const, "tick" as const, "lose" as const) }) },
);

class World {
  // Small limits, so that paging, tails, turns and stalls all happen within a few dozen events.
  readonly node = new FakeNode({
    replayEvents: 3,
    // About two events, so that some pages are cut short of their number.
    replayBytes: 260,
    replayTurnEvents: 7,
    replayCacheBytes: 1_500,
    tailEvents: 5,
    outboxBytes: 700,
    stallMs: 1e9,
  });
  readonly viewers = Array.from({ length: viewers }, () => new Viewer(this.node));
  #published = 0;
  #epochs = 1;

  do(action: Action): void {
    switch (action.do) {
      case "publish":
        for (let i = 0; i < action.count; i++) this.#publish(name(action.channel));
        break;
      case "connect":
        this.#connect(this.#viewer(action.viewer), false);
        break;
      case "connectPattern":
        this.#connect(this.#viewer(action.viewer), true);
        break;
      case "cut":
        this.#viewer(action.viewer).cut();
        break;
      case "stall":
        this.#viewer(action.viewer).stalled = true;
        break;
      case "drain":
        this.#viewer(action.viewer).stalled = false;
        this.#viewer(action.viewer).drain();
        break;
      case "steps":
        for (let i = 0; i < action.count; i++) this.node.step();
        break;
      case "trim": {
        const kept = this.node.histories.get(name(action.channel))?.events.length ?? 0;
        this.node.trim(name(action.channel), Math.floor((kept * action.share) / 100));
        break;
      }
      case "tick":
        this.node.now += 61_000;
        this.node.hub.tick();
        break;
      case "restart":
        for (const each of this.viewers) each.cut();
        this.node.restart();
        break;
      case "lose":
        for (const each of this.viewers) each.cut();
        this.node.forgetEverything(`e${++this.#epochs}`);
        break;
    }
  }

  /** Heals everything: every viewer connected, nothing stalled, all answers given. */
  heal(): void {
    this.node.run();
    for (const each of this.viewers) {
      each.stalled = false;
      each.drain();
      if (each.session === undefined) this.#connect(each, false);
    }
    this.node.run();
  }

  /** One of each delivery class in turn. */
  #publish(channel: string): void {
    const n = ++this.#published;
    this.node.publish(channel, { n, key: n % 4 }, ["note", "agent_log", "gauge"][n % 3]);
  }

  #connect(viewer: Viewer, pattern: boolean): void {
    viewer.cut();
    viewer.open();
    if (pattern) {
      viewer.subscribe({ channel: "*", since: "earliest", positions: Object.fromEntries(viewer.positions) });
    } else {
      for (const each of channels) viewer.resume(each);
    }
  }

  #viewer(index: number): Viewer {
    const viewer = this.viewers[index];
    if (viewer === undefined) throw new Error("no such viewer");
    return viewer;
  }
}

const name = (index: number): string => channels[index] ?? "";

test("B1 any interleaving: no gap unexplained, no event twice, one order for all", () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 5, maxLength: 120 }), (actions) => {
      const world = new World();
      for (const each of actions) world.do(each);
      world.heal();
      for (const viewer of world.viewers) {
        expect(viewer.faults).toEqual([]);
        for (const each of channels) {
          const history = world.node.histories.get(each);
          const top = history?.events.length ?? 0;
          // A pattern says nothing of channels that do not exist.
          if (top > 0) {
            expect(viewer.positions.get(each), `${each} at its head`).toEqual({ epoch: world.node.epoch, offset: top });
          }
          const now = (viewer.seen.get(each) ?? []).filter(({ epoch }) => epoch === world.node.epoch);
          // Positions are proven by the viewer's faults; here the content is: what it saw at an offset is what was kept.
          for (const { offset, data } of now) expect(history?.events[offset - 1]?.body).toContain(JSON.stringify(data));
          expect(new Set(now.map(({ offset }) => offset)).size).toBe(now.length);
          const missing = top - now.length;
          const explained = viewer.gaps
            .filter((gap) => gap.channel === each && gap.epoch === world.node.epoch && gap.to !== undefined)
            .reduce((sum, gap) => sum + ((gap.to ?? 0) - gap.from + 1), 0);
          // A viewer that came for the first time, or to a new epoch, begins at the oldest kept: only that is unsaid.
          const unsaid = (now[0]?.offset ?? top + 1) - 1;
          expect(missing).toBeLessThanOrEqual(Math.max(explained, 0) + unsaid);
        }
      }
    }),
    { numRuns: 5_000 },
  );
});

test("B4 the snapshot a viewer gets equals the fold of everything, whatever happened before", () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 5, maxLength: 60 }), (actions) => {
      const world = new World();
      for (const each of actions) if (each.do !== "trim") world.do(each);
      world.heal();
      const lines = (world.node.histories.get("process:b")?.events ?? []).length;
      const statuses = 3;
      for (let i = 0; i < statuses; i++)
        world.node.publish("process:b", { stream: "stderr", output: "x" }, "process_output");
      world.node.run();
      let offset: number | undefined;
      let state: unknown;
      world.node.hub.snapshot("process:b", undefined, (answer) => {
        if ("snapshot" in answer) ({ offset, state } = answer.snapshot ?? {});
      });
      world.node.run();
      expect(offset).toBe(lines + statuses);
      expect(state).toMatchObject({ lines: statuses, errorLines: statuses });
    }),
    { numRuns: 300 },
  );
});
