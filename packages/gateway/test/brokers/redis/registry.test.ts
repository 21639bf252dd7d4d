/** Who is taken for gone, and by whom: several nodes over one hash, with a clock that the test turns. */
import { StoreAway } from "@signalbox/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Registry } from "../../../src/brokers/redis/registry.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

class Hash {
  readonly fields = new Map<string, string>();
  isAway = false;

  async send([command, , field = "", value = ""]: readonly string[]): Promise<unknown> {
    if (this.isAway) throw new StoreAway("away");
    if (command === "HVALS") return [...this.fields.values()];
    if (command === "HDEL") return this.fields.delete(field) ? 1 : 0;
    const isNew = !this.fields.has(field);
    this.fields.set(field, value);
    return isNew ? 1 : 0;
  }
}

const opened: Node[] = [];
afterEach(() => {
  opened.length = 0;
});

class Node {
  readonly left: string[] = [];
  readonly registry: Registry;
  /** Its own way to Redis is cut, or its process stands still. */
  isCut = false;

  constructor(hash: Hash, name: string) {
    opened.push(this);
    this.registry = new Registry({
      about: { name, version: "1.0.0", startedMs: 1 },
      key: "nodes",
      send: async (words) => {
        if (this.isCut) throw new StoreAway("cut off");
        return hash.send(words);
      },
      goodbye: async () => {
        for (const other of opened) if (other !== this) other.registry.goes(name);
      },
      left: (node) => void this.left.push(node),
    });
  }

  async names(): Promise<string[]> {
    return (await this.registry.nodes()).map((node) => node.name);
  }
}

async function three() {
  const hash = new Hash();
  const [a, b, c] = ["a", "b", "c"].map((name) => new Node(hash, name)) as [Node, Node, Node];
  for (const node of [a, b, c]) await node.registry.start();
  await vi.advanceTimersByTimeAsync(4_000);
  return { hash, a, b, c };
}

test("a node that is silent for 10 s is gone for each of the others, once", async () => {
  const { a, b, c } = await three();
  c.isCut = true;
  await vi.advanceTimersByTimeAsync(9_000);
  expect([a.left, b.left]).toEqual([[], []]);
  expect(await a.names()).toEqual(["a", "b", "c"]);
  await vi.advanceTimersByTimeAsync(6_000);
  expect([a.left, b.left, c.left]).toEqual([["c"], ["c"], []]);
  expect(await a.names()).toEqual(["a", "b"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([a.left, b.left]).toEqual([["c"], ["c"]]);
});

test("one that comes back is told that it was taken for gone, and is there again", async () => {
  const { a, b, c } = await three();
  c.isCut = true;
  await vi.advanceTimersByTimeAsync(20_000);
  c.isCut = false;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(c.left).toEqual(["c"]);
  expect([a.left, b.left]).toEqual([["c"], ["c"]]);
  for (const node of [a, b, c]) expect(await node.names()).toEqual(["a", "b", "c"]);
});

test("whoever did not notice that it was gone hears it by its new life", async () => {
  const { hash, a, b, c } = await three();
  hash.fields.delete("c");
  await c.registry.start();
  await vi.advanceTimersByTimeAsync(4_000);
  expect([a.left, b.left, c.left]).toEqual([["c"], ["c"], ["c"]]);
});

test("while Redis is away nobody is judged", async () => {
  const { hash, a, b, c } = await three();
  hash.isAway = true;
  await vi.advanceTimersByTimeAsync(3_600_000);
  await expect(a.registry.nodes()).rejects.toThrow(StoreAway);
  hash.isAway = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([a.left, b.left, c.left]).toEqual([[], [], []]);
  expect(await a.names()).toEqual(["a", "b", "c"]);
});

test("one that says goodbye is gone at once, and is not told twice", async () => {
  const { a, b, c } = await three();
  await c.registry.close();
  expect([a.left, b.left]).toEqual([["c"], ["c"]]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect([a.left, b.left]).toEqual([["c"], ["c"]]);
});

test("heartbeats of other versions, and what is none, do no harm", async () => {
  const { hash, a } = await three();
  for (const [n, value] of ["", "[]", "null", "{}", '{"name":1}', '{"name":"d","version":"9","more":{}}'].entries()) {
    hash.fields.set(`x${n}`, value);
  }
  expect(await a.names()).toEqual(["a", "b", "c", "d"]);
  expect((await a.registry.nodes()).at(-1)).toMatchObject({ state: "ready", sessions: 0, silentMs: 0 });
});

test("a new state and a new place are told at once, a new load with the next heartbeat", async () => {
  const { a, b } = await three();
  const told = async () => (await b.registry.nodes()).find(({ name }) => name === "a");
  const load = { state: "ready", url: "http://10.0.0.7:7400", sessions: 1, subscriptions: 0, channels: 0 } as const;
  a.registry.describe(load);
  await vi.advanceTimersByTimeAsync(1);
  expect(await told()).toMatchObject(load);
  a.registry.describe({ ...load, sessions: 2 });
  await vi.advanceTimersByTimeAsync(1);
  expect(await told()).toMatchObject({ sessions: 1 });
  a.registry.describe({ ...load, state: "stopping", sessions: 3 });
  await vi.advanceTimersByTimeAsync(1);
  expect(await told()).toMatchObject({ state: "stopping", sessions: 3 });
});
