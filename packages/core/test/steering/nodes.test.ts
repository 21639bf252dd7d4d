/** §9.4 nodes over one store: what is due, who is alive, what follows by itself, each seen to once, whichever nodes live. */
import type { Draft, LeaseData, PublishResult } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { type Failure, hasFailed } from "../../src/index.ts";
import { FakeCluster, type Member } from "../support/fake-cluster.ts";
import { admin } from "../support/fake-node.ts";

const channel = "agent:a";

type Answer = LeaseData | Failure;

function lease(cluster: FakeCluster, at: Member, more: Partial<LeaseData> = {}): Answer {
  let answer: Answer = { failed: "internal", message: "no answer" };
  at.node.hub.steering.leases.ask({ channel, producer: "p", ...more }, { principal: admin }, (one) => {
    answer = one;
  });
  cluster.settle();
  return answer;
}

/** Published at once: what others are told of it is on its way. */
function publish(at: Member, ...drafts: Draft[]): PublishResult[] {
  let results: PublishResult[] = [];
  at.node.hub.publish(drafts, { principal: admin }, (all) => {
    results = all;
  });
  at.node.run();
  return results;
}

const errorOf = (result: PublishResult | undefined): string | undefined =>
  result !== undefined && "error" in result ? result.error.name : undefined;

let seq = 0;
const by = (epoch: number, type = "agent_log", data: object = {}, id = "p"): Draft => ({
  ...{ type, channel, data: { agentId: "a", ...data } },
  metadata: { producer: { id, epoch, seq: ++seq } },
});

const eventsOf = ({ store }: FakeCluster, name = channel): Array<Record<string, unknown>> =>
  (store.histories.get(name)?.events ?? []).map(({ type, body }) => ({ type, ...JSON.parse(body).data }));
const statuses = (cluster: FakeCluster): unknown[] =>
  eventsOf(cluster)
    .filter(({ type }) => type === "agent_status")
    .map(({ status }) => status);
const said = (cluster: FakeCluster, status: string): number => statuses(cluster).filter((one) => one === status).length;

