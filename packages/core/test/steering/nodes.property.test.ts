/**
 * §9.4 as a property: whatever nodes are told late, cut off from and killed amid, one decision per checkpoint; a command begins and
 * ends at most once, and is cut off only from a lease that ended; what is due is ended once; who is heard is not lost, who is not is, once.
 */
import type { Draft, LeaseData } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hasFailed } from "../../src/index.ts";
import { FakeCluster, type Member } from "../support/fake-cluster.ts";
import { admin, somebody } from "../support/fake-node.ts";

const agents = ["agent:a", "agent:b"] as const;
const ttlMs = 6_000;
const progressMs = 2_000;

type Action =
  | { do: "take"; agent: number; at: number }
  | { do: "renew" | "work" | "measure"; agent: number; at: number; older: boolean }
  | { do: "release" | "use"; agent: number; at: number }
  | { do: "order" | "ask"; agent: number; at: number; dueMs: number }
  | { do: "step"; agent: number; at: number; thing: number; step: number }
  | { do: "decide"; at: number; thing: number; by: number }
  | { do: "cut" | "heal" | "kill"; at: number }
  | { do: "pass"; ms: number };

const agent = fc.nat(agents.length - 1);
const at = fc.nat(3);
/** Of the newest. */
const thing = fc.nat(2);
const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("take" as const), agent, at }) },
  {
    weight: 12,
    arbitrary: fc.record({
      ...{ do: fc.constantFrom("renew" as const, "work" as const, "measure" as const), agent, at },
      older: fc.nat(9).map((n) => n === 0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const), agent, at }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("use" as const), agent, at }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: fc.constantFrom("order" as const, "ask" as const), agent, at },
      dueMs: fc.integer({ min: 500, max: 15_000 }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("step" as const),
      agent,
      at,
      thing,
      step: fc.constantFrom(0, 1, 1, 1, 2, 3),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("decide" as const), at, thing, by: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "heal" as const, "heal" as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const), at }) },
  // Long enough to be lost in, and too short for news to arrive.
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(50, 300, 1_500, 1_500, 5_000) }),
  },
);

const steps = ["delivered", "started", "progress", "done"] as const;
const terminal = new Set(["command_done", "command_failed", "command_expired", "command_cancelled"]);
const decided = new Set(["checkpoint_decided", "checkpoint_expired", "checkpoint_withdrawn"]);

class World {
  readonly cluster: FakeCluster;
  /** Epochs that each agent was given, the newest last. */
  readonly #epochs = agents.map((): number[] => []);
  /** When each epoch of an agent was heard last, and was told so; and when that was last when it was overdue already. */
  readonly #heardMs = new Map<string, number>();
  readonly #lateMs = new Map<string, number>();
  /** As the order of what was kept says. */
  readonly #leases = new Map<string, { epoch: number; isHeld: boolean }>();
  readonly #commands = new Map<string, { started: number | undefined; ended: boolean }>();
  readonly #checkpoints = new Set<string>();
  readonly #statuses = new Map<string, string>();
  #checked = 0;
  #seq = 0;

  readonly #stages: string[] = [];
  #used = 0;
  #ordered = 0;
  #asked = 0;

  constructor(count: number, seed: number) {
    this.cluster = new FakeCluster(count, randomFrom(seed));
    const budget: Draft = { type: "budget_set", channel: "global", data: { scope: "global", limits: { tokens: 100 } } };
    this.cluster.member(0).node.hub.publish([budget], { principal: admin }, () => {});
    this.cluster.pass(4_000);
  }

  run(action: Action): void {
    if (action.do === "pass") {
      for (let ms = 0; ms < action.ms; ms += 50) {
        this.cluster.pass(50);
        this.check();
      }
      return;
    }
    const { alive, linked } = this.cluster;
    const here = alive[action.at % alive.length];
    if (here === undefined) return;
    if (action.do === "cut" && !here.isCut) this.cluster.cut(here);
    else if (action.do === "heal" && here.isCut) this.cluster.heal(here);
    else if (action.do === "kill" && linked.some((other) => other !== here)) this.cluster.kill(here);
    else this.#act(action, here);
    this.check();
  }

