/**
 * §4.13 as a property: whatever is published, stalled, drained, left, asked again, granted or restarted, in whatever
 * order the store's answers arrive, a watcher ends with the fold of all events of each channel it may see, and no other.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileHiding, type Principal } from "../../src/index.ts";
import { agentReducer, processReducer } from "../../src/reducers/index.ts";
import { admin, FakeNode, somebody } from "../support/fake-node.ts";
import { OverviewClient } from "../support/overview.ts";

const channels = ["agent:a1", "agent:a2", "agent:b1", "process:p1", "process:p2", "user:x"] as const;
const hiding = compileHiding([{ fields: ["message", "output"], unless: ["trusted"] }]);

const verbs = ["subscribe", "history"] as const;
const who: readonly Principal[] = [
  admin,
  somebody("half", [
    { channels: "agent:a*", verbs },
    { channels: "process:p2", verbs },
  ]),
  somebody("trusted", [{ channels: "*", verbs }], { roles: ["trusted"] }),
];
const names = ["*", "agent:*", "agent:a*", "process:*", "agent:b1"] as const;

type Action =
  | { do: "publish"; channel: number; kind: number; count: number }
  | { do: "ask"; client: number; name: number; maxHz: number; patches: boolean }
  | { do: "leave"; client: number; name: number }
  | { do: "stall" | "drain" | "cut"; client: number }
  | { do: "token"; client: number; principal: number }
  | { do: "steps" | "pass"; count: number }
  | { do: "tick" };

const client = fc.nat(3);
const name = fc.nat(names.length - 1);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      channel: fc.nat(channels.length - 1),
      kind: fc.nat(2),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      client,
      name,
      maxHz: fc.constantFrom(20, 4, 1),
      patches: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), client, name }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("stall" as const, "drain" as const, "cut" as const), client }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("token" as const), client, principal: fc.nat(who.length - 1) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom("steps" as const, "pass" as const),
      count: fc.integer({ min: 1, max: 300 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("tick" as const) }) },
);

class World {
  readonly node = new FakeNode(
    { outboxBytes: 600, replayTurnEvents: 5, replayEvents: 3, stallMs: 1e9, patternChannels: 100 },
    { hiding },
  );
  readonly clients: OverviewClient[] = [];
  readonly principals: Principal[] = [];
  #n = 0;

  constructor() {
    for (const [index, principal] of who.entries()) this.node.tokens.set(`t${index}`, { ...principal, key: "same" });
    for (let index = 0; index < 4; index++) this.#connect(index, who[index % who.length] ?? admin);
  }

  do(action: Action): void {
    switch (action.do) {
      case "publish":
        for (let i = 0; i < action.count; i++) this.#publish(channels[action.channel] ?? "", action.kind);
        break;
      case "ask": {
        const wanted = names[action.name] ?? "*";
        this.#at(action.client).ask(wanted, { maxHz: action.maxHz, patches: action.patches });
        break;
      }
      case "leave": {
        const left = names[action.name] ?? "*";
        this.#at(action.client).leave(left);
        break;
      }
      case "stall":
        this.#at(action.client).stalled = true;
        break;
      case "drain":
        this.#at(action.client).drain();
        break;
      case "cut":
        this.#at(action.client).session?.closed();
        this.#connect(action.client, this.principals[action.client] ?? admin);
        break;
      case "token":
        this.#at(action.client).token(`t${action.principal}`);
        this.principals[action.client] = who[action.principal] ?? admin;
        // Names that it cannot have any more end; the rest goes on.
        break;
      case "steps":
        for (let i = 0; i < action.count; i++) this.node.step();
        break;
      case "pass":
        this.node.pass(action.count);
        break;
      case "tick":
        this.node.hub.tick();
    }
  }

  /** Everything comes to rest, and everybody has read. */
  settle(): void {
    for (let round = 0; round < 30; round++) {
      for (const one of this.clients) one.drain();
      this.node.pass(1_000);
    }
  }

  check(): void {
    for (const [index, one] of this.clients.entries()) {
      expect(one.faults).toEqual([]);
      const { rights, view } = { rights: one.session?.rights, view: one.session?.view };
      // Patterns overlap: the client keeps one state per channel and name.
      const may = (channel: string): boolean =>
        rights?.may("subscribe", channel) === true && rights.may("history", channel);
      expect(one.session?.settled).toBe(true);
      for (const wanted of one.running()) {
        for (const channel of channels) {
          const fits = wanted.endsWith("*") ? channel.startsWith(wanted.slice(0, -1)) : channel === wanted;
          if (!fits) continue;
          const expected = may(channel) ? this.#fold(channel) : undefined;
          const shown = expected === undefined || view === undefined ? expected : view.state(expected);
          const got = one.stateOf(channel, wanted);
          expect([channel, wanted, index, got]).toEqual([
            channel,
            wanted,
            index,
            shown && JSON.parse(JSON.stringify(shown)),
          ]);
        }
      }
    }
  }

  #at(index: number): OverviewClient {
    const one = this.clients[index];
    if (one === undefined) throw new Error("no such client");
    return one;
  }

  #connect(index: number, principal: Principal): void {
    this.principals[index] = principal;
    this.clients[index] = new OverviewClient(this.node, { ...principal, key: "same" });
  }

  #publish(channel: string, kind: number): void {
    const n = ++this.#n;
    if (channel.startsWith("agent:")) {
      if (kind === 0)
        this.node.publish(
          channel,
          { status: n % 5 === 0 ? "idle" : "busy", currentTask: { id: `t${n % 3}`, progress: n } },
          "agent_status",
        );
      else if (kind === 1) this.node.publish(channel, { level: "info", message: `m${n}` }, "agent_log");
      else this.node.publish(channel, { n }, "note");
    } else if (kind === 0) this.node.publish(channel, { output: `line ${n}`, stream: "stdout" }, "process_output");
    else if (kind === 1) this.node.publish(channel, { cpuPercent: n }, "process_metric");
    else this.node.publish(channel, { name: `p${n}`, args: ["a", `${n}`] }, "process_started");
  }

  #fold(channel: string): unknown {
    const reducer = { agent: agentReducer, process: processReducer }[channel.split(":")[0] ?? ""];
    const events = this.node.histories.get(channel)?.events;
    if (reducer === undefined || events === undefined) return undefined;
    let state: unknown = reducer.initial(channel);
    for (const { body } of events)
      state = (reducer.apply as (state: unknown, event: unknown) => unknown)(state, JSON.parse(body));
    return state;
  }
}

test("W4 whatever happens: every watcher ends with the fold of all events of each channel it may see", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 100, size: "max" }), (actions) => {
      const world = new World();
      for (const one of actions) world.do(one);
      world.settle();
      world.check();
    }),
    { numRuns: 1_000 },
  );
});
