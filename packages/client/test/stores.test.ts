import type { Publication } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import type { Fold, Readable } from "../src/types.ts";
import { type Rig, rig } from "./support/model-transport.ts";

const nOf = ({ data }: Publication): number => (data as { n: number }).n;

/** As the model gateway folds: all the numbers. */
const list: Fold<readonly number[]> = {
  name: "list",
  version: 1,
  initial: () => [],
  apply: (state, event) => [...state, nOf(event)],
};
/** As its further reducer does. */
const count: Fold<number> = { name: "count", version: 1, initial: () => 0, apply: (state) => state + 1 };
const sum: Fold<number> = { name: "sum", version: 1, initial: () => 0, apply: (state, event) => state + nOf(event) };

/** A gateway that keeps snapshots of agent:a and agent:b, with three events each. */
function folded(): Rig {
  const made = rig();
  for (const channel of ["agent:a", "agent:b"]) {
    made.gateway.folded.add(channel);
    for (const n of [1, 2, 3]) made.gateway.publish(channel, n);
  }
  return made;
}

const listen = (readable: Readable<unknown>): { stop: () => void; count: () => number } => {
  let count = 0;
  const stop = readable.subscribe(() => {
    count++;
  });
  return { stop, count: () => count };
};

describe("D5 a channel's state", () => {
  test("is the snapshot and the events after it, each once", async () => {
    const { client, gateway, transport, rest } = folded();
    const store = client.channel("agent:a", list);
    expect(store.channel).toBe("agent:a");
    expect(store.snapshot()).toEqual({ state: [], status: "offline", position: undefined, gaps: [], error: undefined });
    listen(store);
    await rest();
    expect(store.snapshot()).toMatchObject({ state: [1, 2, 3], status: "live", position: { offset: 3 } });
    gateway.publish("agent:a", 4);
    transport.cut();
    gateway.publish("agent:a", 5);
    await rest();
    expect(store.snapshot()).toMatchObject({ state: [1, 2, 3], status: "offline" });
  });

  test("goes on after a cut without another snapshot", async () => {
    const { client, gateway, transport, clock, rest } = folded();
    const store = client.channel("agent:a", list);
    listen(store);
    await rest();
    transport.cut();
    gateway.publish("agent:a", 4);
    clock.pass(1_000);
    await rest();
    expect(store.snapshot()).toMatchObject({ state: [1, 2, 3, 4], status: "live" });
  });

  test("is the same object until it changed", async () => {
    const { client, gateway, rest } = folded();
    const store = client.channel("agent:a", list);
    expect(store.snapshot()).toBe(store.snapshot());
    listen(store);
    await rest();
    const before = store.snapshot();
    expect(store.snapshot()).toBe(before);
    gateway.publish("agent:b", 4);
    await rest();
    expect(store.snapshot()).toBe(before);
    gateway.publish("agent:a", 4);
    await rest();
    expect(store.snapshot()).not.toBe(before);
    expect(before.state).toEqual([1, 2, 3]);
  });

  test("is folded from the first event where the gateway's snapshot is of another fold", async () => {
    const { client, rest } = folded();
    const store = client.channel("agent:a", sum);
    listen(store);
    await rest();
    expect(store.snapshot()).toMatchObject({ state: 6, status: "live" });
  });

  test("§4.6 by a further reducer is asked for by its name, whoever else folds the same channel", async () => {
    const { client, gateway, transport, clock, rest } = folded();
    gateway.trim("agent:a", 2);
    const stores = [client.channel("agent:a", count), client.channel("agent:a", list), client.channel("agent:a", sum)];
    for (const store of stores) listen(store);
    await rest();
    // What was trimmed is in the snapshots, and not in what is folded here.
    expect(stores.map((store) => store.snapshot())).toMatchObject([{ state: 3 }, { state: [3] }, { state: 3 }]);
    gateway.publish("agent:a", 4);
    transport.cut();
    clock.pass(1_000);
    await rest();
    expect(stores.map((store) => store.snapshot())).toMatchObject([{ state: 4 }, { state: [3, 4] }, { state: 7 }]);
    const live = { status: "live", position: { offset: 4 } };
    expect(stores.map((store) => store.snapshot())).toMatchObject([live, live, live]);
  });

  test("§4.6 a gap heals each by its own snapshot", async () => {
    const { client, gateway, transport, clock, rest } = folded();
    const stores = [client.channel("agent:a", list), client.channel("agent:a", count)];
    for (const store of stores) listen(store);
    await rest();
    transport.cut();
    for (const n of [4, 5, 6]) gateway.publish("agent:a", n);
    gateway.trim("agent:a", 5);
    clock.pass(1_000);
    await rest();
    expect(stores.map((store) => store.snapshot())).toMatchObject([{ state: [6] }, { state: 6 }]);
    for (const store of stores) expect(store.snapshot().gaps).toMatchObject([{ reason: "trimmed", from: 4, to: 5 }]);
  });

  test("§4.6 states of a pattern by a further reducer, beside those of the main one", async () => {
    const { client, gateway, rest } = folded();
    const stores = [client.pattern("agent:*", list), client.pattern("agent:*", count)];
    for (const store of stores) listen(store);
    await rest();
    gateway.publish("agent:a", 4);
    gateway.publish("agent:c", 9);
    await rest();
    expect(stores.map((store) => [...store.snapshot().channels.values()])).toEqual([
      [[1, 2, 3, 4], [1, 2, 3], [9]],
      [4, 3, 1],
    ]);
    expect(stores.map((store) => store.snapshot().status)).toEqual(["live", "live"]);
  });

  test("and where the gateway has none", async () => {
    const { client, gateway, rest } = rig();
    for (const n of [1, 2, 3]) gateway.publish("agent:x", n);
    const store = client.channel("agent:x", list);
    listen(store);
    await rest();
    gateway.publish("agent:x", 4);
    await rest();
    expect(store.snapshot()).toMatchObject({ state: [1, 2, 3, 4], status: "live" });
  });

  test("a gap is listed, and the snapshot that comes with it heals the state", async () => {
    const { client, gateway, transport, clock, rest } = folded();
    const store = client.channel("agent:a", list);
    listen(store);
    await rest();
    transport.cut();
    for (const n of [4, 5, 6]) gateway.publish("agent:a", n);
    gateway.trim("agent:a", 5);
    clock.pass(1_000);
    await rest();
    expect(store.snapshot()).toMatchObject({ gaps: [{ reason: "trimmed", from: 4, to: 5 }], state: [6] });
  });

  test("another history replaces it", async () => {
    const { client, gateway, rest } = rig();
    gateway.publish("agent:x", 1);
    const store = client.channel("agent:x", list);
    listen(store);
    await rest();
    gateway.renew("agent:x");
    gateway.publish("agent:x", 2);
    await rest();
    expect(store.snapshot()).toMatchObject({ state: [2], gaps: [{ reason: "epoch_changed" }] });
  });

  test("says when it is refused", async () => {
    const { client, gateway, rest } = rig();
    const error = { name: "forbidden", number: 112, message: "no", temporary: false, help: "" } as const;
    const connect = gateway.connect.bind(gateway);
    gateway.connect = () => {
      const connection = connect();
      const receive = connection.receive.bind(connection);
      connection.receive = (text) => {
        const { id, type } = JSON.parse(text) as { id: string; type: string };
        if (type !== "subscribe") receive(text);
        else
          connection.queue.push({ id: "e", type: "error", timestamp: 0, metadata: { correlationId: id }, data: error });
      };
      return connection;
    };
    const store = client.channel("agent:a", list);
    listen(store);
    await rest();
    expect(store.snapshot()).toMatchObject({ status: "refused", error });
  });
});

