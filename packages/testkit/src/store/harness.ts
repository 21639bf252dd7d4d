/** What a store's test file gives to the suite. */
import type { NamespaceOptions, Store } from "@signalbox/core";

export interface StoreOptions {
  namespaces: Readonly<Record<string, NamespaceOptions>>;
  /** Milliseconds since 1970. */
  nowMs: () => number;
}

export interface StoreHarness {
  /** An empty store; the suite closes it. */
  open(options: StoreOptions): Promise<Store>;
  /** Closes the store and opens what it kept. Absent when nothing outlives a store. */
  reopen?(store: Store, options: StoreOptions): Promise<Store>;
  /** Tests left out, by name, each with the reason. */
  skip?: Readonly<Record<string, string>>;
}
