/** A store whose appends are answered by hand. */
import type { Appended, Store } from "@signalbox/core";

export interface PendingAppend {
  resolve(results: Appended[]): void;
  reject(error: Error): void;
}

export function manualStore(): { store: Store; appends: PendingAppend[] } {
  const appends: PendingAppend[] = [];
  const none = (): Promise<never> => Promise.reject(new Error("not asked in this test"));
  const store: Store = {
    can: { search: false },
    epoch: "e",
    append: () => new Promise((resolve, reject) => appends.push({ resolve, reject })),
    read: none,
    trimmed: none,
    info: none,
    list: none,
    loadSnapshot: none,
    register: none,
    registers: () => Promise.resolve([]),
    saveSnapshots: () => Promise.resolve(),
    search: none,
    close: () => Promise.resolve(),
  };
  return { store, appends };
}

/** Until everything that is due in this turn of the event loop is done. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
