import type { Appended, Entry, Store } from "@signalbox/core";
import { expect } from "vitest";
import { duplicatesOf, entries, entry, offsetsOf, readAll, type Trial, until } from "./trial.ts";

const moved = (epoch: string, offset: number): object => ({
  ok: false,
  code: "head_moved",
  details: { epoch, offset },
});

export function expectedTests(trial: Trial): void {
  const at = (store: Store, id: string, offset: number, rest: Partial<Entry> = {}): Entry =>
    entry("roomy:a", id, { expected: { epoch: store.epoch, offset }, ...rest });
  const one = async (store: Store, what: Entry): Promise<Appended | undefined> => (await store.append([what]))[0];

  trial.test("§5.8 an event that expects the head is kept if it is there, and else told where it is", async () => {
    const { store, reopen } = await trial.open();
    await store.append(entries("roomy:a", 1, 3));
    expect(await one(store, at(store, "late", 2))).toMatchObject(moved(store.epoch, 3));
    expect(await one(store, at(store, "early", 4))).toMatchObject(moved(store.epoch, 3));
    expect(await one(store, at(store, "right", 3))).toMatchObject({ ok: true, offset: 4, duplicate: false });
    const again = (await reopen?.()) ?? store;
    expect(await one(again, at(again, "late", 3))).toMatchObject(moved(again.epoch, 4));
    expect(await one(again, at(again, "next", 4))).toMatchObject({ ok: true, offset: 5 });
    expect((await readAll(again, "roomy:a")).map(({ body }) => JSON.parse(body).id)).toEqual([
      ...["1", "2", "3"],
      ...["right", "next"],
    ]);
  });

  trial.test("§5.8 of several who expect the same position one is kept, in whatever batches they come", async () => {
    const { store } = await trial.open();
    await store.append(entries("roomy:a", 1, 2));
    const results = await Promise.all([
      store.append([at(store, "a", 2), at(store, "b", 2)]),
      store.append([at(store, "c", 2)]),
      store.append([at(store, "d", 3), at(store, "e", 3)]),
    ]);
    const head = "head_moved";
    expect(results.map(offsetsOf)).toEqual([[3, head], [head], [4, head]]);
  });

  trial.test("§5.8 a channel without events stands at 0, and a refused event does not begin it", async () => {
    const { store } = await trial.open();
    expect(await one(store, at(store, "late", 1))).toMatchObject(moved(store.epoch, 0));
    expect(await store.info("roomy:a")).toBeUndefined();
    expect(await one(store, at(store, "first", 0))).toMatchObject({ ok: true, offset: 1 });
    expect(await one(store, at(store, "too", 0))).toMatchObject(moved(store.epoch, 1));
  });

  trial.test("§5.8 a position of another epoch is not the head", async () => {
    const { store } = await trial.open();
    await store.append(entries("roomy:a", 1, 1));
    const other = entry("roomy:a", "other", { expected: { epoch: `${store.epoch}x`, offset: 1 } });
    expect(await one(store, other)).toMatchObject(moved(store.epoch, 1));
  });

  trial.test("§5.8 what was kept before is a duplicate, wherever the head is by then", async () => {
    const { store, reopen } = await trial.open();
    const keyed = (id: string): Entry => at(store, id, 0, { idempotencyKey: "k" });
    const counted = (id: string): Entry => at(store, id, 1, { producer: { id: "p", epoch: 1, seq: 1 } });
    await store.append([keyed("1"), counted("2"), ...entries("roomy:a", 3, 5)]);
    const again = (await reopen?.()) ?? store;
    const results = await again.append([keyed("1"), counted("2")]);
    expect([offsetsOf(results), duplicatesOf(results)]).toEqual([
      [1, 2],
      [true, true],
    ]);
  });

  trial.test("§5.8 one that is refused takes no number of its producer, and no key", async () => {
    const { store } = await trial.open();
    await store.append(entries("roomy:a", 1, 1));
    const marks = { idempotencyKey: "k", producer: { id: "p", epoch: 1, seq: 1 } };
    expect(await one(store, at(store, "a", 0, marks))).toMatchObject(moved(store.epoch, 1));
    const next = entry("roomy:a", "b", { producer: { id: "p", epoch: 1, seq: 2 } });
    expect(await one(store, next)).toMatchObject({ ok: false, code: "sequence_gap", details: { expected: 1 } });
    expect(await one(store, at(store, "a", 1, marks))).toMatchObject({ ok: true, offset: 2, duplicate: false });
  });

  trial.test("§5.8 what retention removes does not move the head", async () => {
    const { store } = await trial.open();
    await store.append(entries("counted:a", 1, 50));
    await until(async () => ((await store.info("counted:a"))?.floor ?? 0) > 1);
    const next = entry("counted:a", "next", { expected: { epoch: store.epoch, offset: 50 } });
    expect(await one(store, next)).toMatchObject({ ok: true, offset: 51 });
  });

  trial.test("§5.8 a step that expects the head elsewhere changes no register", async () => {
    const { store } = await trial.open();
    await store.append(entries("roomy:a", 1, 1));
    const register = { key: "command/a", from: 0, value: '"x"', open: true };
    const adds = [{ key: "command/b", amounts: [1] }];
    expect(await one(store, at(store, "late", 0, { register, adds }))).toMatchObject(moved(store.epoch, 1));
    expect(await store.register("command/a")).toBeUndefined();
    expect(await one(store, at(store, "right", 1, { register }))).toMatchObject({ ok: true, offset: 2 });
    expect(await store.register("command/a")).toMatchObject({ version: 1, offset: 2 });
  });
}
