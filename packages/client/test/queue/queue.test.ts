/** The queue of critical messages on a model gateway: docs/offline.md as tests. */
import type { Draft, Position } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { openQueue, type Queue, type QueueEnd, type QueueOptions } from "../../src/queue/queue.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { ModelClient, ModelDisk, ModelStore, quiet } from "./model.ts";

const channel = "session:s";
const note = (n: number, more: Partial<Draft> = {}) => ({ id: `n${n}`, type: "note", channel, data: { n }, ...more });

function machine() {
  const store = new ModelStore();
  const disk = new ModelDisk();
  const clock = fakeClock();
  let programs = 0;
  const open = async (options: Partial<QueueOptions> = {}) => {
    const client = new ModelClient(store);
    const storage = disk.open();
    const ends: Array<[string, QueueEnd["end"]]> = [];
    const onEnd: QueueOptions["onEnd"] = ({ id }, { end }) => ends.push([id, end]);
    const by = `p${++programs}`;
    let ids = 0;
    const deps = { clock, unique: () => `${by}${++ids}` };
    const queue = await openQueue(client, { storage, onEnd, ...options }, deps);
    await quiet();
    const kill = (): void => {
      disk.kill(storage);
      client.dead = true;
    };
    return { queue, client, storage, ends, kill };
  };
  const kept = () => store.events(channel).map(({ data }) => (data as { n: unknown }).n);
  return { store, disk, clock, open, kept };
}

const states = (queue: Queue) => queue.snapshot().messages.map(({ id, state }) => [id, state]);

describe("keeping", () => {
  test("what is published without a link waits, and is sent in its order when there is one", async () => {
    const { open, kept } = machine();
    const { queue, client, ends } = await open();
    client.down();
    for (const n of [1, 2, 3]) await queue.publish(note(n));
    await quiet();
    expect([kept(), states(queue)]).toEqual([
      [],
      [
        ["n1", "waiting"],
        ["n2", "waiting"],
        ["n3", "waiting"],
      ],
    ]);
    client.up();
    await quiet();
    expect([kept(), states(queue)]).toEqual([[1, 2, 3], []]);
    expect(ends).toEqual([
      ["n1", "sent"],
      ["n2", "sent"],
      ["n3", "sent"],
    ]);
  });

  test("a client that nothing else uses is connected", async () => {
    const { open, kept } = machine();
    const { queue, client } = await open();
    client.idle();
    await queue.publish(note(1));
    await quiet();
    expect(kept()).toEqual([1]);
  });

  test("the next program sends what one left that was killed, and after it what it adds itself", async () => {
    const { open, kept } = machine();
    const first = await open();
    first.client.down();
    for (const n of [1, 2]) await first.queue.publish(note(n));
    first.kill();
    const second = await open();
    await second.queue.publish(note(3));
    await quiet();
    expect(kept()).toEqual([1, 2, 3]);
  });

  test("what was sent and had no answer is kept once, also when the gateway has forgotten all keys", async () => {
    const { open, store, kept } = machine();
    const first = await open();
    first.client.cutAfter = 2;
    for (const n of [1, 2, 3]) void first.queue.publish(note(n));
    await quiet();
    first.client.cutAfter = 2;
    first.client.up();
    await quiet();
    first.client.down();
    for (const n of [4, 5]) await first.queue.publish(note(n));
    first.client.cutAfter = 1;
    first.kill();
    store.forgetKeys();
    const second = await open();
    await quiet();
    expect([kept(), states(second.queue)]).toEqual([[1, 2, 3, 4, 5], []]);
  });

  test("a refused one says why and stays; those after it are sent", async () => {
    const { open, kept, store } = machine();
    const { queue, client, ends } = await open();
    client.down();
    await queue.publish(note(1));
    await queue.publish(note(2, { type: "bad" }));
    await queue.publish(note(3));
    client.up();
    await quiet();
    expect(kept()).toEqual([1, 3]);
    expect(queue.snapshot().messages).toMatchObject([
      { id: "n2", state: "refused", problem: { name: "invalid_message" } },
    ]);
    await queue.drop("n2");
    await quiet();
    expect(states(queue)).toEqual([]);
    expect(ends.map(([id, end]) => `${id} ${end}`)).toEqual(["n1 sent", "n2 refused", "n3 sent", "n2 dropped"]);
    expect(store.events(channel).map(({ metadata }) => metadata?.producer?.epoch)).toEqual([1, 2]);
  });

  test("a token that is refused refuses no message", async () => {
    const { open, kept } = machine();
    const { queue, client } = await open();
    client.cutAfter = 0;
    await queue.publish(note(1));
    await quiet();
    client.stop();
    await quiet();
    expect(states(queue)).toEqual([["n1", "sending"]]);
    client.up();
    await quiet();
    expect(kept()).toEqual([1]);
  });

  test("somebody who counts as the same producer cannot make it lose or double anything unsaid", async () => {
    const { open, store, kept } = machine();
    const { queue } = await open();
    await queue.publish(note(1));
    await quiet();
    const { id = "" } = store.events(channel)[0]?.metadata?.producer ?? {};
    store.append({
      id: "x",
      type: "note",
      channel,
      data: { n: "x" },
      metadata: { producer: { id, epoch: 9, seq: 1 } },
    });
    await queue.publish(note(2));
    await quiet();
    expect(queue.snapshot().messages).toMatchObject([{ id: "n2", state: "refused", problem: { name: "fenced" } }]);
    await queue.send("n2");
    await quiet();
    expect(kept()).toEqual([1, "x", 2]);
  });
});

