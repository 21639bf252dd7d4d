import { expect } from "vitest";
import { entries, entry, offsetsOf, readAll, type Trial } from "./trial.ts";

/** Texts that lose something in careless hands; each as JSON can carry it. */
const oddTexts = [
  "",
  "\0",
  "a\0b",
  "\ud800",
  "\udfff tail",
  "😀 ünï çödé 汉字",
  "\u2028\u2029",
  "\\u0000",
  '"',
  "\r\n\t",
  "\u001b[31mred",
];

export function orderTests(trial: Trial): void {
  trial.test("§2.3 offsets of a channel are 1, 2, 3 …, whatever else is published", async () => {
    const { store } = await trial.open();
    const batch = [
      entry("roomy:a", 1),
      entry("roomy:b", 2),
      entry("roomy:a", 3),
      entry("relaxed:c", 4),
      entry("roomy:b", 5),
    ];
    const results = await store.append(batch);
    expect(offsetsOf(results)).toEqual([1, 1, 2, 1, 2]);
    expect(results.every((result) => result.ok && !result.duplicate && result.epoch === store.epoch)).toBe(true);
    expect(offsetsOf(await store.append([entry("roomy:a", 6)]))).toEqual([3]);
    expect((await readAll(store, "roomy:a")).map((event) => [event.offset, JSON.parse(event.body).id])).toEqual([
      [1, "1"],
      [2, "3"],
      [3, "6"],
    ]);
  });

  trial.test("an event is read as it was published", async () => {
    const { store, reopen } = await trial.open();
    const published = oddTexts.map((text, i) =>
      entry("roomy:odd", i, { type: `odd_${i}.x-y`, timestampMs: i * 1e12 }, { text }),
    );
    await store.append(published);
    const expected = published.map(({ type, timestampMs, body }, i) => ({ offset: i + 1, type, timestampMs, body }));
    expect(await readAll(store, "roomy:odd")).toEqual(expected);
    expect(expected.map(({ body }) => JSON.parse(body).data.text)).toEqual(oddTexts);
    if (reopen !== undefined) expect(await readAll(await reopen(), "roomy:odd")).toEqual(expected);
  });

  trial.test("bodies of a megabyte are kept whole", async () => {
    const { store } = await trial.open();
    const bodies = ["a", "é", "😀"].map((letter, i) => entry("roomy:big", i, {}, letter.repeat(500_000)));
    await store.append(bodies);
    expect((await readAll(store, "roomy:big")).map(({ body }) => body)).toEqual(bodies.map(({ body }) => body));
    expect((await store.info("roomy:big"))?.bytes).toBe(
      bodies.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0),
    );
  });

  trial.test("a channel nobody published to is empty and has no info", async () => {
    const { store } = await trial.open();
    expect(await store.info("roomy:none")).toBeUndefined();
    expect(await store.read("roomy:none", 0, 10, 1_000)).toEqual({ epoch: store.epoch, floor: 1, top: 0, events: [] });
    expect(await store.read("roomy:none", 99, 10, 1_000)).toMatchObject({ top: 0, events: [] });
    expect(await store.trimmed("roomy:none", 1, 9)).toEqual({ counts: {}, countsFrom: 1 });
    expect(await store.loadSnapshot("roomy:none")).toBeUndefined();
  });

  trial.test("info says what a channel holds, and since when", async () => {
    const { store, clock } = await trial.open();
    const createdMs = clock.nowMs();
    await store.append(entries("roomy:a", 1, 3));
    clock.advance(5_000);
    const more = entries("roomy:a", 4, 5);
    await store.append(more);
    const bytes = [...entries("roomy:a", 1, 3), ...more].reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    const info = {
      channel: "roomy:a",
      epoch: store.epoch,
      floor: 1,
      top: 5,
      bytes,
      createdMs,
      updatedMs: createdMs + 5_000,
    };
    expect(await store.info("roomy:a")).toEqual(info);
  });

  trial.test("an undeclared namespace is refused, and the rest of the batch is kept", async () => {
    const { store } = await trial.open();
    const results = await store.append([
      entry("roomy:a", 1),
      entry("nowhere:a", 2),
      entry("constructor:a", 3),
      entry("roomy:a", 4),
    ]);
    expect(offsetsOf(results)).toEqual([1, "unknown_namespace", "unknown_namespace", 2]);
    expect(await store.info("nowhere:a")).toBeUndefined();
  });

  trial.test("an empty batch gets an empty answer", async () => {
    const { store } = await trial.open();
    expect(await store.append([])).toEqual([]);
  });

  trial.test("I7 many publishers at once: each one's events in its order, offsets without holes", async () => {
    const { store } = await trial.open();
    const publishers = 40;
    const rounds = 25;
    const offsets: number[] = [];
    await Promise.all(
      Array.from({ length: publishers }, async (_, publisher) => {
        let last = 0;
        const pipelined: Promise<void>[] = [];
        for (let round = 0; round < rounds; round++) {
          const batch = entries(`roomy:${publisher % 3}`, 1, 1 + (round % 3)).map((one) => ({
            ...one,
            type: `p_${publisher}`,
          }));
          const appended = store.append(batch).then((results) => {
            for (const result of results) {
              if (!result.ok || result.offset === undefined) throw new Error("not kept");
              expect(result.offset).toBeGreaterThan(last);
              last = result.offset;
              offsets.push(publisher % 3);
            }
          });
          pipelined.push(appended);
          if (round % 4 === publisher % 4) await appended;
        }
        await Promise.all(pipelined);
      }),
    );
    for (const channel of [0, 1, 2]) {
      const kept = (await readAll(store, `roomy:${channel}`)).map(({ offset }) => offset);
      expect(kept).toEqual(kept.map((_, i) => i + 1));
      expect(kept.length).toBe(offsets.filter((one) => one === channel).length);
    }
  });

  trial.test("I8 what was acknowledged is in the next read", async () => {
    const { store } = await trial.open();
    for (let i = 1; i <= 50; i++) {
      await store.append([entry("roomy:a", i)]);
      const { top, events } = await store.read("roomy:a", i - 1, 10, 10_000);
      expect([top, events.length]).toEqual([i, 1]);
    }
  });

  trial.test("a page ends at its limit, or at its bytes, but never before one event", async () => {
    const { store } = await trial.open();
    await store.append(entries("roomy:a", 101, 120));
    const size = Buffer.byteLength(entry("roomy:a", 101).body);
    const page = async (after: number, limit: number, maxBytes: number): Promise<number[]> =>
      (await store.read("roomy:a", after, limit, maxBytes)).events.map(({ offset }) => offset);
    expect(await page(0, 3, 1e6)).toEqual([1, 2, 3]);
    expect(await page(17, 10, 1e6)).toEqual([18, 19, 20]);
    expect(await page(0, 10, 2 * size)).toEqual([1, 2]);
    expect(await page(5, 10, 2 * size + 1)).toEqual([6, 7]);
    expect(await page(5, 10, 1)).toEqual([6]);
    expect(await page(20, 10, 1e6)).toEqual([]);
    expect(await page(1_000, 10, 1e6)).toEqual([]);
  });

  trial.test("§5.7 a closed store takes nothing more", async () => {
    const { store } = await trial.open();
    const last = store.append([entry("roomy:a", 1)]);
    const closed = store.close();
    await expect(store.append([entry("roomy:a", 2)])).rejects.toMatchObject({ name: "StoreFailed" });
    expect(offsetsOf(await last)).toEqual([1]);
    await closed;
    await store.close();
  });

  if (trial.harness.reopen === undefined) return;

  trial.test("everything is there after reopening, under the same epoch", async () => {
    const { store, reopen } = await trial.open();
    await store.append([...entries("roomy:a", 1, 500), ...entries("relaxed:b", 1, 3)]);
    const before = [await readAll(store, "roomy:a"), await store.info("roomy:a"), await readAll(store, "relaxed:b")];
    for (let times = 0; times < 3; times++) {
      const again = await reopen?.();
      if (again === undefined) throw new Error("not reopened");
      expect(again.epoch).toBe(store.epoch);
      expect([await readAll(again, "roomy:a"), await again.info("roomy:a"), await readAll(again, "relaxed:b")]).toEqual(
        before,
      );
      expect(offsetsOf(await again.append([entry("roomy:z", times)]))).toEqual([times + 1]);
    }
  });

  trial.test("A22 an entry whose channel must exist begins none, and costs the others nothing", async () => {
    const { store, reopen } = await trial.open();
    const bound = { mustExist: true } as const;
    const first = await store.append([
      { ...entry("roomy:a", 1), ...bound },
      entry("roomy:b", 2),
      { ...entry("roomy:b", 3), ...bound },
      { ...entry("weighed:a", 4), ...bound },
    ]);
    expect(first).toMatchObject([
      { ok: false, code: "rate_limited" },
      { ok: true, offset: 1 },
      { ok: true, offset: 2 },
      { ok: false, code: "rate_limited" },
    ]);
    const again = (await reopen?.()) ?? store;
    expect(await again.append([{ ...entry("roomy:b", 5), ...bound }])).toMatchObject([{ ok: true }]);
    expect((await again.list("*", "", 10)).map(({ channel }) => channel)).toEqual(["roomy:b"]);
  });
}