/** Mulberry32: the same chances each time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("what is due", () => {
  const open = (cluster: FakeCluster, count: number, dueMs: number): void => {
    for (let i = 0; i < count; i++) {
      const about = { checkpointId: `c${i}`, checkpointData: i, deadline: cluster.now + dueMs };
      const question: Draft = { type: "checkpoint_required", channel: "execution:e", data: about };
      const data = { commandId: `k${i}`, target: channel, name: "pause", ttlMs: dueMs };
      const order: Draft = { type: "command_queued", channel, data };
      publish(cluster.member(i % 3), i % 2 === 0 ? question : order);
    }
  };
  const ends = (cluster: FakeCluster): string[] =>
    [...eventsOf(cluster), ...eventsOf(cluster, "execution:e")]
      .filter(({ type }) => type === "checkpoint_expired" || type === "command_expired")
      .map(({ checkpointId, commandId }) => String(checkpointId ?? commandId));
  const triedToEnd = ({ tried }: FakeCluster): number => tried.filter(({ type }) => type.endsWith("_expired")).length;

  test("each is ended once, by who opened it, at its time", () => {
    const cluster = new FakeCluster(3);
    open(cluster, 200, 10_000);
    cluster.pass(9_000);
    expect(ends(cluster)).toEqual([]);
    cluster.pass(2_100);
    expect(new Set(ends(cluster)).size).toBe(200);
    cluster.pass(30_000);
    expect(ends(cluster)).toHaveLength(200);
    const endedAt = ({ type, at }: { type: string; at: string }): string[] => (type.endsWith("_expired") ? [at] : []);
    const openedAt = ({ type, at }: { type: string; at: string }): string[] =>
      type === "checkpoint_required" || type === "command_queued" ? [at] : [];
    expect(cluster.tried.flatMap(endedAt).sort()).toEqual(cluster.tried.flatMap(openedAt).sort());
    for (const { node } of cluster.members) expect(node.hub.options.tally.refused).toEqual(new Map());
    expect(cluster.members.map(({ node }) => node.hub.steering.isBusy)).toEqual([false, false, false]);
  });

  test("what a node that is gone opened is ended by others, within seconds, each once", () => {
    const cluster = new FakeCluster(3);
    open(cluster, 200, 10_000);
    cluster.pass(5_000);
    cluster.kill(cluster.member(0));
    cluster.pass(10_000);
    expect(new Set(ends(cluster)).size).toBe(200);
    cluster.pass(30_000);
    expect(ends(cluster)).toHaveLength(200);
    expect(triedToEnd(cluster)).toBeLessThan(300);
  });

  test("a node that was cut off ends what became due meanwhile, and forgets what others ended", () => {
    const cluster = new FakeCluster(2);
    open(cluster, 2, 10_000);
    const [first, second] = [cluster.member(0), cluster.member(1)];
    cluster.cut(first);
    cluster.cut(second);
    cluster.pass(20_000);
    expect(ends(cluster)).toEqual([]);
    cluster.heal(second);
    cluster.pass(10_000);
    expect(ends(cluster)).toHaveLength(2);
    expect(first.node.hub.steering.isBusy).toBe(true);
    cluster.heal(first);
    cluster.pass(10_000);
    expect(ends(cluster)).toHaveLength(2);
    expect(first.node.hub.steering.isBusy).toBe(false);
  });
});

describe("steps at several nodes", () => {
  test("nobody is refused by what was so before a step that was taken elsewhere", () => {
    const cluster = new FakeCluster(2);
    const [one, other] = [cluster.member(0), cluster.member(1)];
    const give = (commandId: string, name: string, args: object = {}): Draft => ({
      ...{ type: "command_queued", channel, data: { commandId, target: channel, name, args } },
    });
    const declare = (...names: string[]): Draft => ({
      ...{ type: "agent_commands", channel, data: { agentId: "a", commands: names.map((name) => ({ name })) } },
    });
    const drive = (driver: string, at: Member): PublishResult | undefined =>
      publish(at, { type: "driver_changed", channel, data: { channel, driver, take: true } })[0];
    publish(one, declare("pause"));
    expect(errorOf(publish(other, give("k0", "dance"))[0])).toBe("invalid_message");
    publish(one, declare("pause", "dance", "input"));
    expect(errorOf(publish(other, give("k1", "dance"))[0])).toBeUndefined();
    for (const [index, step] of ["delivered", "started", "progress", "done"].entries()) {
      const [result] = publish(index % 2 === 0 ? one : other, {
        type: `command_${step}`,
        data: { commandId: "k1" },
      });
      expect(errorOf(result)).toBeUndefined();
    }
    drive("user:admin", one);
    expect(errorOf(publish(other, give("k2", "input"))[0])).toBeUndefined();
    drive("user:eve", other);
    expect(errorOf(publish(one, give("k3", "input"))[0])).toBe("not_driving");
    drive("user:admin", one);
    expect(errorOf(publish(other, give("k4", "input"))[0])).toBeUndefined();
  });

  test("who waits at one node is told of what happens at another, and after a cut looks again", () => {
    const cluster = new FakeCluster(2);
    const [one, other] = [cluster.member(0), cluster.member(1)];
    let woken = 0;
    one.node.hub.steering.watch("command/k", () => {
      woken++;
    });
    publish(other, {
      type: "command_queued",
      channel,
      data: { commandId: "k", target: channel, name: "pause" },
    });
    cluster.pass(1_000);
    expect(woken).toBe(1);
    cluster.cut(one);
    publish(other, { type: "command_delivered", data: { commandId: "k" } });
    cluster.pass(1_000);
    expect(woken).toBe(1);
    cluster.heal(one);
    cluster.pass(1_000);
    expect(woken).toBeGreaterThan(1);
  });
});

describe("leases", () => {
  const held = (answer: Answer): number => {
    if (hasFailed(answer) || answer.epoch === undefined) throw new Error(JSON.stringify(answer));
    return answer.epoch;
  };

  test("taken at one node, renewed at another, used at a third: held as long as any of them hears of it", () => {
    const cluster = new FakeCluster(3);
    const epoch = held(lease(cluster, cluster.member(0)));
    publish(cluster.member(0), by(epoch, "agent_status", { status: "running" }));
    for (let i = 0; i < 30; i++) {
      cluster.pass(4_000);
      expect(lease(cluster, cluster.member(i < 15 ? 1 : i % 3), { epoch })).toMatchObject({ epoch, state: "held" });
    }
    for (let i = 0; i < 10; i++) {
      cluster.pass(12_000);
      expect(errorOf(publish(cluster.member(2), by(epoch))[0])).toBeUndefined();
    }
    expect(said(cluster, "lost")).toBe(0);
    cluster.pass(15_000);
    expect(said(cluster, "lost")).toBe(0);
    cluster.pass(4_000);
    expect(said(cluster, "lost")).toBe(1);
    cluster.pass(60_000);
    expect(said(cluster, "lost")).toBe(1);
    expect(cluster.members.map(({ node }) => node.hub.steering.isBusy)).toEqual([false, false, false]);
  });

  test("a renewal is known at once where the lease was not taken, and of an old epoch refused everywhere", () => {
    const cluster = new FakeCluster(3);
    const [one, other, third] = [cluster.member(0), cluster.member(1), cluster.member(2)];
    const ask = (at: Member, more: Partial<LeaseData>): Answer => {
      let answer: Answer = { failed: "internal", message: "no answer" };
      at.node.hub.steering.leases.ask({ channel, producer: "p", ...more }, { principal: admin }, (told) => {
        answer = told;
      });
      at.node.run();
      return answer;
    };
    const first = held(ask(one, {}));
    expect(ask(other, { epoch: first })).toMatchObject({ epoch: first, state: "held" });
    const second = held(ask(third, {}));
    expect(second).toBe(first + 1);
    expect(ask(one, { epoch: second })).toMatchObject({ epoch: second, state: "held" });
    for (const at of [one, other, third]) {
      expect(ask(at, { epoch: first })).toMatchObject({ failed: "fenced" });
      expect(errorOf(publish(at, by(first))[0])).toBe("fenced");
      expect(errorOf(publish(at, by(second))[0])).toBeUndefined();
    }
  });

  test("of two who take it at the same moment each gets an epoch of its own, or learns that it was fenced", () => {
    for (let round = 0; round < 20; round++) {
      const cluster = new FakeCluster(2);
      const answers: Answer[] = [];
      for (const { node } of cluster.members) {
        node.hub.steering.leases.ask({ channel, producer: "p" }, { principal: admin }, (one) => answers.push(one));
      }
      cluster.settle();
      const epochs = answers.flatMap((answer) => (hasFailed(answer) ? [] : [answer.epoch]));
      expect(new Set(epochs).size).toBe(epochs.length);
      expect(epochs).toContain(2);
      for (const answer of answers) if (hasFailed(answer)) expect(answer.failed).toBe("fenced");
    }
  });

  test("whose node dies comes back within its time and is not lost; who does not is, once", () => {
    const cluster = new FakeCluster(3);
    const epoch = held(lease(cluster, cluster.member(0)));
    for (let i = 0; i < 10; i++) {
      cluster.pass(5_000);
      lease(cluster, cluster.member(0), { epoch });
    }
    // Before it could tell of the last renewal.
    cluster.kill(cluster.member(0));
    cluster.pass(14_500);
    expect(lease(cluster, cluster.member(1), { epoch })).toMatchObject({ epoch, state: "held" });
    expect(said(cluster, "lost") + eventsOf(cluster).filter(({ type }) => type === "lease_lost").length).toBe(0);
    cluster.kill(cluster.member(1));
    cluster.pass(40_000);
    expect(said(cluster, "lost")).toBe(1);
  });

  /** Whatever comes first once the link is back: the news that something was missed, or the node's own tick. */
  test.each(Array.from({ length: 200 }, (_, seed) => [seed + 1]))(
    "after a link was down everybody has their whole time again (%i)",
    (seed) => {
      const cluster = new FakeCluster(2, randomOf(seed));
      const [one, other] = [cluster.member(0), cluster.member(1)];
      const epoch = held(lease(cluster, one));
      const renew = (seconds: number): void => {
        for (let i = 0; i < seconds; i += 3) {
          cluster.pass(3_000);
          if (!one.isCut) lease(cluster, one, { epoch });
        }
      };
      renew(12);
      cluster.cut(other);
      renew(120);
      cluster.heal(other);
      renew(60);
      expect(said(cluster, "lost")).toBe(0);
      cluster.cut(one);
      cluster.cut(other);
      cluster.pass(120_000);
      cluster.heal(one);
      cluster.heal(other);
      cluster.pass(10_000);
      expect(lease(cluster, other, { epoch })).toMatchObject({ epoch, state: "held" });
      renew(60);
      expect(said(cluster, "lost")).toBe(0);
    },
  );

  test("a node that does not hear the others, and has not noticed, calls nobody lost", () => {
    const cluster = new FakeCluster(3);
    const [one, other] = [cluster.member(0), cluster.member(1)];
    const epoch = held(lease(cluster, one, { ttlMs: 3_000 }));
    const renew = (seconds: number): void => {
      for (let i = 0; i < seconds; i++) {
        cluster.pass(1_000);
        expect(lease(cluster, one, { epoch })).toMatchObject({ state: "held" });
      }
    };
    renew(10);
    other.isDeaf = true;
    renew(25);
    other.isDeaf = false;
    other.node.hub.missed();
    renew(20);
    expect(eventsOf(cluster)).toHaveLength(1);
  });

  test("stuck is said once, and that it runs again too, by whichever node sees it", () => {
    const cluster = new FakeCluster(3);
    const epoch = held(lease(cluster, cluster.member(0), { progressMs: 30_000, ttlMs: 3_600_000 }));
    publish(cluster.member(0), by(epoch, "agent_status", { status: "busy" }));
    for (let i = 0; i < 12; i++) {
      cluster.pass(25_000);
      publish(cluster.member(i % 3), by(epoch));
    }
    expect(statuses(cluster)).toEqual(["busy"]);
    for (let i = 0; i < 6; i++) {
      cluster.pass(60_000);
      expect(said(cluster, "stuck")).toBe(i + 1);
      publish(cluster.member(i % 3), by(epoch));
      cluster.pass(3_000);
      expect(said(cluster, "running")).toBe(i + 1);
    }
    cluster.kill(cluster.member(2));
    publish(cluster.member(0), by(epoch, "agent_status", { status: "waiting_input" }));
    cluster.pass(120_000);
    expect(statuses(cluster).at(-1)).toBe("waiting_input");
  });
});