describe("limits", () => {
  test("over the number or the size publish rejects and nothing is kept", async () => {
    const { open, disk } = machine();
    const { queue, client } = await open({ limits: { messages: 2, length: 1_000 } });
    client.down();
    await expect(queue.publish(note(1, { data: "x".repeat(1_000) }))).rejects.toMatchObject({ name: "queue_full" });
    await queue.publish(note(1));
    await queue.publish(note(2));
    await expect(queue.publish(note(3))).rejects.toMatchObject({ name: "queue_full", temporary: true });
    expect(disk.texts.size).toBe(2);
  });

  test("what waited too long is refused, and may be sent all the same", async () => {
    const { open, clock, kept } = machine();
    const { queue, client } = await open({ limits: { ageMs: 60_000 } });
    client.down();
    await queue.publish(note(1));
    await quiet();
    clock.pass(60_000);
    await quiet();
    expect(queue.snapshot().messages).toMatchObject([{ state: "refused", problem: { name: "too_old" } }]);
    client.up();
    await quiet();
    expect(kept()).toEqual([]);
  });

  test("a storage that fails is said, and the queue goes on when it is well", async () => {
    const { open, clock, kept } = machine();
    const { queue, storage } = await open();
    storage.full = true;
    await expect(queue.publish(note(1))).rejects.toThrow("no room");
    expect(queue.snapshot().fault).toBe("no room");
    storage.full = false;
    await queue.publish(note(2));
    await quiet();
    clock.pass(1_000);
    await quiet();
    expect([kept(), queue.snapshot().fault]).toEqual([[2], undefined]);
  });
});

describe("several programs", () => {
  test("one sends; the others add, see and decide", async () => {
    const { open, kept } = machine();
    const [first, second] = [await open(), await open()];
    expect([first.queue.snapshot().sends, second.queue.snapshot().sends]).toEqual([true, false]);
    first.client.down();
    await second.queue.publish(note(1));
    await quiet();
    expect(states(first.queue)).toEqual([["n1", "waiting"]]);
    await first.queue.drop("n1");
    await second.queue.publish(note(2));
    await quiet();
    first.client.up();
    await quiet();
    expect([kept(), states(second.queue)]).toEqual([[2], []]);
  });

  test("another one takes over when it is killed, closed or frozen; what the frozen one hears later changes nothing", async () => {
    const { open, kept } = machine();
    const [first, second, third] = [await open(), await open(), await open()];
    first.client.cutAfter = 1;
    for (const n of [1, 2]) void second.queue.publish(note(n));
    await quiet();
    first.storage.loseLock();
    await quiet();
    expect([kept(), second.queue.snapshot().sends]).toEqual([[1, 2], true]);
    first.client.up();
    await quiet();
    second.queue.close();
    await third.queue.publish(note(3));
    await quiet();
    expect([kept(), third.queue.snapshot().sends]).toEqual([[1, 2, 3], true]);
    third.kill();
    await first.queue.publish(note(4));
    await quiet();
    expect([kept(), states(first.queue), first.queue.snapshot().sends]).toEqual([[1, 2, 3, 4], [], true]);
  });
});