describe("sharing and lasting", () => {
  test("the same channel and fold give the same store", () => {
    const { client } = rig();
    expect(client.channel("agent:a", list)).toBe(client.channel("agent:a", { ...list }));
    expect(client.channel("agent:a", list)).not.toBe(client.channel("agent:a", sum));
    expect(client.channel("agent:a", list)).not.toBe(client.channel("agent:b", list));
    expect(client.pattern("agent:*", list)).toBe(client.pattern("agent:*", list));
  });

  test("nothing is connected for a store that nobody listens to", async () => {
    const { client, transport, rest } = folded();
    client.channel("agent:a", list).snapshot();
    await rest();
    expect(transport.dials).toEqual([]);
  });

  test("it stays subscribed while anybody listens, and a second longer", async () => {
    const { client, gateway, clock, rest } = folded();
    const store = client.channel("agent:a", list);
    const [one, two] = [listen(store), listen(store)];
    await rest();
    one.stop();
    one.stop();
    clock.pass(5_000);
    gateway.publish("agent:a", 4);
    await rest();
    expect(store.snapshot().state).toEqual([1, 2, 3, 4]);
    two.stop();
    clock.pass(999);
    gateway.publish("agent:a", 5);
    await rest();
    expect(store.snapshot().state).toEqual([1, 2, 3, 4, 5]);
    clock.pass(1);
    await rest();
    gateway.publish("agent:a", 6);
    await rest();
    expect(store.snapshot()).toMatchObject({ state: [1, 2, 3, 4, 5], status: "offline" });
  });

  test("a view that comes back within that second changes nothing", async () => {
    const { client, gateway, clock, rest } = folded();
    const store = client.channel("agent:a", list);
    const first = listen(store);
    await rest();
    const before = store.snapshot();
    first.stop();
    clock.pass(500);
    listen(client.channel("agent:a", list));
    clock.pass(5_000);
    await rest();
    expect(store.snapshot()).toBe(before);
    gateway.publish("agent:a", 4);
    await rest();
    expect(store.snapshot().state).toEqual([1, 2, 3, 4]);
  });

  test("one that comes back later begins anew", async () => {
    const { client, gateway, clock, rest } = folded();
    const store = client.channel("agent:a", list);
    const first = listen(store);
    await rest();
    first.stop();
    clock.pass(1_000);
    gateway.publish("agent:a", 4);
    expect(client.channel("agent:a", list)).not.toBe(store);
    listen(store);
    await rest();
    expect(store.snapshot()).toMatchObject({ state: [1, 2, 3, 4], status: "live" });
  });
});

