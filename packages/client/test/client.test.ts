import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GatewayError } from "../src/errors.ts";
import type { LinkState } from "../src/types.ts";
import { rig, settled } from "./support/model-transport.ts";

const tick = (n: number) => ({ type: "tick", channel: "agent:a", data: { n } });

describe("the link", () => {
  test("a message in no known shape costs the link, not the program", async () => {
    const { client, gateway, transport, clock, rest } = rig();
    const got: number[] = [];
    client.watch("agent:a", { onEvent: ({ offset }) => got.push(offset) });
    await rest();
    for (const type of ["subscription_update", "ack", "error", "connect", "disconnect"]) {
      for (const connection of gateway.connections) connection.queue.push({ id: "x", type, timestamp: 0, data: {} });
      transport.deliver();
      clock.pass(2_000);
      await rest();
    }
    gateway.publish("agent:a", 1);
    await rest();
    expect(client.link.snapshot().state).toBe("live");
    expect(got).toEqual([1]);
  });

  test("is the same object until it changed, and tells its listeners", async () => {
    const { client, transport, clock, rest } = rig();
    const idle = client.link.snapshot();
    expect(client.link.snapshot()).toBe(idle);
    const states: LinkState["state"][] = [];
    const stop = client.link.subscribe(() => states.push(client.link.snapshot().state));
    client.connect();
    await rest();
    clock.pass(100);
    await rest();
    expect(client.link.snapshot()).toMatchObject({ state: "live", transport: "websocket" });
    transport.cut({ code: 1006 });
    await rest();
    expect(states.at(-1)).toBe("waiting");
    stop();
    const { length } = states;
    clock.pass(2_000);
    await rest();
    expect(client.link.snapshot().state).toBe("live");
    expect(states).toHaveLength(length);
  });

  test("connects by itself when first needed, and again after a cut", async () => {
    const { client, transport, clock, rest } = rig();
    await rest();
    expect(transport.dials).toHaveLength(0);
    client.watch("agent:a", {});
    await rest();
    expect(transport.dials).toHaveLength(1);
    transport.cut();
    clock.pass(749);
    await rest();
    expect(transport.dials).toHaveLength(1);
    clock.pass(1);
    await rest();
    expect(transport.dials).toHaveLength(2);
    expect(client.link.snapshot().state).toBe("live");
  });

  test("the page's or network's return ends a wait at once; close ends listening for it", async () => {
    const made = rig();
    made.client.connect();
    await made.rest();
    made.transport.cut();
    made.wake();
    await made.rest();
    expect(made.client.link.snapshot().state).toBe("live");
    made.client.close();
    made.wake();
    await made.rest();
    expect(made.client.link.snapshot().state).toBe("stopped");
    expect(made.transport.isOpen).toBe(false);
    made.client.connect();
    await made.rest();
    made.transport.cut();
    made.wake();
    await made.rest();
    expect(made.client.link.snapshot().state).toBe("live");
  });

  test("after close no timer is left", async () => {
    const { client, clock, rest } = rig();
    client.watch("agent:a", {});
    await rest();
    expect(clock.timers).toBeGreaterThan(0);
    client.close();
    await rest();
    expect(clock.timers).toBe(0);
  });
});

