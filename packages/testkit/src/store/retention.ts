import type { Store } from "@signalbox/core";
import { expect } from "vitest";
import { entries, entry, namespaces, readAll, type Trial, until } from "./trial.ts";

const floorIs = (store: Store, channel: string, floor: number) => async (): Promise<boolean> =>
  (await store.info(channel))?.floor === floor;

export function retentionTests(trial: Trial): void {
  trial.test("F11 a channel keeps as many events as its namespace says, the newest", async () => {
    const { store } = await trial.open();
    await store.append(entries("counted:a", 1, 25));
    await until(floorIs(store, "counted:a", 16));
    expect(await store.info("counted:a")).toMatchObject({ floor: 16, top: 25 });
    expect((await readAll(store, "counted:a")).map(({ offset, body }) => [offset, JSON.parse(body).id])).toEqual(
      Array.from({ length: 10 }, (_, i) => [16 + i, String(16 + i)]),
    );
    expect(await store.read("counted:a", 3, 2, 1e6)).toMatchObject({
      floor: 16,
      top: 25,
      events: [{ offset: 16 }, { offset: 17 }],
    });
  });

  trial.test("F11 a channel keeps as many bytes as its namespace says", async () => {
    const { store } = await trial.open();
    const batch = Array.from({ length: 40 }, (_, i) => entry("weighed:a", i, {}, "x".repeat(400 + 20 * i)));
    await store.append(batch);
    let first = 0;
    const limit = namespaces.weighed.retention.bytes;
    const weight = (from: number): number =>
      batch.slice(from).reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    while (weight(first) > limit) first++;
    await until(floorIs(store, "weighed:a", first + 1));
    expect(await store.info("weighed:a")).toMatchObject({ floor: first + 1, top: 40, bytes: weight(first) });
    expect(await readAll(store, "weighed:a")).toHaveLength(40 - first);
  });

  trial.test(
    "F11 events go when they are too old, by the store's clock, even if nothing more is published",
    async () => {
      const { store, clock } = await trial.open();
      const { ageMs } = namespaces.roomy.retention;
      // The sender's clock is wrong by decades, both ways.
      await store.append([entry("roomy:a", 1, { timestampMs: 0 }), entry("roomy:a", 2, { timestampMs: 4e12 })]);
      clock.advance(ageMs / 2);
      await store.append(entries("roomy:a", 3, 5));
      expect(await readAll(store, "roomy:a")).toHaveLength(5);
      clock.advance(ageMs / 2 + 1);
      await until(floorIs(store, "roomy:a", 3));
      expect((await readAll(store, "roomy:a")).map(({ offset }) => offset)).toEqual([3, 4, 5]);
      clock.advance(ageMs);
      await until(floorIs(store, "roomy:a", 6));
      expect(await store.info("roomy:a")).toMatchObject({ floor: 6, top: 5, bytes: 0 });
      expect(await store.read("roomy:a", 0, 10, 1e6)).toMatchObject({ floor: 6, top: 5, events: [] });
    },
  );

  trial.test("F11 offsets go on after everything was trimmed, and after reopening", async () => {
    const { store, clock, reopen } = await trial.open();
    await store.append(entries("roomy:a", 1, 3));
    clock.advance(2 * namespaces.roomy.retention.ageMs);
    await until(floorIs(store, "roomy:a", 4));
    const again = (await reopen?.()) ?? store;
    expect(await again.info("roomy:a")).toMatchObject({ floor: 4, top: 3 });
    expect(await again.append([entry("roomy:a", 4)])).toMatchObject([{ offset: 4 }]);
    expect(await again.info("roomy:a")).toMatchObject({ floor: 4, top: 4 });
    expect(await readAll(again, "roomy:a")).toHaveLength(1);
  });

  trial.test("§4 one chatty channel costs its neighbours nothing", async () => {
    const { store } = await trial.open();
    await store.append(entries("counted:quiet", 1, 5));
    for (let i = 0; i < 20; i++) await store.append(entries("counted:chatty", 1, 50));
    await until(floorIs(store, "counted:chatty", 991));
    expect(await store.info("counted:quiet")).toMatchObject({ floor: 1, top: 5 });
  });

  trial.test("§4.3 what was trimmed is counted by type", async () => {
    const { store, reopen } = await trial.open();
    const type = (i: number): string => (i % 3 === 0 ? "agent_status" : i % 3 === 1 ? "constructor" : "log.line");
    const batch = Array.from({ length: 70 }, (_, i) => entry("counted:a", i + 1, { type: type(i + 1) }));
    for (let at = 0; at < batch.length; at += 7) await store.append(batch.slice(at, at + 7));
    await until(floorIs(store, "counted:a", 61));
    const again = (await reopen?.()) ?? store;
    const countsOf = (from: number, to: number): Record<string, number> => {
      const counts: Record<string, number> = Object.create(null);
      for (let i = from; i <= to; i++) counts[type(i)] = (counts[type(i)] ?? 0) + 1;
      return counts;
    };
    expect(await again.trimmed("counted:a", 1, 60)).toEqual({ counts: countsOf(1, 60), countsFrom: 1 });
    for (const from of [2, 17, 33, 59, 60]) {
      const { counts, countsFrom } = await again.trimmed("counted:a", from, 60);
      expect(countsFrom).toBeLessThanOrEqual(from);
      expect(counts).toEqual(countsOf(countsFrom, 60));
    }
    expect(await again.trimmed("counted:a", 61, 70)).toEqual({ counts: {}, countsFrom: 61 });
  });

  trial.test("§4.3 counts of long ago are kept in larger blocks, and none is lost", async () => {
    const { store } = await trial.open();
    const rounds = 300;
    for (let round = 0; round < rounds; round++) {
      await store.append(entries("counted:a", 1, 10, { type: `type_${round % 3}` }));
      if (round % 10 === 0) await until(floorIs(store, "counted:a", round * 10 + 1));
    }
    const floor = (rounds - 1) * 10 + 1;
    await until(floorIs(store, "counted:a", floor));
    const { counts, countsFrom } = await store.trimmed("counted:a", 1, floor - 1);
    expect(countsFrom).toBe(1);
    expect(counts).toEqual({ type_0: 1_000, type_1: 1_000, type_2: 990 });
  });

  trial.test("events that no snapshot covers are spared up to twice the limit", async () => {
    const { store } = await trial.open();
    await store.append(entries("folded:a", 1, 15));
    // Another channel's trim shows that this one's turn has passed.
    await store.append(entries("counted:b", 1, 15));
    await until(floorIs(store, "counted:b", 6));
    expect(await store.info("folded:a")).toMatchObject({ floor: 1, top: 15 });
    await store.append(entries("folded:a", 16, 25));
    await until(floorIs(store, "folded:a", 6));
    await store.saveSnapshots([{ channel: "folded:a", epoch: store.epoch, offset: 13, state: "{}", version: 1 }]);
    await store.append([entry("folded:a", 26)]);
    await until(floorIs(store, "folded:a", 14));
    await store.saveSnapshots([{ channel: "folded:a", epoch: store.epoch, offset: 26, state: "{}", version: 1 }]);
    await store.append([entry("folded:a", 27)]);
    await until(floorIs(store, "folded:a", 18));
  });
}
