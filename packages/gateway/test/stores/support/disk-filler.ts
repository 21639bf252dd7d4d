/**
 * A process on a disk that fills up. Appends to a store in the directory of its first argument until that fails, then says as JSON what
 * became of it. With a second argument, a file in the way is removed before the store is opened again.
 */
import { rmSync } from "node:fs";
import { type Store, StoreFailed } from "@signalbox/core";
import { openSqliteStore } from "../../../src/stores/sqlite/index.ts";
import { entryOf, namespaces } from "./load.ts";

const [directory = "", ballast] = process.argv.slice(2);
const publisher = { id: "p", channel: "synced:a", by: "producer" } as const;

/** Events kept without a hole, with the right bodies. */
async function intact(store: Store): Promise<number> {
  let offset = 0;
  for (;;) {
    const { events } = await store.read(publisher.channel, offset, 1_000, 10_000_000);
    if (events.length === 0) return offset;
    for (const event of events) {
      if (event.offset !== ++offset || event.body !== entryOf(publisher, offset).body) return -1;
    }
  }
}

const failures: string[] = [];
const append = async (store: Store, from: number, count: number): Promise<number> => {
  try {
    const results = await store.append(Array.from({ length: count }, (_, i) => entryOf(publisher, from + i)));
    return results.filter((result) => result.ok).length;
  } catch (error) {
    failures.push(error instanceof StoreFailed ? error.message : `another error: ${error}`);
    return 0;
  }
};

const log: string[] = [];
const options = { directory, namespaces, log: { error: (message: string) => log.push(message) } };
let store = await openSqliteStore(options);
let acknowledged = 0;
while (failures.length === 0) acknowledged += await append(store, acknowledged + 1, 40);
const afterwards = await append(store, acknowledged + 1, 1);
const readable = await intact(store);
await store.close();

if (ballast !== undefined) rmSync(ballast);
const { epoch } = store;
store = await openSqliteStore(options);
const reopened = await intact(store);
const resumed = ballast === undefined ? undefined : await append(store, reopened + 1, 3);
await store.close();
const epochKept = epoch === store.epoch;
console.log(JSON.stringify({ acknowledged, afterwards, readable, reopened, resumed, epochKept, failures, log }));