describe("tokens", () => {
  test("a function is asked before each connection", async () => {
    let asked = 0;
    const { client, transport, clock, rest } = rig({ token: async () => `t${++asked}` });
    client.connect();
    await rest();
    transport.cut();
    clock.pass(1_000);
    await rest();
    expect(transport.dials.map(({ token }) => token)).toEqual(["t1", "t2"]);
  });

  test("one that fails is asked again later, and says why", async () => {
    let fails = true;
    const token = (): string => {
      if (fails) throw new Error("login service is down");
      return "t";
    };
    const { client, clock, rest } = rig({ token });
    client.connect();
    await rest();
    expect(client.link.snapshot()).toMatchObject({ state: "waiting", reason: { name: "token_failed" } });
    fails = false;
    clock.pass(20_000);
    await rest();
    expect(client.link.snapshot().state).toBe("live");
  });

  test("a link that is not wanted any more when the token comes is not opened", async () => {
    let give: (token: string) => void = () => {};
    const token = (): Promise<string> => new Promise((resolve) => (give = resolve));
    const { client, transport, rest } = rig({ token });
    client.connect();
    await rest();
    client.close();
    give("late");
    await rest();
    expect(transport.dials).toHaveLength(0);
  });

  test("§8.9 one that ends is replaced on the running link; while that fails it is said, and asked again", async () => {
    const gives = ["t1", undefined, "t2"];
    const token = async (): Promise<string> => {
      const given = gives.shift();
      if (given === undefined) throw new Error("login service is down");
      return given;
    };
    const { client, gateway, transport, clock, rest } = rig({ token });
    client.connect();
    await rest();
    const data = { expiresAt: 30_000, closesAt: 55_000 };
    for (const { queue } of gateway.connections) queue.push({ id: "x", type: "auth_expiring", timestamp: 0, data });
    await rest();
    const help = "Look into the token function: login service is down";
    expect(client.link.snapshot()).toMatchObject({ state: "live", reason: { name: "token_failed", help } });
    clock.pass(5_000);
    await rest();
    expect(client.link.snapshot()).toMatchObject({ state: "live", reason: undefined });
    expect([transport.dials.length, transport.renewed, gives]).toEqual([1, ["t2"], []]);
  });

  test("a fixed one is not sent again: nothing can be done about its end", async () => {
    const { client, gateway, transport, rest } = rig({ token: "t" });
    client.connect();
    await rest();
    const data = { expiresAt: 30_000, closesAt: 55_000 };
    for (const { queue } of gateway.connections) queue.push({ id: "x", type: "auth_expiring", timestamp: 0, data });
    await rest();
    expect([client.link.snapshot().state, transport.renewed]).toEqual(["live", []]);
  });

  test("a refused one is asked for once more, then it stops with the reason", async () => {
    let asked = 0;
    const { client, transport, clock, rest } = rig({ token: () => `t${++asked}` });
    const problem = { name: "unauthenticated", number: 115, message: "", temporary: false, help: "Log in." } as const;
    transport.refusal = { code: 3501, problem };
    const published = client.publish(tick(1));
    await rest();
    clock.pass(60_000);
    await rest();
    expect(asked).toBe(2);
    expect(client.link.snapshot()).toMatchObject({
      state: "stopped",
      reason: { name: "unauthenticated", help: "Log in." },
    });
    await expect(published).rejects.toMatchObject({ name: "unauthenticated" });
  });
});