  #act(action: Action, here: Member): void {
    const { node } = here;
    const publish = (draft: Draft, done: (isKept: boolean) => void = () => {}): void =>
      node.hub.publish([draft], { principal: admin }, ([result]) => done(result !== undefined && !("error" in result)));
    if (action.do === "take") {
      this.#lease(node, action.agent, { ttlMs, progressMs }, (epoch) => this.#epochs[action.agent]?.push(epoch));
    } else if (action.do === "renew" || action.do === "release") {
      const epoch = this.#epochs[action.agent]?.at(action.do === "renew" && action.older ? -2 : -1);
      const release = action.do === "release" ? { release: true } : {};
      if (epoch !== undefined) this.#lease(node, action.agent, { epoch, ...release }, () => {});
    } else if (action.do === "work" || action.do === "measure") {
      const type = action.do === "work" ? "agent_status" : "agent_metric";
      this.#speak(action.agent, action.older, { type, data: { status: "running" } }, (draft, done) => {
        // One that was cut off has to learn of leases again before it hears them.
        publish(draft, (isKept) => done(isKept && !here.isCut && this.cluster.now - here.healedMs > 2_000));
      });
    } else if (action.do === "use") {
      const data = { agentId: agents[action.agent]?.slice("agent:".length), inputTokens: 20 };
      publish({ type: "agent_usage", channel: agents[action.agent] ?? "", data });
    } else if (action.do === "order") {
      const target = agents[action.agent] ?? "";
      const data = { commandId: `k${++this.#ordered}`, target, name: "pause", ttlMs: action.dueMs };
      publish({ type: "command_queued", channel: target, data });
    } else if (action.do === "ask") {
      const about = { checkpointId: `c${++this.#asked}`, checkpointData: 1 };
      const deadline = this.cluster.now + action.dueMs;
      publish({ type: "checkpoint_required", channel: "execution:e", data: { ...about, deadline } });
    } else if (action.do === "step") {
      const commandId = `k${this.#ordered - action.thing}`;
      this.#speak(action.agent, false, { type: `command_${steps[action.step]}`, data: { commandId } }, publish);
    } else if (action.do === "decide") {
      const principal = somebody(`u${action.by}`, [{ channels: "*", verbs: ["admin"] }]);
      const decision = action.by === 0 ? "deny" : "approve";
      const data = { checkpointId: `c${this.#asked - action.thing}`, decision };
      node.hub.publish([{ type: "checkpoint_decided", data }], { principal }, () => {});
    }
    // Some answers come before anything else happens, others after.
    if (node.waiting > 0 && this.#seq % 2 === 0) node.step();
    this.#seq++;
  }

  #speak(
    index: number,
    older: boolean,
    draft: Draft,
    publish: (draft: Draft, done: (isKept: boolean) => void) => void,
  ): void {
    const channel = agents[index] ?? "";
    const epoch = this.#epochs[index]?.at(older ? -2 : -1);
    if (epoch === undefined) return;
    const metadata = { producer: { id: "p", epoch, seq: ++this.#seq } };
    publish({ ...draft, channel, metadata }, (isKept) => {
      if (isKept) this.#hear(channel, epoch);
    });
  }

  #lease(node: Member["node"], index: number, more: Partial<LeaseData>, done: (epoch: number) => void): void {
    const channel = agents[index] ?? "";
    node.hub.steering.leases.ask({ channel, producer: "p", ...more }, { principal: admin }, (answer) => {
      if (hasFailed(answer) || answer.epoch === undefined) return;
      // No two are given the same.
      if (more.epoch === undefined) expect(this.#epochs[index]).not.toContain(answer.epoch);
      this.#hear(channel, answer.epoch);
      done(answer.epoch);
    });
  }

  #hear(channel: string, epoch: number): void {
    const key = `${channel} ${epoch}`;
    const { now } = this.cluster;
    if (now - (this.#heardMs.get(key) ?? now) > ttlMs) this.#lateMs.set(key, now);
    this.#heardMs.set(key, now);
  }

  /** What was kept since the last look. */
  check(): void {
    const { order } = this.cluster.store;
    for (; this.#checked < order.length; this.#checked++) {
      const entry = order[this.#checked];
      if (entry === undefined) continue;
      const { type, channel } = entry;
      const { data, metadata } = JSON.parse(entry.body) as {
        data: Record<string, unknown>;
        metadata?: Draft["metadata"];
      };
      if (type.startsWith("command_")) this.#checkCommand(type, channel, data, metadata?.producer?.epoch);
      else if (decided.has(type)) {
        const id = String(data.checkpointId);
        expect(this.#checkpoints.has(id)).toBe(false);
        this.#checkpoints.add(id);
      } else if (type === "agent_usage") this.#used += 20;
      else if (type.startsWith("budget_")) {
        expect(this.#stages).not.toContain(type);
        this.#stages.push(type);
      } else if (type === "agent_status" || type.startsWith("lease_")) this.#checkLease(type, channel, data);
    }
  }

  #checkCommand(type: string, channel: string, { commandId, code }: Record<string, unknown>, epoch?: number): void {
    if (type === "command_queued") expect(this.#commands.has(String(commandId))).toBe(false);
    const command = this.#commands.get(String(commandId)) ?? { started: undefined, ended: false };
    this.#commands.set(String(commandId), command);
    expect(command.ended).toBe(false);
    const lease = this.#leases.get(channel);
    if (type === "command_started") {
      expect(command.started).toBeUndefined();
      command.started = lease?.isHeld ? (epoch ?? 0) : 0;
      // By who holds the lease, or was fenced.
      if (lease?.isHeld) expect(epoch).toBe(lease.epoch);
    }
    if (code === "interrupted") expect(lease?.isHeld === true && lease.epoch === command.started).toBe(false);
    command.ended = terminal.has(type);
  }

  #checkLease(type: string, channel: string, data: Record<string, unknown>): void {
    const epoch = Number(data.epoch);
    const lease = this.#leases.get(channel) ?? { epoch: 0, isHeld: false };
    this.#leases.set(channel, lease);
    const isLost = type === "lease_lost" || data.status === "lost";
    if (type === "lease_held") {
      expect(epoch).toBeGreaterThan(lease.epoch);
      lease.epoch = epoch;
      lease.isHeld = true;
      this.#heardMs.set(`${channel} ${epoch}`, this.cluster.now);
    } else if (type === "lease_released" || isLost) {
      expect({ epoch, isHeld: true }).toEqual(lease);
      lease.isHeld = false;
      const heardMs = this.#heardMs.get(`${channel} ${epoch}`);
      // The word of it may not have been there yet.
      const isLate = this.cluster.now - (this.#lateMs.get(`${channel} ${epoch}`) ?? 0) <= this.cluster.slowestMs + 50;
      if (isLost && heardMs !== undefined && !isLate) {
        expect(this.cluster.now - heardMs).toBeGreaterThanOrEqual(ttlMs);
      }
    }
    if (type !== "agent_status") return;
    // Nobody says twice that it is stuck, and that it runs again only after that.
    const before = this.#statuses.get(channel);
    if (data.status === "stuck") expect(before).not.toBe("stuck");
    if (data.previousStatus === "stuck" && data.status === "running") expect(before).toBe("stuck");
    this.#statuses.set(channel, String(data.status));
  }

  /** All is well again, and nobody says anything any more. */
  end(): void {
    for (const member of this.cluster.alive) if (member.isCut) this.cluster.heal(member);
    this.run({ do: "pass", ms: 60_000 });
    for (const { isHeld } of this.#leases.values()) expect(isHeld).toBe(false);
    expect(this.cluster.store.kept.get("budget/global")?.counts?.[1]).toBe(this.#used);
    const reached = [80, 100, 120].filter((tokens) => this.#used >= tokens).length;
    expect(this.#stages).toEqual(
      ["budget_set", "budget_warned", "budget_paused", "budget_cancelled"].slice(0, reached + 1),
    );
    for (const [key, { open, value }] of this.cluster.store.kept) {
      // Begun while nobody held a lease: nobody knows how that went.
      const isAdrift = key.startsWith("command/") && !("startedEpoch" in JSON.parse(value).state);
      const isOther = key.startsWith("budget/") || key.startsWith("command/budget.");
      if (open && !isAdrift && !isOther) throw new Error(`${key} is still open: ${value}`);
    }
    const open = [...this.cluster.store.kept].filter(([key, one]) => one.open && key !== "budget/global");
    if (open.length > 0) return;
    for (const { node } of this.cluster.alive) expect(node.hub.steering.isBusy).toBe(false);
  }
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test("§9.4 whatever happens to nodes and to what they are told", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 4 }),
      fc.integer(),
      fc.array(actions, { minLength: 20, maxLength: 90, size: "max" }),
      (count, seed, all) => {
        const world = new World(count, seed);
        for (const action of all) world.run(action);
        world.end();
      },
    ),
    { numRuns: 200 },
  );
}, 120_000);
