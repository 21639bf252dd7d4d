import type { SavedSnapshot } from "@signalbox/core";
import { expect } from "vitest";
import { entries, type Trial } from "./trial.ts";

export function snapshotTests(trial: Trial): void {
  trial.test("§4.6 the newest snapshot is kept, with its reducer's version", async () => {
    const { store, reopen } = await trial.open();
    await store.append([...entries("roomy:a", 1, 9), ...entries("roomy:b", 1, 1)]);
    const saved = (offset: number, rest: Partial<SavedSnapshot> = {}): SavedSnapshot => ({
      channel: "roomy:a",
      epoch: store.epoch,
      offset,
      state: JSON.stringify({ seen: offset, text: "\0\ud800😀" }),
      version: 3,
      ...rest,
    });
    await store.saveSnapshots([saved(4), saved(1, { channel: "roomy:b" })]);
    expect(await store.loadSnapshot("roomy:a")).toEqual(saved(4));
    await store.saveSnapshots([saved(7, { version: 4 })]);
    // Older, of another history, of the future, of a channel that is not there: none of them replaces it.
    await store.saveSnapshots([saved(6), saved(9, { epoch: "other" }), saved(10), saved(1, { channel: "roomy:none" })]);
    const again = (await reopen?.()) ?? store;
    expect(await again.loadSnapshot("roomy:a")).toEqual(saved(7, { version: 4 }));
    expect(await again.loadSnapshot("roomy:b")).toEqual(saved(1, { channel: "roomy:b" }));
    expect(await again.loadSnapshot("roomy:none")).toBeUndefined();
  });

  trial.test("§4.6 a further reducer has a snapshot of its own, which spares no events", async () => {
    const { store, reopen } = await trial.open();
    await store.append(entries("roomy:a", 1, 9));
    const saved = (offset: number, reducer?: string): SavedSnapshot => {
      const place = {
        channel: "roomy:a",
        epoch: store.epoch,
        offset,
        state: `"${reducer ?? ""} ${offset}"`,
        version: 1,
      };
      return reducer === undefined ? place : { ...place, reducer };
    };
    await store.saveSnapshots([saved(4), saved(6, "tdd"), saved(2, "memory")]);
    await store.saveSnapshots([saved(3, "tdd"), saved(12, "memory"), { ...saved(5, "memory"), epoch: "other" }]);
    const again = (await reopen?.()) ?? store;
    expect(await again.loadSnapshot("roomy:a")).toEqual(saved(4));
    expect(await again.loadSnapshot("roomy:a", "tdd")).toEqual(saved(6, "tdd"));
    expect(await again.loadSnapshot("roomy:a", "memory")).toEqual(saved(2, "memory"));
    expect(await again.loadSnapshot("roomy:a", "repo")).toBeUndefined();
    expect(await again.loadSnapshot("roomy:none", "tdd")).toBeUndefined();
    await again.saveSnapshots([saved(9, "tdd")]);
    expect(await again.loadSnapshot("roomy:a", "tdd")).toEqual(saved(9, "tdd"));
    expect(await again.loadSnapshot("roomy:a")).toEqual(saved(4));
  });
}
