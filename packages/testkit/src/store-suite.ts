/** The contract of the `Store` port as tests. Every store runs all of it. */
import { describe, expect, test } from "vitest";
import { dedupeTests } from "./store/dedupe.ts";
import { expectedTests } from "./store/expected.ts";
import type { StoreHarness } from "./store/harness.ts";
import { listingTests } from "./store/listing.ts";
import { modelTests } from "./store/model.ts";
import { orderTests } from "./store/order.ts";
import { registerTests } from "./store/registers.ts";
import { retentionTests } from "./store/retention.ts";
import { searchTests } from "./store/search.ts";
import { snapshotTests } from "./store/snapshots.ts";
import { Trial } from "./store/trial.ts";

export interface StoreSuiteOptions extends StoreHarness {
  canSearch: boolean;
  /** Runs of the test against the model; each opens a store. */
  modelRuns: number;
}

export function storeSuite(name: string, options: StoreSuiteOptions): void {
  describe(`store ${name}`, () => {
    const trial = new Trial(options);
    orderTests(trial);
    dedupeTests(trial);
    expectedTests(trial);
    retentionTests(trial);
    snapshotTests(trial);
    registerTests(trial);
    listingTests(trial);
    searchTests(trial, options.canSearch);
    modelTests(trial, options.modelRuns);

    test("every skip names a test of the suite", () => {
      expect(trial.unusedSkips).toEqual([]);
    });

    trial.test("it can search, or says that it cannot", async () => {
      const { store } = await trial.open();
      expect(store.can.search).toBe(options.canSearch);
    });
  });
}
