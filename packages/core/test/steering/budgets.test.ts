/** §14.2 in the hub: who is told what, once, whatever is cut off in between. */
import type { Draft, PublishResult } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasFailed, type Principal } from "../../src/index.ts";
import { digest } from "../support/digest.ts";
import { admin, FakeNode, somebody } from "../support/fake-node.ts";

const coder = somebody("coder", [{ channels: "*", verbs: ["publish"] }]);

function publish(node: FakeNode, principal: Principal, ...drafts: Draft[]): PublishResult[] {
  let answer: PublishResult[] = [];
  node.hub.publish(drafts, { principal }, (results) => {
    answer = results;
  });
  node.run();
  return answer;
}

/** The hub knows what is there: leases, budgets. */
function begin(node: FakeNode): FakeNode {
  node.hub.tick();
  node.run();
  return node;
}

const set = (scope: string, tokens: number, more: object = {}): Draft => ({
  type: "budget_set",
  channel: scope,
  data: { scope, limits: { tokens }, ...more },
});

const use = (agentId: string, tokens: number, more: Partial<Draft> & { sessionId?: string } = {}): Draft => {
  const { sessionId, ...draft } = more;
  const data = { agentId, inputTokens: tokens, ...(sessionId === undefined ? {} : { sessionId }) };
  return { type: "agent_usage", channel: `agent:${agentId}`, data, ...draft };
};

function lease(node: FakeNode, agentId: string, takeOver = true): void {
  const data = { channel: `agent:${agentId}`, producer: agentId, takeOver };
  node.hub.steering.leases.ask(data, { principal: coder }, (answer) => {
    if (hasFailed(answer)) throw new Error(answer.message);
  });
  node.run();
}