describe("notifications", () => {
  test("a burst is told once", async () => {
    const { client, gateway, clock, transport, rest } = folded();
    const store = client.channel("agent:a", list);
    const { count } = listen(store);
    await rest();
    clock.pass(100);
    const before = count();
    for (let n = 0; n < 50; n++) gateway.publish("agent:a", n);
    transport.deliver();
    expect(count()).toBe(before);
    await rest();
    expect(count()).toBe(before + 1);
  });

  test("bursts in a row are told once a frame, the last one surely", async () => {
    const { client, gateway, clock, rest } = folded();
    const store = client.channel("agent:a", list);
    const { count } = listen(store);
    await rest();
    clock.pass(100);
    const before = count();
    for (let n = 0; n < 50; n++) {
      gateway.publish("agent:a", n);
      await rest();
    }
    expect(count()).toBe(before + 1);
    clock.pass(16);
    expect(count()).toBe(before + 2);
    expect(store.snapshot().state).toHaveLength(53);
    clock.pass(100);
    expect(count()).toBe(before + 2);
  });

  test("a listener that was removed is not called any more", async () => {
    const { client, gateway, rest } = folded();
    const store = client.channel("agent:a", list);
    const { stop, count } = listen(store);
    listen(store);
    await rest();
    const before = count();
    stop();
    gateway.publish("agent:a", 4);
    await rest();
    expect(count()).toBe(before);
  });
});

describe("§4.7 a pattern's states", () => {
  test("one for each channel, now and to come", async () => {
    const { client, gateway, rest } = folded();
    const store = client.pattern("agent:*", list);
    listen(store);
    await rest();
    gateway.publish("agent:b", 4);
    gateway.publish("agent:c", 9);
    await rest();
    const { channels, status, truncated, error } = store.snapshot();
    expect(Object.fromEntries(channels)).toEqual({ "agent:a": [1, 2, 3], "agent:b": [1, 2, 3, 4], "agent:c": [9] });
    expect({ status, truncated, error }).toEqual({ status: "live", truncated: false, error: undefined });
  });

  test("is folded from the first events where the gateway has no snapshots", async () => {
    const { client, rest } = folded();
    const store = client.pattern("agent:*", sum);
    listen(store);
    await rest();
    expect(Object.fromEntries(store.snapshot().channels)).toEqual({ "agent:a": 6, "agent:b": 6 });
  });

  test("goes on after a cut", async () => {
    const { client, gateway, transport, clock, rest } = folded();
    const store = client.pattern("agent:*", list);
    listen(store);
    await rest();
    transport.cut();
    gateway.publish("agent:a", 4);
    gateway.publish("agent:new", 5);
    clock.pass(1_000);
    await rest();
    expect(Object.fromEntries(store.snapshot().channels)).toMatchObject({ "agent:a": [1, 2, 3, 4], "agent:new": [5] });
  });

  test("lives beside a store and a watch of one of its channels", async () => {
    const { client, gateway, rest } = folded();
    const all = client.pattern("agent:*", list);
    const one = client.channel("agent:a", list);
    const last: number[] = [];
    listen(all);
    await rest();
    listen(one);
    client.watch("agent:a", { since: { last: 2 }, onEvent: (event) => last.push(nOf(event)) });
    await rest();
    gateway.publish("agent:a", 4);
    await rest();
    expect(all.snapshot().channels.get("agent:a")).toEqual([1, 2, 3, 4]);
    expect(one.snapshot().state).toEqual([1, 2, 3, 4]);
    expect(last).toEqual([2, 3, 4]);
  });
});
