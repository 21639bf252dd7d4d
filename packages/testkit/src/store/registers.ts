import type { Entry, Register, RegisterChange, Store } from "@signalbox/core";
import { limits } from "@signalbox/protocol";
import { expect } from "vitest";
import { entries, entry, readAll, type Trial, until } from "./trial.ts";

const step = (channel: string, id: string, change: Partial<RegisterChange> & { key: string }): Entry =>
  entry(channel, id, { register: { from: 0, value: JSON.stringify({ by: id }), open: true, ...change } });

const keysOf = async (store: Store, prefix: string, open?: true): Promise<string[]> => {
  const keys: string[] = [];
  for (;;) {
    const after = keys.at(-1) ?? "";
    const page: Register[] = await store.registers({
      prefix,
      after,
      limit: 3,
      ...(open === undefined ? {} : { open }),
    });
    if (page.length === 0) return keys;
    keys.push(...page.map(({ key }) => key));
  }
};

export function registerTests(trial: Trial): void {
  trial.test("§9.1 a register changes with its event, once; whoever comes later is told how it stands", async () => {
    const { store, reopen } = await trial.open();
    expect(await store.register("command/a")).toBeUndefined();
    const results = await store.append([
      step("roomy:a", "1", { key: "command/a" }),
      entry("roomy:a", 2),
      step("roomy:a", "3", { key: "command/a" }),
      step("roomy:a", "4", { key: "command/a", from: 2 }),
      step("relaxed:a", "5", { key: "command/b", from: 1 }),
      step("roomy:a", "6", { key: "command/a", from: 1, value: '"six"' }),
    ]);
    const conflict = (version: number, value?: string) => ({
      ok: false,
      code: "conflict",
      details: { version, ...(value === undefined ? {} : { value }) },
    });
    expect(results).toMatchObject([
      { ok: true, offset: 1 },
      { ok: true, offset: 2 },
      conflict(1, '{"by":"1"}'),
      conflict(1, '{"by":"1"}'),
      conflict(0),
      { ok: true, offset: 3 },
    ]);
    const again = (await reopen?.()) ?? store;
    expect(await again.register("command/a")).toEqual({
      ...{ key: "command/a", version: 2, value: '"six"', offset: 3 },
      epoch: store.epoch,
    });
    expect(await again.register("command/b")).toBeUndefined();
    expect((await readAll(again, "roomy:a")).map(({ body }) => JSON.parse(body).id)).toEqual(["1", "2", "6"]);
    // A refused entry begins no channel.
    expect(await again.info("relaxed:a")).toBeUndefined();
  });

  trial.test("§9.1 a register can be deleted, and begins anew", async () => {
    const { store } = await trial.open();
    await store.append([step("roomy:a", "1", { key: "lease/x" })]);
    await store.append([step("roomy:a", "2", { key: "lease/x", from: 1, value: undefined })]);
    expect(await store.register("lease/x")).toBeUndefined();
    expect(await store.append([step("roomy:a", "3", { key: "lease/x", from: 1 })])).toMatchObject([{ ok: false }]);
    expect(await store.append([step("roomy:a", "4", { key: "lease/x" })])).toMatchObject([{ ok: true, offset: 3 }]);
    expect(await keysOf(store, "lease/")).toEqual(["lease/x"]);
  });

  trial.test("§9.1 a repeated or fenced event changes no register", async () => {
    const { store } = await trial.open();
    const first = { ...step("roomy:a", "1", { key: "command/a" }), idempotencyKey: "k" };
    const produced = { ...step("roomy:a", "2", { key: "command/p" }), producer: { id: "p", epoch: 2, seq: 1 } };
    expect(await store.append([first, produced])).toMatchObject([{ ok: true }, { ok: true }]);
    const again = [
      { ...step("roomy:a", "1", { key: "command/a", from: 1, value: '"again"' }), idempotencyKey: "k" },
      { ...step("roomy:a", "2", { key: "command/p", from: 1 }), producer: { id: "p", epoch: 2, seq: 1 } },
      { ...step("roomy:a", "3", { key: "command/p", from: 1 }), producer: { id: "p", epoch: 1, seq: 9 } },
    ];
    expect(await store.append(again)).toMatchObject([{ duplicate: true }, { duplicate: true }, { code: "fenced" }]);
    expect(await store.register("command/a")).toMatchObject({ version: 1, value: '{"by":"1"}' });
    expect(await store.register("command/p")).toMatchObject({ version: 1 });
    // What the register refused took no number of its producer.
    const refused = { ...step("roomy:a", "4", { key: "command/p" }), producer: { id: "p", epoch: 2, seq: 2 } };
    const next = { ...entry("roomy:a", 5), producer: { id: "p", epoch: 2, seq: 2 } };
    expect(await store.append([refused, next])).toMatchObject([{ code: "conflict" }, { ok: true, duplicate: false }]);
  });

  trial.test("§12.2 a fence keeps the older epochs of its producers out from the event it came with on", async () => {
    const { store, reopen } = await trial.open();
    const by = (id: string, epoch: number, seq: number) => ({
      ...entry("roomy:a", `${id}${epoch}.${seq}`),
      producer: { id, epoch, seq },
    });
    const fenced = (id: string, from: number, epoch: number, producers = ["a", "b"]) =>
      step("roomy:a", id, { key: "lease/roomy:a", from, fence: { producers, epoch } });
    expect(await store.append([by("a", 2, 1), by("c", 1, 1)])).toMatchObject([{ ok: true }, { ok: true }]);
    // Where one of them is as far already, nothing is kept.
    const early = await store.append([fenced("l1", 0, 2)]);
    expect(early).toMatchObject([{ ok: false, code: "fenced", details: { epoch: 2 } }]);
    expect(await store.register("lease/roomy:a")).toBeUndefined();
    const inOne = await store.append([fenced("l2", 0, 3), by("a", 2, 2), by("b", 1, 1), by("b", 3, 1), by("c", 1, 2)]);
    expect(inOne).toMatchObject([
      { ok: true, offset: 3 },
      { code: "fenced", details: { epoch: 3 } },
      { code: "fenced", details: { epoch: 3 } },
      { ok: true, offset: 4, duplicate: false },
      { ok: true, offset: 5 },
    ]);
    expect(await store.append([by("b", 3, 1), by("a", 3, 2)])).toMatchObject([
      { duplicate: true, offset: 4 },
      { code: "sequence_gap", details: { expected: 1 } },
    ]);
    // A change that comes too late fences nobody.
    expect(await store.append([fenced("l3", 0, 9), by("b", 3, 2)])).toMatchObject([{ code: "conflict" }, { ok: true }]);
    // Also in a channel that had nothing yet.
    const first = step("roomy:new", "l", { key: "lease/roomy:new", fence: { producers: ["z"], epoch: 4 } });
    const zombie = { ...entry("roomy:new", "z"), producer: { id: "z", epoch: 3, seq: 1 } };
    expect(await store.append([first, zombie])).toMatchObject([{ ok: true }, { code: "fenced" }]);
    const again = (await reopen?.()) ?? store;
    const afterwards = [by("a", 2, 2), by("b", 3, 3), by("a", 3, 1), zombie];
    expect(await again.append(afterwards)).toMatchObject([
      { code: "fenced" },
      { ok: true, offset: 7 },
      { ok: true, offset: 8 },
      { code: "fenced" },
    ]);
  });

  trial.test("§14.1 an event adds to the counts of registers that have any, once", async () => {
    const { store, reopen } = await trial.open();
    const adding = (channel: string, id: string, keys: readonly string[], more: Partial<Entry> = {}): Entry =>
      entry(channel, id, { adds: keys.map((key) => ({ key, amounts: [1, 10] })), ...more });
    const countsOf = async (of: Store, key: string) => (await of.register(key))?.counts;
    await store.append([
      adding("roomy:a", "early", ["budget/a"]),
      step("roomy:a", "1", { key: "budget/a", counts: [0, 0] }),
      step("roomy:a", "2", { key: "budget/plain" }),
      adding("roomy:b", "3", ["budget/a", "budget/plain", "budget/none"], { idempotencyKey: "k" }),
      adding("relaxed:b", "4", ["budget/a"]),
      adding("roomy:b", "5", ["budget/a"], { producer: { id: "p", epoch: 2, seq: 1 } }),
    ]);
    const notKept = await store.append([
      adding("roomy:b", "3", ["budget/a"], { idempotencyKey: "k" }),
      adding("roomy:b", "5", ["budget/a"], { producer: { id: "p", epoch: 2, seq: 1 } }),
      adding("roomy:b", "6", ["budget/a"], { producer: { id: "p", epoch: 1, seq: 9 } }),
      adding("roomy:new", "7", ["budget/a"], { mustExist: true }),
      { ...adding("roomy:a", "8", ["budget/a"]), register: { key: "budget/a", from: 7, value: "{}", open: true } },
    ]);
    expect(notKept.map((one) => (one.ok ? one.duplicate : one.code))).toEqual([
      ...[true, true],
      ...["fenced", "rate_limited", "conflict"],
    ]);
    expect(await countsOf(store, "budget/a")).toEqual([3, 30]);
    expect(await countsOf(store, "budget/plain")).toBeUndefined();
    // Another version keeps them, unless it begins them anew.
    await store.append([step("roomy:a", "9", { key: "budget/a", from: 1 }), adding("roomy:b", "10", ["budget/a"])]);
    const listed = await store.registers({ prefix: "budget/a", after: "", limit: 1 });
    expect(listed).toMatchObject([{ version: 2, counts: [4, 40] }]);
    const again = (await reopen?.()) ?? store;
    expect(await countsOf(again, "budget/a")).toEqual([4, 40]);
    const nearEnd = Number.MAX_SAFE_INTEGER - 4;
    await again.append([
      step("roomy:a", "11", { key: "budget/a", from: 2, counts: [0, nearEnd] }),
      adding("roomy:b", "12", ["budget/a"]),
    ]);
    expect(await countsOf(again, "budget/a")).toEqual([1, Number.MAX_SAFE_INTEGER]);
  });

  trial.test("§9.1 of many at once on one version, one is kept", async () => {
    const { store } = await trial.open();
    const one = (i: number) => store.append([step("roomy:a", `${i}`, { key: "checkpoint/a" })]);
    const results = (await Promise.all(Array.from({ length: 200 }, (_, i) => one(i)))).flat();
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await store.info("roomy:a"))?.top).toBe(1);
    const winner = results.findIndex(({ ok }) => ok);
    expect((await store.register("checkpoint/a"))?.value).toBe(JSON.stringify({ by: `${winner}` }));
  });

  trial.test("registers are listed in the order of their keys, page by page, all or those that are open", async () => {
    const { store, reopen } = await trial.open();
    const keys = Array.from({ length: 10 }, (_, i) => `command/${i}`);
    const change = (key: string, i: number) => step("roomy:a", key, { key, open: i % 2 === 0 });
    await store.append([...keys.map(change), step("roomy:a", "x", { key: "commands/y" })]);
    const look = async (each: Store): Promise<void> => {
      expect(await keysOf(each, "command/")).toEqual(keys);
      expect(await keysOf(each, "command/", true)).toEqual(keys.filter((_, i) => i % 2 === 0));
      expect(await keysOf(each, "command/3")).toEqual(["command/3"]);
      expect(await keysOf(each, "command")).toHaveLength(11);
      expect(await keysOf(each, "nothing/")).toEqual([]);
    };
    await look(store);
    if (reopen !== undefined) await look(await reopen());
  });

  trial.test("a page of registers holds about a mebibyte, but at least one", async () => {
    const { store } = await trial.open();
    const value = JSON.stringify("x".repeat(700_000));
    await store.append(["a", "b"].map((name) => step("roomy:a", name, { key: `command/${name}`, value })));
    expect(await store.registers({ prefix: "command/", after: "", limit: 10 })).toHaveLength(1);
    expect(await keysOf(store, "command/")).toEqual(["command/a", "command/b"]);
  });

  trial.test("a closed register is forgotten a week after its last change, an open one never", async () => {
    const { store, clock } = await trial.open();
    await store.append([
      step("roomy:a", "1", { key: "command/closed", open: false }),
      step("roomy:a", "2", { key: "command/open" }),
    ]);
    clock.advance(limits.steeringKeptMs.default / 2);
    await store.append([step("roomy:a", "3", { key: "command/late", open: false })]);
    clock.advance(limits.steeringKeptMs.default / 2 + 1);
    let more = 4;
    await until(async () => {
      await store.append([step("roomy:a", `${more}`, { key: `lease/${more++}`, open: false })]);
      return (await store.register("command/closed")) === undefined;
    });
    expect(await keysOf(store, "command/")).toEqual(["command/late", "command/open"]);
  });

  trial.test("registers stay when retention removes their events", async () => {
    const { store } = await trial.open();
    await store.append([step("counted:a", "1", { key: "command/a" }), ...entries("counted:a", 2, 100)]);
    await until(async () => ((await store.info("counted:a"))?.floor ?? 0) > 1);
    expect(await store.register("command/a")).toMatchObject({ version: 1, offset: 1 });
  });
}