describe("what follows by itself", () => {
  const ofCommand = (commandId: string, step: string, epoch: number): Draft =>
    by(epoch, `command_${step}`, { commandId });

  test("a command is cut off once when its lease ends, and never while it is held", () => {
    for (let round = 0; round < 20; round++) {
      const cluster = new FakeCluster(3);
      cluster.slowestMs = 900;
      const at = (index: number): Member => cluster.member((round + index) % 3);
      lease(cluster, at(0));
      for (const commandId of ["k1", "k2"]) {
        const data = { commandId, target: channel, name: "pause" };
        publish(at(1), { type: "command_queued", channel, data });
      }
      publish(at(2), ofCommand("k1", "started", 1));
      // A new life of the same agent: what it begins is its own, also before the others know of it.
      lease(cluster, at(0));
      publish(at(1), ofCommand("k2", "started", 2));
      cluster.pass(8_000);
      const failed = eventsOf(cluster).filter(({ type }) => type === "command_failed");
      expect(failed.map(({ commandId, code }) => [commandId, code])).toEqual([["k1", "interrupted"]]);
      expect(cluster.tried.filter(({ type }) => type === "command_failed").length).toBeLessThan(3);
      expect(errorOf(publish(at(2), ofCommand("k2", "done", 2))[0])).toBeUndefined();
    }
  });

  test("usage counts once wherever it is said; each stage is reached once, each agent told once", () => {
    const cluster = new FakeCluster(3);
    const [one, other, third] = [cluster.member(0), cluster.member(1), cluster.member(2)];
    lease(cluster, one, { ttlMs: 3_600_000 });
    publish(other, { type: "budget_set", channel, data: { scope: channel, limits: { tokens: 100 } } });
    for (let i = 0; i < 13; i++) {
      publish([one, other, third][i % 3] ?? one, by(1, "agent_usage", { inputTokens: 10 }));
      if (i % 4 === 0) cluster.pass(1_000);
    }
    cluster.pass(20_000);
    const types = eventsOf(cluster).map(({ type }) => type);
    for (const stage of ["warned", "paused", "cancelled"]) {
      expect(types.filter((type) => type === `budget_${stage}`)).toHaveLength(1);
    }
    const told = eventsOf(cluster).filter(({ type }) => type === "command_queued");
    expect(told.map(({ name }) => name)).toEqual(["pause", "cancel"]);
    expect(cluster.store.kept.get(`budget/${channel}`)?.counts?.[1]).toBe(130);
    // Not by all nodes at once.
    expect(cluster.tried.filter(({ type }) => type.startsWith("budget_")).length).toBeLessThan(6);
    // A new life under it is told too, once.
    lease(cluster, third, { ttlMs: 3_600_000 });
    cluster.pass(20_000);
    expect(eventsOf(cluster).filter(({ type }) => type === "command_queued")).toHaveLength(3);
  });

  test("what a node that is gone saw of a budget, others see to", () => {
    const cluster = new FakeCluster(2);
    const [one, other] = [cluster.member(0), cluster.member(1)];
    lease(cluster, other, { ttlMs: 3_600_000 });
    publish(other, { type: "budget_set", channel, data: { scope: channel, limits: { tokens: 10 } } });
    cluster.pass(5_000);
    one.node.hub.publish([by(1, "agent_usage", { inputTokens: 10 })], { principal: admin }, () => {});
    one.node.step();
    cluster.kill(one);
    cluster.pass(12_000);
    expect(eventsOf(cluster).map(({ type }) => type)).toEqual(
      expect.arrayContaining(["budget_warned", "budget_paused", "command_queued"]),
    );
  });

  test("who drives and is seen at one node is not gone for the others", () => {
    const cluster = new FakeCluster(2);
    const [one, other] = [cluster.member(0), cluster.member(1)];
    let isThere = true;
    one.node.hub.presence.hasConnected = () => isThere;
    publish(other, { type: "driver_changed", channel, data: { channel } });
    cluster.pass(120_000);
    const left = () => eventsOf(cluster).filter(({ how }) => how === "left").length;
    expect(left()).toBe(0);
    isThere = false;
    cluster.pass(31_000);
    expect(left()).toBe(0);
    cluster.pass(3_000);
    expect(left()).toBe(1);
    cluster.pass(60_000);
    expect(left()).toBe(1);
  });
});