describe("watching", () => {
  test("tells events one by one, or in the batches they came in", async () => {
    const { client, gateway, rest } = rig();
    const one: number[] = [];
    const many: number[] = [];
    client.watch("agent:a", { onEvent: ({ offset }) => one.push(offset) });
    client.watch("agent:a", { onEvents: (events) => many.push(events.length) });
    await rest();
    for (const n of [1, 2, 3]) gateway.publish("agent:a", n);
    await rest();
    expect([one, many]).toEqual([[1, 2, 3], [3]]);
  });

  test("nothing is told after stop, not even the rest of a batch", async () => {
    const { client, gateway, rest } = rig();
    const got: number[] = [];
    const watch = client.watch("agent:a", {
      onEvent({ offset }) {
        got.push(offset);
        if (offset === 2) watch.stop();
      },
    });
    await rest();
    for (const n of [1, 2, 3]) gateway.publish("agent:a", n);
    await rest();
    expect(got).toEqual([1, 2]);
    expect(watch.channel).toBe("agent:a");
  });

  test("state and positions can be read at any time", async () => {
    const { client, gateway, rest } = rig();
    gateway.publish("agent:a", 1);
    const statuses: string[] = [];
    const watch = client.watch("agent:a", { since: "earliest", onState: ({ status }) => statuses.push(status) });
    expect(watch.state()).toEqual({ status: "offline", position: undefined, head: undefined });
    await rest();
    expect(watch.state()).toEqual({ status: "live", position: { epoch: "e1", offset: 1 }, head: 1 });
    expect(watch.positions()).toEqual({ "agent:a": { epoch: "e1", offset: 1 } });
    expect(statuses).toEqual(["live"]);
  });

  test("gaps and snapshots reach their callbacks", async () => {
    const { client, gateway, rest } = rig();
    gateway.folded.add("agent:a");
    gateway.publish("agent:a", 1);
    const told: unknown[] = [];
    client.watch("agent:a", {
      since: { epoch: "old", offset: 4 },
      snapshot: true,
      onGap: (channel, { reason }) => told.push([channel, reason]),
      onSnapshot: (channel, { state }) => told.push([channel, state]),
    });
    client.watch("agent:b", { snapshot: true, onNoSnapshot: (channel) => told.push([channel, "none"]) });
    gateway.publish("agent:b", 2);
    await rest();
    expect(told).toEqual([
      ["agent:a", "epoch_changed"],
      ["agent:a", [1]],
      ["agent:b", "none"],
    ]);
  });

  describe("a callback that throws", () => {
    const thrown: unknown[] = [];
    const note = (error: unknown): number => thrown.push(error);
    let others: NodeJS.UncaughtExceptionListener[] = [];

    beforeEach(() => {
      others = process.listeners("uncaughtException");
      process.removeAllListeners("uncaughtException");
      process.on("uncaughtException", note);
    });

    afterEach(() => {
      process.off("uncaughtException", note);
      for (const other of others) process.on("uncaughtException", other);
    });

    test("surfaces as uncaught and stops nobody else", async () => {
      const { client, gateway, rest } = rig();
      const got: number[] = [];
      client.watch("agent:a", {
        onEvent: () => {
          throw new Error("mine");
        },
      });
      client.watch("agent:a", { onEvent: ({ offset }) => got.push(offset) });
      await rest();
      gateway.publish("agent:a", 1);
      await rest();
      await new Promise((resolve) => setImmediate(resolve));
      gateway.publish("agent:a", 2);
      await rest();
      await new Promise((resolve) => setImmediate(resolve));
      expect(got).toEqual([1, 2]);
      expect(thrown.map((error) => (error as Error).message)).toEqual(["mine", "mine"]);
    });
  });
});

describe("publishing", () => {
  test("resolves with the position", async () => {
    const { client, rest } = rig();
    const published = client.publish({ ...tick(1), id: "mine" });
    expect(client.link.snapshot().queued).toBe(1);
    await rest();
    expect(await published).toEqual({ id: "mine", channel: "agent:a", epoch: "e1", offset: 1, duplicate: false });
    expect(client.link.snapshot().queued).toBe(0);
  });

  test("several have each their own outcome, in order", async () => {
    const { client, rest } = rig({ queue: { messages: 2, bytes: 10_000 } });
    const all = client.publishAll([tick(1), { ...tick(2), id: "second" }, { ...tick(3), id: "third" }]);
    await rest();
    expect(await all).toEqual([
      expect.objectContaining({ offset: 1 }),
      expect.objectContaining({ id: "second", offset: 2 }),
      { id: "third", error: expect.objectContaining({ name: "queue_full", temporary: true }) },
    ]);
  });

  test("rejects with a GatewayError that says what to do", async () => {
    const { client } = rig({ queue: { messages: 0, bytes: 0 } });
    const error = await client.publish(tick(1)).catch((thrown: GatewayError) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "queue_full", number: 0, temporary: true, status: undefined });
    expect((error as GatewayError).help).not.toBe("");
  });

  test("close rejects what waits", async () => {
    const { client } = rig();
    const published = client.publish(tick(1));
    client.close();
    await expect(published).rejects.toMatchObject({ name: "closed" });
    await settled();
  });
});
