import type { Appended, Entry, Store } from "@signalbox/core";
import { limits } from "@signalbox/protocol";
import { expect } from "vitest";
import { duplicatesOf, entries, entry, offsetsOf, readAll, type Trial, until } from "./trial.ts";

const keyed = (id: string | number, idempotencyKey: string, channel = "roomy:a"): Entry =>
  entry(channel, id, { idempotencyKey });

const produced = (seq: number, epoch = 1, id = "p", channel = "roomy:a"): Entry =>
  entry(channel, `${id}-${epoch}-${seq}`, { producer: { id, epoch, seq } });

const one = async (store: Store, what: Entry): Promise<Appended | undefined> => (await store.append([what]))[0];

export function dedupeTests(trial: Trial): void {
  trial.test("§5.3 the same idempotency key keeps one event, and answers with its offset", async () => {
    const { store, reopen } = await trial.open();
    await store.append([entry("roomy:a", 0), keyed(1, "k")]);
    const duplicate = { ok: true, epoch: store.epoch, offset: 2, duplicate: true };
    expect(await one(store, keyed(2, "k"))).toEqual(duplicate);
    expect(await one(store, keyed(3, "k", "roomy:b"))).toMatchObject({ offset: 1, duplicate: false });
    expect(await readAll(store, "roomy:a")).toHaveLength(2);
    if (reopen !== undefined) expect(await one(await reopen(), keyed(4, "k"))).toEqual(duplicate);
  });

  trial.test("§5.3 a key repeated within a batch, or while the first is on its way, keeps one event", async () => {
    const { store } = await trial.open();
    const results = await Promise.all([
      store.append([keyed(1, "k"), keyed(2, "k"), keyed(3, "l")]),
      store.append([keyed(4, "k")]),
      store.append([keyed(5, "l")]),
    ]);
    expect(offsetsOf(results.flat())).toEqual([1, 1, 2, 1, 2]);
    expect(duplicatesOf(results.flat())).toEqual([false, true, false, true, true]);
  });

  trial.test("§5.3 a key counts for five minutes", async () => {
    const { store, clock } = await trial.open();
    await store.append([keyed(1, "k")]);
    clock.advance(limits.idempotencyMs.default - 1);
    expect(await one(store, keyed(2, "k"))).toMatchObject({ offset: 1, duplicate: true });
    clock.advance(1);
    expect(await one(store, keyed(3, "k"))).toMatchObject({ offset: 2, duplicate: false });
    expect(await one(store, keyed(4, "k"))).toMatchObject({ offset: 2, duplicate: true });
  });

  trial.test("§5.3 a channel remembers 10,000 keys: the oldest are forgotten first", async () => {
    const { store, reopen } = await trial.open();
    const most = limits.idempotencyKeys.default;
    const all = Array.from({ length: most + 1 }, (_, i) => keyed(i, `k${i}`));
    for (let at = 0; at < all.length; at += 1_000) await store.append(all.slice(at, at + 1_000));
    const again = (await reopen?.()) ?? store;
    const results = await again.append([keyed("b", "k1"), keyed("c", `k${most}`), keyed("a", "k0")]);
    expect(offsetsOf(results)).toEqual([2, most + 1, most + 2]);
    expect(duplicatesOf(results)).toEqual([true, true, false]);
  });

  trial.test("§5.3 keys that look alike are not the same", async () => {
    const { store, reopen } = await trial.open();
    const keys = [
      "",
      '"',
      '""',
      '"\\u0000"',
      "\0",
      "\0\0",
      "\ud800",
      "\ud801",
      "\ufffd",
      '"\\ud800"',
      "k",
      "K",
      "k ",
      "constructor",
      "__proto__",
    ];
    const batch = keys.map((key, i) => keyed(i, key));
    expect(offsetsOf(await store.append(batch))).toEqual(keys.map((_, i) => i + 1));
    const again = (await reopen?.()) ?? store;
    const results = await again.append(batch);
    expect(offsetsOf(results)).toEqual(keys.map((_, i) => i + 1));
    expect(duplicatesOf(results)).toEqual(keys.map(() => true));
  });

  trial.test("§5.3 a key outlives its event", async () => {
    const { store, reopen } = await trial.open();
    await store.append([keyed(0, "k", "counted:a"), ...entries("counted:a", 1, 50)]);
    await until(async () => ((await store.info("counted:a"))?.floor ?? 0) > 1);
    expect(await one(store, keyed(99, "k", "counted:a"))).toMatchObject({ offset: 1, duplicate: true });
    const again = (await reopen?.()) ?? store;
    expect(await one(again, keyed(99, "k", "counted:a"))).toMatchObject({ offset: 1, duplicate: true });
  });

  trial.test("§5.4 a producer counts 1, 2, 3 …; what it sends again is a duplicate", async () => {
    const { store, reopen } = await trial.open();
    expect(offsetsOf(await store.append([produced(1), produced(2), produced(2), produced(1), produced(3)]))).toEqual([
      1, 2, 2, 1, 3,
    ]);
    expect(await one(store, produced(2))).toEqual({ ok: true, epoch: store.epoch, offset: 2, duplicate: true });
    const again = (await reopen?.()) ?? store;
    expect(await one(again, produced(3))).toMatchObject({ offset: 3, duplicate: true });
    expect(await one(again, produced(1))).toMatchObject({ ok: true, duplicate: true });
    expect(await one(again, produced(4))).toMatchObject({ offset: 4, duplicate: false });
    expect(await readAll(again, "roomy:a")).toHaveLength(4);
  });

  trial.test("§5.4 producers do not disturb each other, nor one producer's channels", async () => {
    const { store } = await trial.open();
    const batch = [
      produced(1, 1, "p"),
      produced(1, 7, "q"),
      produced(1, 1, "p", "roomy:b"),
      produced(2, 1, "p"),
      produced(2, 7, "q"),
    ];
    expect(offsetsOf(await store.append(batch))).toEqual([1, 2, 1, 3, 4]);
    expect(offsetsOf(await store.append(batch))).toEqual([1, 2, 1, 3, 4]);
  });

  trial.test("§5.4 a hole in the sequence is refused, and says what was expected", async () => {
    const { store } = await trial.open();
    const gap = (expected: number): object => ({ ok: false, code: "sequence_gap", details: { expected } });
    expect(await one(store, produced(2))).toMatchObject(gap(1));
    expect(await store.info("roomy:a")).toBeUndefined();
    await store.append([produced(1)]);
    expect(await store.append([produced(3), produced(2), produced(3), produced(9)])).toMatchObject([
      gap(2),
      { offset: 2 },
      { offset: 3 },
      gap(4),
    ]);
    expect(await one(store, produced(2, 2))).toMatchObject(gap(1));
  });

  trial.test("§5.4 a newer epoch fences the older one", async () => {
    const { store, reopen } = await trial.open();
    await store.append([produced(1, 3), produced(2, 3)]);
    expect(await one(store, produced(1, 5))).toMatchObject({ offset: 3, duplicate: false });
    const fenced = { ok: false, code: "fenced", details: { epoch: 5 } };
    expect(await store.append([produced(3, 3), produced(1, 3), produced(1, 4)])).toMatchObject([
      fenced,
      fenced,
      fenced,
    ]);
    const again = (await reopen?.()) ?? store;
    expect(await one(again, produced(3, 3))).toMatchObject(fenced);
    expect(await one(again, produced(2, 5))).toMatchObject({ offset: 4, duplicate: false });
  });

  trial.test("§5.4 a key that is a duplicate still counts as its producer's next number", async () => {
    const { store, reopen } = await trial.open();
    await store.append([keyed(1, "k")]);
    const both = entry("roomy:a", 2, { idempotencyKey: "k", producer: { id: "p", epoch: 1, seq: 1 } });
    expect(await one(store, both)).toMatchObject({ offset: 1, duplicate: true });
    const again = (await reopen?.()) ?? store;
    expect(await one(again, produced(1))).toMatchObject({ duplicate: true });
    expect(await one(again, produced(2))).toMatchObject({ offset: 2, duplicate: false });
  });
}
