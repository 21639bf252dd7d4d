/** The embedded store: SQLite in a thread of its own. */
import type { NamespaceOptions, Store } from "@signalbox/core";
import { newEpoch } from "../epoch.ts";
import { VolatileChannels } from "../volatile-channels.ts";
import type { WriterAsks } from "./messages.ts";
import { Search } from "./search.ts";
import { SqliteStore } from "./store.ts";
import { Thread } from "./thread.ts";

export interface SqliteStoreOptions {
  /** Made if missing, for its owner only. One store at a time. */
  directory: string;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** Milliseconds since 1970; the system's clock by default. */
  nowMs?: () => number;
  /** Told what a person should know: lost history, a damaged file, the end of writing. */
  log?: { error(message: string): void };
}

/**
 * Rejects when the directory is in use by another process (the message names it), cannot be written, or was written by a newer
 * version. A damaged database is set aside, and a new one begun.
 */
export async function openSqliteStore({ directory, namespaces, nowMs, log }: SqliteStoreOptions): Promise<Store> {
  const clock = nowMs ?? Date.now;
  const shared = { nowMs: clock, warn: (message: string) => log?.error(message) };
  const writer = new Thread<WriterAsks>({ ...shared, file: "writer", data: { directory, namespaces } });
  try {
    const { epoch, lastN } = await writer.ask("open", null);
    const search = new Search({ ...shared, data: { directory, epoch } }, lastN);
    const volatile = new VolatileChannels(newEpoch(), namespaces, clock);
    return new SqliteStore({ epoch, namespaces, writer, search, volatile });
  } catch (error) {
    await writer.stop();
    throw new Error(`The store in ${directory} cannot be opened: ${error instanceof Error ? error.message : error}`);
  }
}
