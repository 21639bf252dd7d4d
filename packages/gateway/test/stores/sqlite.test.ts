import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "@signalbox/core";
import { storeSuite } from "@signalbox/testkit";
import { afterAll } from "vitest";
import { openSqliteStore } from "../../src/stores/sqlite/index.ts";
import { scratch } from "./support/scratch.ts";

const root = scratch();
const directories = new WeakMap<Store, string>();

afterAll(() => rmSync(root, { recursive: true, force: true }));

storeSuite("sqlite", {
  canSearch: true,
  modelRuns: 40,
  open: async (options) => {
    const directory = mkdtempSync(join(root, "data-"));
    const store = await openSqliteStore({ ...options, directory });
    directories.set(store, directory);
    return store;
  },
  reopen: async (store, options) => {
    const directory = directories.get(store);
    if (directory === undefined) throw new Error("not opened here");
    await store.close();
    const again = await openSqliteStore({ ...options, directory });
    directories.set(again, directory);
    return again;
  },
});