describe("X12 conflicts", () => {
  const at = (offset: number): Position => ({ epoch: "e1", offset });
  const others = (store: ModelStore, ...drafts: Draft[]): void => {
    for (const [n, draft] of drafts.entries()) store.append({ id: `o${n}${draft.type}`, channel, ...draft });
  };

  test("what is in nobody's way is kept where it was expected", async () => {
    const { open, store, kept } = machine();
    others(store, note(0));
    const { queue } = await open();
    await queue.publish(note(1), { expected: at(1) });
    await quiet();
    expect(kept()).toEqual([0, 1]);
  });

  test("the queue's own messages are not in each other's way", async () => {
    const { open, kept } = machine();
    const { queue, client } = await open();
    client.down();
    for (const n of [1, 2, 3]) await queue.publish(note(n), { expected: at(0) });
    client.up();
    await quiet();
    expect(kept()).toEqual([1, 2, 3]);
  });

  test("asked: it waits with what came between, and those after it in its channel with it", async () => {
    const { open, store, kept } = machine();
    const { queue, client, ends } = await open();
    client.down();
    await queue.publish(note(1), { expected: at(0) });
    await queue.publish(note(2));
    await queue.publish({ ...note(3), channel: "session:other" });
    others(store, { type: "note", data: { n: "theirs" } });
    client.up();
    await quiet();
    expect([kept(), store.events("session:other").length]).toEqual([["theirs"], 1]);
    expect(queue.snapshot().messages).toMatchObject([
      { id: "n1", state: "conflict", conflict: { head: at(1), theirs: [{ data: { n: "theirs" } }], more: false } },
      { id: "n2", state: "waiting" },
    ]);
    await queue.send("n1");
    await quiet();
    expect([kept(), states(queue)]).toEqual([["theirs", 1, 2], []]);
    expect(ends.map(([id]) => id)).toEqual(["n3", "n1", "n2"]);
  });

  test("mine was said of what was seen: if more came since, it is asked again; theirs drops it", async () => {
    const { open, store, kept } = machine();
    const { queue, client } = await open();
    others(store, note(0));
    await queue.publish(note(1), { expected: at(0) });
    await quiet();
    client.down();
    others(store, { type: "late", data: { n: "late" } });
    await queue.send("n1");
    client.up();
    await quiet();
    expect(queue.snapshot().messages).toMatchObject([
      { state: "conflict", conflict: { head: at(2), theirs: [{ type: "late" }] } },
    ]);
    await queue.drop("n1");
    await quiet();
    expect([kept(), states(queue)]).toEqual([[0, "late"], []]);
  });

  test("mine by rule is kept whatever came; theirs by rule is refused and says so", async () => {
    const { open, store, kept } = machine();
    const { queue, ends } = await open();
    others(store, note(0));
    await queue.publish(note(1), { expected: at(0), onConflict: "mine" });
    await queue.publish(note(2), { expected: at(0), onConflict: "theirs" });
    await quiet();
    expect(kept()).toEqual([0, 1]);
    expect(queue.snapshot().messages).toMatchObject([{ id: "n2", state: "refused", problem: { name: "head_moved" } }]);
    expect(ends.map(([, end]) => end)).toEqual(["sent", "refused"]);
  });

  test("with `same` only what is about the same thing is in the way", async () => {
    const { open, store, kept } = machine();
    const entry = (id: string, key: string, n: unknown) => ({ id, type: "memory_update", channel, data: { key, n } });
    others(store, entry("o1", "a", 0));
    const { queue } = await open();
    others(store, entry("o2", "b", "b"), note(7));
    await queue.publish(entry("m1", "a", 1), { expected: at(1), same: ["scope", "key"] });
    await quiet();
    expect([kept(), states(queue)]).toEqual([[0, "b", 7, 1], []]);
    await queue.publish(entry("m2", "b", 2), { expected: at(1), same: ["scope", "key"] });
    await quiet();
    expect(queue.snapshot().messages).toMatchObject([
      { id: "m2", state: "conflict", conflict: { theirs: [{ id: "o2" }] } },
    ]);
  });

  test("what cannot be looked through, or is of another epoch, is a conflict", async () => {
    const { open, store } = machine();
    for (let n = 0; n < 1_001; n++) store.append({ id: `o${n}`, type: "note", channel, data: { n } });
    const { queue } = await open();
    await queue.publish(note(1), { expected: at(0), same: ["key"] });
    await queue.publish({ ...note(2), channel: "session:b" }, { expected: { epoch: "old", offset: 5 } });
    await quiet();
    expect(queue.snapshot().messages).toMatchObject([
      { id: "n1", state: "conflict", conflict: { head: at(1_001), more: true } },
      { id: "n2", state: "conflict", conflict: { head: at(0), theirs: [], more: true } },
    ]);
  });

  test("choices outlive the program that took them", async () => {
    const { open, store, kept } = machine();
    const first = await open();
    others(store, note(0));
    await first.queue.publish(note(1), { expected: at(0) });
    await quiet();
    first.storage.loseLock();
    first.kill();
    const second = await open();
    expect(states(second.queue)).toEqual([["n1", "conflict"]]);
    await second.queue.send("n1");
    await quiet();
    expect(kept()).toEqual([0, 1]);
  });
});
