/** A process that opens the store in the directory of its first argument, says so, and keeps it open. */
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../../src/stores/sqlite/index.ts";
import { namespaces } from "./load.ts";

const [directory = ""] = process.argv.slice(2);
const store = await openSqliteStore({ directory, namespaces });
writeSync(1, `${store.epoch}\n`);
setInterval(() => {}, 60_000);
