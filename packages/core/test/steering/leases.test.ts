/** §12 through a hub: renewals, ends, stuck agents, fencing, interrupted commands, restarts. */
import type { Draft, LeaseData, PublishResult } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Failure, hasFailed, type Principal } from "../../src/index.ts";
import { admin, FakeNode, somebody } from "../support/fake-node.ts";

const channel = "agent:a";
const coder = somebody("coder", [{ channels: "agent:*", verbs: ["publish"] }], {
  kind: "agent",
  id: "a",
  agentId: "a",
});

function ask(node: FakeNode, more: Partial<LeaseData> = {}, principal: Principal = coder): LeaseData | Failure {
  let answer: LeaseData | Failure = { failed: "internal", message: "no answer" };
  node.hub.steering.leases.ask({ channel, producer: "p", ...more }, { principal }, (one) => {
    answer = one;
  });
  node.run();
  return answer;
}

function epochOf(answer: LeaseData | Failure): number {
  if (hasFailed(answer) || answer.epoch === undefined) throw new Error(JSON.stringify(answer));
  return answer.epoch;
}

function publish(node: FakeNode, draft: Draft, principal = admin): PublishResult | undefined {
  let result: PublishResult | undefined;
  node.hub.publish([draft], { principal }, ([one]) => {
    result = one;
  });
  node.run();
  return result;
}

/** Time passes as in a gateway: a tick each second. */
function pass(node: FakeNode, seconds: number): void {
  for (let i = 0; i < seconds; i++) {
    node.pass(1_000);
    node.hub.tick();
    node.run();
  }
}

const started = (node = new FakeNode()): FakeNode => {
  node.hub.tick();
  node.run();
  return node;
};

let seq = 0;
const by = (epoch: number, type = "agent_log", data: object = {}, id = "p"): Draft => ({
  ...{ type, channel, data: { agentId: "a", ...data } },
  metadata: { producer: { id, epoch, seq: ++seq } },
});

const eventsOf = (node: FakeNode, name = channel): Array<Record<string, unknown>> =>
  (node.histories.get(name)?.events ?? []).map(({ type, body }) => ({ type, ...JSON.parse(body).data }));
const statuses = (node: FakeNode): unknown[] =>
  eventsOf(node)
    .filter(({ type }) => type === "agent_status")
    .map(({ status }) => status);
const said = (node: FakeNode, status: string): number => statuses(node).filter((one) => one === status).length;
const errorOf = (result: PublishResult | undefined) =>
  result !== undefined && "error" in result ? result.error.name : undefined;

describe("§12.1 taking, renewing, ending", () => {
  test("a lease is answered with its epoch, and again with the next", () => {
    const node = started();
    expect(ask(node)).toEqual({ channel, producer: "p", epoch: 1, ttlMs: 15_000, state: "held" });
    expect(ask(node, { ttlMs: 1_000, progressMs: 5_000 })).toMatchObject({ epoch: 2, ttlMs: 1_000, progressMs: 5_000 });
    expect(eventsOf(node)).toMatchObject([
      { type: "lease_held", epoch: 1, by: "agent:a" },
      { type: "lease_held", epoch: 2, previous: { epoch: 1, state: "held" } },
    ]);
  });

  test("it takes publish, and an agent's token only serves for its own", () => {
    const node = started();
    const viewer = somebody("v", [{ channels: "*", verbs: ["subscribe", "history"] }]);
    expect(ask(node, {}, viewer)).toMatchObject({ failed: "forbidden", details: { channel, verb: "publish" } });
    expect(ask(node, { channel: "agent:b" })).toMatchObject({ failed: "forbidden" });
    expect(ask(node, { channel: "no such" }, admin)).toMatchObject({ failed: "invalid_channel" });
    expect(ask(node, { release: true })).toMatchObject({ failed: "invalid_message" });
    expect(node.histories.size).toBe(0);
  });

  test("a producer that went ahead by itself gets an epoch after that", () => {
    const node = started();
    publish(node, by(70));
    expect(ask(node)).toMatchObject({ epoch: 71 });
    expect(errorOf(publish(node, by(70)))).toBe("fenced");
  });

  test("renewals are not kept; with another epoch or after the end they are refused", () => {
    const node = started();
    const epoch = epochOf(ask(node));
    for (let i = 0; i < 5; i++) {
      pass(node, 10);
      expect(ask(node, { epoch })).toMatchObject({ epoch, state: "held" });
    }
    expect(eventsOf(node)).toHaveLength(1);
    expect(ask(node, { producer: "q" })).toMatchObject({ failed: "leased", details: { producer: "p", epoch } });
    expect(ask(node, { producer: "q", takeOver: true })).toMatchObject({ producer: "q", epoch: epoch + 1 });
    expect(ask(node, { epoch })).toMatchObject({ failed: "fenced", details: { producer: "q", epoch: epoch + 1 } });
    expect(ask(node, { producer: "q", epoch: epoch + 1, release: true })).toMatchObject({ state: "released" });
    expect(ask(node, { producer: "q", epoch: epoch + 1 })).toMatchObject({ failed: "wrong_state" });
    pass(node, 60);
    expect(said(node, "lost")).toBe(0);
    expect(node.hub.steering.isBusy).toBe(false);
  });
});