interface Event {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

const eventsOf = (node: FakeNode, channel: string): Event[] =>
  (node.histories.get(channel)?.events ?? []).map(({ body }) => JSON.parse(body));
const stagesOf = (node: FakeNode, scope: string): string[] =>
  eventsOf(node, scope).flatMap(({ type }) =>
    type.startsWith("budget_") && type !== "budget_set" ? [type.slice(7)] : [],
  );
const given = (node: FakeNode, agentId: string): unknown[] =>
  eventsOf(node, `agent:${agentId}`).flatMap(({ type, data }) => (type === "command_queued" ? [data.name] : []));
const tokensOf = (node: FakeNode, scope: string): number | undefined => node.kept.get(`budget/${scope}`)?.counts?.[1];

const working = (...agents: string[]): FakeNode => {
  const node = begin(new FakeNode());
  for (const agent of agents) lease(node, agent);
  return node;
};

describe("§14.2 shares that are reached", () => {
  test("warn, then pause each agent of the scope whose lease is held, then cancel", () => {
    const node = working("a", "b");
    publish(node, admin, set("global", 100));
    publish(node, coder, use("c", 79));
    expect(stagesOf(node, "global")).toEqual([]);
    publish(node, coder, use("a", 1));
    expect([stagesOf(node, "global"), given(node, "a")]).toEqual([["warned"], []]);
    publish(node, coder, use("b", 20));
    expect(stagesOf(node, "global")).toEqual(["warned", "paused"]);
    expect([given(node, "a"), given(node, "b"), given(node, "c")]).toEqual([["pause"], ["pause"], []]);
    const paused = eventsOf(node, "global").at(-1)?.data;
    expect(paused).toMatchObject({ used: { tokens: 100 }, limits: { tokens: 100 }, share: 1, given: 2 });
    const ids = ["a", "b"].map((agent) => eventsOf(node, `agent:${agent}`).at(-1)?.data.commandId);
    expect(paused?.commands).toEqual(ids);
    expect(ids.every((id) => String(id).startsWith(`${paused?.group}.`))).toBe(true);
    publish(node, coder, use("c", 20), use("c", 500));
    expect(stagesOf(node, "global")).toEqual(["warned", "paused", "cancelled"]);
    expect(given(node, "a")).toEqual(["pause", "cancel"]);
    expect(eventsOf(node, "global").map(({ data }) => data.setBy ?? "gateway")).toEqual([
      "user:admin",
      ...["gateway", "gateway", "gateway"],
    ]);
  });

  test("all at once come one after the other, also when the limit is set below what was used", () => {
    const node = working("a");
    publish(node, admin, set("agent:a", 1_000));
    publish(node, coder, use("a", 500));
    publish(node, admin, set("agent:a", 10));
    expect(stagesOf(node, "agent:a")).toEqual(["warned", "paused", "cancelled"]);
    expect(given(node, "a")).toEqual(["pause", "cancel"]);
  });

  test("a session's agents are those that say they work for it, and those that it names", () => {
    const node = working("says", "uses", "named", "other", "left");
    publish(node, coder, { type: "agent_status", channel: "agent:says", data: { agentId: "says", sessionId: "s" } });
    publish(node, coder, use("left", 1, { sessionId: "s" }), use("left", 1, { sessionId: "t" }));
    publish(node, coder, { type: "session_started", channel: "session:s", data: { agents: ["named"] } });
    publish(node, admin, set("session:s", 10));
    publish(node, coder, use("uses", 10, { sessionId: "s" }), use("other", 99));
    const told = ["says", "uses", "named", "other", "left"].map((agent) => given(node, agent).length);
    expect(told).toEqual([1, 1, 1, 0, 0]);
    expect(tokensOf(node, "session:s")).toBe(10);
  });

  test("an agent that comes to work later is told too, once for each lease", () => {
    const node = working("a");
    publish(node, admin, set("global", 10), set("session:s", 10));
    publish(node, coder, use("a", 10, { sessionId: "s" }));
    expect(given(node, "a")).toEqual(["pause", "pause"]);
    lease(node, "b");
    expect(given(node, "b")).toEqual(["pause"]);
    publish(node, coder, use("b", 1, { sessionId: "s" }));
    expect(given(node, "b")).toEqual(["pause", "pause"]);
    publish(node, coder, use("b", 1, { sessionId: "s" }));
    expect(given(node, "b")).toEqual(["pause", "pause", "cancel", "cancel"]);
    lease(node, "b");
    expect(given(node, "b").slice(4)).toEqual(["cancel", "cancel"]);
    // Nothing more after a restart.
    node.restart();
    begin(node);
    expect([given(node, "a").length, given(node, "b").length]).toEqual([4, 6]);
    // Enough is there again for the fleet.
    publish(node, admin, set("global", 1_000));
    lease(node, "d");
    expect(given(node, "d")).toEqual([]);
  });

  test("a count that begins anew has its stages again, and other commands", () => {
    const node = working("a");
    for (let round = 1; round <= 2; round++) {
      publish(node, admin, set("agent:a", 10, { reset: true }));
      publish(node, coder, use("a", 10));
      expect(tokensOf(node, "agent:a")).toBe(10);
    }
    expect(stagesOf(node, "agent:a")).toEqual(["warned", "paused", "warned", "paused"]);
    expect(given(node, "a")).toEqual(["pause", "pause"]);
  });

  test("more agents than fit into a frame are all told, and agents that do not know the command are named", () => {
    const agents = Array.from({ length: 230 }, (_, i) => `x${i}`);
    const node = working(...agents);
    const declares = { agentId: "x7", commands: [{ name: "resume" }] };
    publish(node, coder, { type: "agent_commands", channel: "agent:x7", data: declares });
    publish(node, admin, set("global", 10));
    publish(node, coder, use("x0", 10));
    const told = agents.filter((agent) => given(node, agent).length === 1);
    expect(told).toHaveLength(229);
    expect(eventsOf(node, "global").at(-1)?.data).toMatchObject({ given: 229, refused: ["agent:x7"] });
  });

  test("what the store does not take is tried again", () => {
    const node = working("a");
    publish(node, admin, set("agent:a", 10));
    node.hub.publish([use("a", 10)], { principal: coder }, () => {});
    node.step();
    node.broken = { failed: "unavailable", message: "no disk" };
    node.run();
    node.broken = undefined;
    expect(stagesOf(node, "agent:a")).toEqual([]);
    node.pass(5_000);
    node.pass(5_000);
    expect([stagesOf(node, "agent:a"), given(node, "a")]).toEqual([["warned", "paused"], ["pause"]]);
  });

  test("a receipt names all agents, also when the store failed after a part of them; nobody is told twice", () => {
    const agents = Array.from({ length: 150 }, (_, i) => `x${i}`);
    const node = working(...agents);
    publish(node, admin, set("session:s", 10));
    const say = (agentId: string): Draft => ({
      ...{ type: "agent_status", channel: `agent:${agentId}` },
      data: { agentId, sessionId: "s" },
    });
    publish(node, coder, ...agents.map(say));
    node.hub.publish([use("x0", 10, { sessionId: "s" })], { principal: coder }, () => {});
    const told = (): number => agents.filter((agent) => given(node, agent).length === 1).length;
    while (told() === 0) node.step();
    node.broken = { failed: "unavailable", message: "no disk" };
    node.run();
    node.broken = undefined;
    expect([told(), stagesOf(node, "session:s")]).toEqual([100, ["warned"]]);
    node.pass(5_000);
    expect([told(), stagesOf(node, "session:s")]).toEqual([150, ["warned", "paused"]]);
    expect(eventsOf(node, "session:s").at(-1)?.data).toMatchObject({ given: 150 });
  });

  test("nobody else sets a budget or says that it was reached", () => {
    const node = working("a");
    const names = (results: PublishResult[]) => results.map((one) => ("error" in one ? one.error.name : "kept"));
    const operator = somebody("op", [{ channels: "*", verbs: ["publish", "command", "approve", "history"] }]);
    expect(names(publish(node, operator, set("agent:a", 1)))).toEqual(["forbidden"]);
    publish(node, admin, set("agent:a", 1));
    const say = { type: "budget_warned", channel: "agent:a", data: { scope: "agent:a", round: 1 } };
    expect(names(publish(node, operator, say))).toEqual(["forbidden"]);
    expect(names(publish(node, admin, say))).toEqual(["forbidden"]);
  });

  test("a hub with a budget that nothing happens to can be put away", () => {
    const node = begin(new FakeNode());
    publish(node, admin, set("agent:a", 10));
    publish(node, coder, use("a", 1));
    expect(node.hub.steering.isBusy).toBe(false);
  });
});

test("whatever is used, sent twice, set, reset, cut off and restarted: counted once, each stage once, told once", () => {
  const agents = ["a", "b", "c"] as const;
  const scopes = ["global", "session:s", "agent:a"] as const;
  const happening = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        what: fc.constant("use" as const),
        agent: fc.constantFrom(...agents),
        tokens: fc.integer({ min: 1, max: 30 }),
        session: fc.constantFrom("s", "t", undefined),
        again: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        what: fc.constant("set" as const),
        scope: fc.constantFrom(...scopes),
        tokens: fc.integer({ min: 10, max: 120 }),
        reset: fc.boolean(),
        again: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ what: fc.constant("lease" as const), agent: fc.constantFrom(...agents) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constantFrom("steps" as const, "restart" as const, "cut" as const),
        count: fc.nat(12),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(happening, { minLength: 5, maxLength: 40, size: "max" }), (all) => {
      const node = working("a", "b");
      for (const [index, one] of all.entries()) {
        if (one.what === "use") {
          const session = one.session === undefined ? {} : { sessionId: one.session };
          const draft = use(one.agent, one.tokens, { ...session, metadata: { idempotencyKey: `k${index}` } });
          for (const _ of one.again ? [1, 2] : [1]) node.hub.publish([draft], { principal: coder }, () => {});
        } else if (one.what === "set") {
          const draft = { ...set(one.scope, one.tokens, { reset: one.reset }), id: `set${index}` };
          for (const _ of one.again ? [1, 2] : [1]) node.hub.publish([draft], { principal: admin }, () => {});
        } else if (one.what === "lease") {
          const about = { channel: `agent:${one.agent}`, producer: one.agent, takeOver: true };
          node.hub.steering.leases.ask(about, { principal: coder }, () => {});
        } else {
          for (let steps = one.count; steps > 0; steps--) node.step();
          // Cut: kept, and nobody was told.
          if (one.what === "cut") node.stepUnanswered();
          if (one.what !== "steps") {
            node.restart();
            begin(node);
          }
        }
      }
      node.pass(10_000);
      for (const scope of scopes) check(node, scope);
      const events = node.order().length;
      node.restart();
      begin(node).pass(10_000);
      expect(node.order()).toHaveLength(events);
      // No lease got the same command twice.
      for (const agent of agents) {
        const all = eventsOf(node, `agent:${agent}`);
        const leases = all.filter(({ type }) => type === "lease_held").length;
        const commands = all.flatMap(({ type, data }) => (type === "command_queued" ? [data] : []));
        for (const group of new Set(commands.map((command) => command.group))) {
          const ids = commands.filter((command) => command.group === group).map(({ commandId }) => commandId);
          expect([group, ids.length <= leases, new Set(ids).size]).toEqual([group, true, ids.length]);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

/** A budget against its own events, and all usage in the order in which it was kept. */
function check(node: FakeNode, scope: string): void {
  const register = node.kept.get(`budget/${scope}`);
  const sets = eventsOf(node, scope).filter(({ type }) => type === "budget_set");
  if (register === undefined) {
    expect(sets).toEqual([]);
    return;
  }
  let tokens: number | undefined;
  let limit = 0;
  let last = 0;
  const reached = new Set<string>();
  for (const { channel, type, data } of node.order()) {
    if (type === "agent_usage" && tokens !== undefined) {
      const isOf = scope === "global" || scope === channel || scope === `session:${data.sessionId}`;
      if (isOf) tokens += Number(data.inputTokens);
    }
    if (channel !== scope || !type.startsWith("budget_")) continue;
    if (type === "budget_set") {
      if (tokens === undefined || data.reset === true) {
        tokens = 0;
        reached.clear();
      }
      limit = Number(Reflect.get(Object(data.limits), "tokens"));
      // What was counted when it was decided; more may have been kept before it was.
      const seen = Number(Reflect.get(Object(data.used), "tokens"));
      expect(seen).toBeLessThanOrEqual(tokens);
      for (const [stage, share] of shares) if (seen < Math.round(share * limit)) reached.delete(stage);
      last = Number(data.round);
    } else {
      const share = shares.get(type) ?? 0;
      // Not too early, once, and about the setting in force.
      expect(tokens).toBeGreaterThanOrEqual(Math.round(share * limit));
      expect([reached.has(type), data.round]).toEqual([false, last]);
      reached.add(type);
    }
  }
  expect(register.counts?.[1]).toBe(tokens);
  for (const [stage, share] of shares)
    expect([stage, reached.has(stage)]).toEqual([stage, (tokens ?? 0) >= Math.round(share * limit)]);
  // Each agent whose lease is held was told, by the newest stage, in its present epoch.
  const stage = reached.has("budget_cancelled") ? "cancelled" : reached.has("budget_paused") ? "paused" : undefined;
  if (stage === undefined) return;
  const { group } = JSON.parse(register.value).state[stage];
  for (const agent of ["a", "b", "c"]) {
    const channel = `agent:${agent}`;
    const session = eventsOf(node, channel).findLast(({ data }) => data.sessionId !== undefined)?.data.sessionId;
    const isMember = scope === "global" || scope === channel || scope === `session:${session}`;
    const held = eventsOf(node, channel).findLast(({ type }) => type === "lease_held");
    if (!isMember || held === undefined) continue;
    const commandId = `${group}.${digest(`${channel} ${held.data.epoch}`).slice(0, 16)}`;
    expect(eventsOf(node, channel).filter(({ data }) => data.commandId === commandId)).toHaveLength(1);
  }
}

const shares = new Map([
  ["budget_warned", 0.8],
  ["budget_paused", 1],
  ["budget_cancelled", 1.2],
]);