describe("§12.2, §12.3 fencing and losing", () => {
  test("whoever was taken over is fenced before the new one's first event", () => {
    const node = started();
    const epoch = epochOf(ask(node));
    expect(errorOf(publish(node, by(epoch)))).toBeUndefined();
    ask(node, { producer: "q", takeOver: true });
    expect(errorOf(publish(node, by(epoch)))).toBe("fenced");
    expect(errorOf(publish(node, by(epoch + 1, "agent_log", {}, "q")))).toBeUndefined();
  });

  test("it is lost within its time and a tick, once; its return is a new epoch on the same channel", () => {
    const node = started();
    const epoch = epochOf(ask(node));
    publish(node, by(epoch, "agent_status", { status: "running" }));
    pass(node, 14);
    expect(said(node, "lost")).toBe(0);
    expect(node.hub.steering.isBusy).toBe(true);
    pass(node, 2);
    expect(eventsOf(node).at(-1)).toMatchObject({ status: "lost", previousStatus: "running", epoch });
    pass(node, 120);
    expect(said(node, "lost")).toBe(1);
    expect(ask(node, { epoch })).toMatchObject({ failed: "wrong_state", details: { state: "lost" } });
    expect(ask(node)).toMatchObject({ epoch: epoch + 1, state: "held" });
  });

  test("its events renew it, those of older epochs and of others do not", () => {
    const node = started();
    const first = epochOf(ask(node));
    for (let i = 0; i < 4; i++) {
      pass(node, 10);
      publish(node, by(first, "agent_metric"));
    }
    publish(node, { type: "agent_log", channel, data: {} });
    pass(node, 16);
    expect(said(node, "lost")).toBe(1);
  });

  test("after a restart, and after a pause of the gateway, every lease has its whole time again", () => {
    const node = started();
    ask(node);
    pass(node, 14);
    node.restart();
    started(node);
    pass(node, 14);
    expect(said(node, "lost")).toBe(0);
    // Nothing was listened to for an hour.
    node.pass(3_600_000);
    pass(node, 14);
    expect(said(node, "lost")).toBe(0);
    pass(node, 3);
    expect(said(node, "lost")).toBe(1);
  });

  test("when the store fails it is said later, and a renewal until then counts", () => {
    const node = started();
    const epoch = epochOf(ask(node));
    node.broken = { failed: "unavailable", message: "no disk" };
    pass(node, 16);
    node.broken = undefined;
    expect(ask(node, { epoch })).toMatchObject({ state: "held" });
    pass(node, 10);
    expect(said(node, "lost")).toBe(0);
    pass(node, 10);
    expect(said(node, "lost")).toBe(1);
  });
});

describe("§12.4 stuck", () => {
  const working = (): { node: FakeNode; epoch: number } => {
    const node = started();
    const epoch = epochOf(ask(node, { progressMs: 30_000, ttlMs: 3_600_000 }));
    publish(node, by(epoch, "agent_status", { status: "busy" }));
    return { node, epoch };
  };

  test("a running agent that shows nothing is stuck, once, and runs again with its next event", () => {
    const { node, epoch } = working();
    for (let i = 0; i < 8; i++) {
      pass(node, 10);
      publish(node, by(epoch, i % 2 === 0 ? "agent_metric" : "agent_usage"));
    }
    expect(statuses(node)).toEqual(["busy", "stuck"]);
    publish(node, by(epoch));
    expect(statuses(node)).toEqual(["busy", "stuck", "running"]);
    expect(eventsOf(node).at(-1)).toMatchObject({ previousStatus: "stuck" });
    pass(node, 32);
    expect(said(node, "stuck")).toBe(2);
  });

  test("one that waits, or says how it is, is left alone", () => {
    const { node, epoch } = working();
    publish(node, by(epoch, "agent_status", { status: "waiting_approval" }));
    pass(node, 100);
    expect(said(node, "stuck")).toBe(0);
    publish(node, by(epoch, "agent_status", { status: "running" }));
    pass(node, 32);
    expect(said(node, "stuck")).toBe(1);
    publish(node, by(epoch, "agent_status", { status: "paused" }));
    expect(statuses(node).slice(-2)).toEqual(["stuck", "paused"]);
  });

  test("what it says while that is about to be written down makes it untrue: it is not written", () => {
    const { node, epoch } = working();
    pass(node, 29);
    node.pass(2_000);
    // On their way into the store one after the other.
    node.hub.publish([by(epoch, "agent_status", { status: "idle" })], { principal: admin }, () => {});
    node.hub.tick();
    node.run();
    expect(statuses(node)).toEqual(["busy", "idle"]);
    publish(node, by(epoch));
    expect(statuses(node)).toHaveLength(2);
  });

  test("that it is stuck is known after a restart", () => {
    const { node, epoch } = working();
    pass(node, 32);
    node.restart();
    started(node);
    pass(node, 60);
    expect(said(node, "stuck")).toBe(1);
    publish(node, by(epoch));
    expect(statuses(node)).toEqual(["busy", "stuck", "running"]);
  });
});

describe("§10.2, §10.3 commands under a lease", () => {
  const given = (id: string): Draft => ({
    ...{ type: "command_queued", id, channel },
    data: { target: channel, name: "pause" },
  });
  const about = (id: string, type: string, epoch?: number, producer = "p"): Draft => ({
    ...{ type, data: { commandId: id, error: "no" } },
    ...(epoch === undefined ? {} : { metadata: { producer: { id: producer, epoch, seq: ++seq } } }),
  });
  const ends = (node: FakeNode): unknown[] =>
    eventsOf(node)
      .filter(({ type }) => type === "command_failed")
      .map(({ commandId, code }) => [commandId, code]);

  test("only the holder starts them; what it started has failed when its lease ends, however that is", () => {
    for (const end of ["lost", "released", "taken", "again"]) {
      const node = started();
      const epoch = epochOf(ask(node));
      for (const id of ["k1", "k2"]) publish(node, given(id));
      expect(errorOf(publish(node, about("k1", "command_started")))).toBe("fenced");
      expect(errorOf(publish(node, about("k1", "command_started", epoch)))).toBeUndefined();
      if (end === "lost") pass(node, 17);
      if (end === "released") ask(node, { epoch, release: true });
      if (end === "taken") ask(node, { producer: "q", takeOver: true });
      if (end === "again") ask(node);
      node.run();
      expect(ends(node), end).toEqual([["k1", "interrupted"]]);
      if (end !== "taken") continue;
      // What was only queued is the new one's.
      expect(errorOf(publish(node, about("k2", "command_started", epoch)))).toBe("fenced");
      expect(errorOf(publish(node, about("k2", "command_started", epoch + 1, "q")))).toBeUndefined();
    }
  });

  test("who has not noticed that its lease ended begins nothing until it has it again", () => {
    for (const end of ["lost", "released"]) {
      const node = started();
      const epoch = epochOf(ask(node));
      publish(node, given("k1"));
      if (end === "lost") pass(node, 17);
      else ask(node, { epoch, release: true });
      expect(errorOf(publish(node, about("k1", "command_started", epoch))), end).toBe("fenced");
      // Its number was not used.
      seq = 0;
      expect(errorOf(publish(node, about("k1", "command_started", epochOf(ask(node)))))).toBeUndefined();
    }
  });

  test("a gateway that died in between says it after its start; what goes on is left alone", () => {
    const node = started();
    const epoch = epochOf(ask(node));
    publish(node, given("k1"));
    publish(node, about("k1", "command_started", epoch));
    node.restart();
    started(node);
    expect(ends(node)).toEqual([]);
    // The lease ends, and the gateway with it.
    node.hub.steering.leases.ask({ channel, producer: "p", epoch, release: true }, { principal: coder }, () => {});
    while (node.waiting > 0 && eventsOf(node).at(-1)?.type !== "lease_released") node.step();
    expect(ends(node)).toEqual([]);
    node.restart();
    started(node);
    expect(ends(node)).toEqual([["k1", "interrupted"]]);
  });

  test("if the store fails just then it is said later", () => {
    const node = started();
    const epoch = epochOf(ask(node));
    publish(node, given("k1"));
    publish(node, about("k1", "command_started", epoch));
    node.hub.steering.leases.ask({ channel, producer: "p", epoch, release: true }, { principal: coder }, () => {});
    while (eventsOf(node).at(-1)?.type !== "lease_released") node.step();
    node.broken = { failed: "unavailable", message: "no disk" };
    node.run();
    node.broken = undefined;
    expect(ends(node)).toEqual([]);
    pass(node, 10);
    expect(ends(node)).toEqual([["k1", "interrupted"]]);
  });

  test("commands that nobody's lease was behind go on", () => {
    const node = started();
    publish(node, given("k1"));
    expect(errorOf(publish(node, about("k1", "command_started")))).toBeUndefined();
    const epoch = epochOf(ask(node));
    ask(node, { epoch, release: true });
    expect(ends(node)).toEqual([]);
    expect(errorOf(publish(node, about("k1", "command_done")))).toBeUndefined();
  });
});

test("whatever happens, epochs only rise, each lease ends once, and commands with it", () => {
  const happening = fc.oneof(
    fc.record({ what: fc.constant("take" as const), who: fc.constantFrom("p", "q"), takeOver: fc.boolean() }),
    fc.record({ what: fc.constant("renew" as const), who: fc.constantFrom("p", "q"), back: fc.nat(2) }),
    fc.record({ what: fc.constant("release" as const), who: fc.constantFrom("p", "q"), back: fc.nat(2) }),
    fc.record({ what: fc.constant("start" as const), who: fc.constantFrom("p", "q"), back: fc.nat(2) }),
    fc.record({
      what: fc.constantFrom("wait", "restart", "cut", "break", "mend"),
      seconds: fc.integer({ min: 1, max: 30 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(happening, { minLength: 5, maxLength: 40, size: "max" }), (all) => {
      const node = started();
      let newest = 0;
      for (const [index, one] of all.entries()) {
        const { what } = one;
        if ("takeOver" in one) {
          const answer = ask(node, { producer: one.who, takeOver: one.takeOver });
          if (!hasFailed(answer)) newest = answer.epoch ?? 0;
        } else if ("back" in one) {
          const about = { producer: one.who, epoch: Math.max(1, newest - one.back) };
          if (what === "renew") ask(node, about);
          else if (what === "release") ask(node, { ...about, release: true });
          else {
            publish(node, { type: "command_queued", id: `k${index}`, channel, data: { target: channel, name: "go" } });
            const producer = { id: one.who, epoch: about.epoch, seq: ++seq };
            publish(node, { type: "command_started", data: { commandId: `k${index}` }, metadata: { producer } });
          }
        } else if (what === "wait") pass(node, one.seconds);
        else if (what === "break") node.broken = { failed: "unavailable", message: "no disk" };
        else if (what === "mend") node.broken = undefined;
        else {
          // Cut: in the middle of what was just begun.
          if (what === "cut") {
            node.hub.steering.leases.ask({ channel, producer: "p", takeOver: true }, { principal: coder }, () => {});
            for (let steps = one.seconds % 5; steps > 0; steps--) node.step();
          }
          node.restart();
          started(node);
        }
      }
      node.broken = undefined;
      started(node);
      pass(node, 60);
      const events = eventsOf(node);
      const epochs = events.filter(({ type }) => type === "lease_held").map(({ epoch }) => Number(epoch));
      expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
      const ended = events.filter(({ type, status }) => type === "lease_released" || status === "lost");
      expect(new Set(ended.map(({ epoch }) => epoch)).size).toBe(ended.length);
      // Nobody is at work any more, and nothing that was begun under a lease goes on.
      expect(node.kept.get(`lease/${channel}`)?.open ?? false).toBe(false);
      const open = [...node.kept.values()].filter((register) => register.open && register.key.startsWith("command/"));
      expect(open.filter(({ value }) => JSON.parse(value).state.startedEpoch !== undefined)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
