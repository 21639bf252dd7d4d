/** Where critical messages are kept until the gateway has them: what the queue asks of a storage, and those of browsers. */

/**
 * Texts by key. One program at a time sends from it; others, such as further tabs of a browser, may write and look.
 * `fileStorage` of `@signalbox/agent/queue` is one for Node.
 */
export interface QueueStorage {
  read(): Promise<ReadonlyMap<string, string>>;
  /** In this order, `undefined` removes. Resolves once it outlives this program; rejects when it was not kept. */
  write(changes: readonly Change[]): Promise<void>;
  /** Somebody else wrote; returns what stops it. */
  onChange(listener: () => void): () => void;
  /**
   * Waits until nobody else sends from it. What it resolves to aborts when that ends, with `leave` or by itself: then it
   * is asked for again.
   */
  lock(leave: AbortSignal): Promise<AbortSignal>;
}

export type Change = readonly [key: string, text: string | undefined];

/**
 * In the browser's database: large, does not hold up the page, and on disk before a message counts as kept. The usual
 * choice. All pages of one origin that give the same name share it: name it after who is signed in.
 */
export function indexedDbStorage(name: string): QueueStorage {
  const shared = sharing(name);
  let opened: Promise<IDBDatabase> | undefined;
  const transaction = async (mode: IDBTransactionMode): Promise<IDBTransaction> => {
    opened ??= openDatabase(shared.name);
    opened.catch(() => {
      opened = undefined;
    });
    return (await opened).transaction(store, mode, { durability: "strict" });
  };
  return {
    ...shared,
    async read() {
      const records = (await transaction("readonly")).objectStore(store);
      const [keys, texts] = await Promise.all([answer(records.getAllKeys()), answer(records.getAll())]);
      return new Map(keys.map((key, index) => [String(key), String(texts[index])]));
    },
    async write(changes) {
      const writing = await transaction("readwrite");
      const records = writing.objectStore(store);
      for (const [key, text] of changes) {
        if (text === undefined) records.delete(key);
        else records.put(text, key);
      }
      await new Promise((resolve, reject) => {
        writing.oncomplete = resolve;
        writing.onabort = () => reject(writing.error);
      });
      shared.tell();
    },
  };
}

/**
 * In `localStorage`: written before `publish` returns to the event loop, so also while the page is being closed. For few and
 * small messages: all pages of the origin share about 5 MB, and the browser brings it to disk some seconds later.
 */
export function webStorage(name: string): QueueStorage {
  const shared = sharing(name);
  const prefix = `${shared.name}/`;
  return {
    ...shared,
    async read() {
      const keys = Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? "");
      const own = keys.filter((key) => key.startsWith(prefix));
      return new Map(own.map((key) => [key.slice(prefix.length), localStorage.getItem(key) ?? ""]));
    },
    async write(changes) {
      for (const [key, text] of changes) {
        if (text === undefined) localStorage.removeItem(prefix + key);
        else localStorage.setItem(prefix + key, text);
      }
      shared.tell();
    },
  };
}

const store = "records";

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(store);
  return answer(request);
}

const answer = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** What the pages of one browser need to share a storage. */
function sharing(own: string): Pick<QueueStorage, "onChange" | "lock"> & { name: string; tell: () => void } {
  if (!globalThis.navigator?.locks) {
    throw new Error("A queue needs Web Locks, which browsers have on https pages and on localhost only.");
  }
  const name = `signalbox.queue.${own}`;
  const others = new BroadcastChannel(name);
  let asleep: Promise<void> | undefined;
  return {
    name,
    tell: () => others.postMessage(0),
    onChange(listener) {
      others.addEventListener("message", listener);
      return () => others.removeEventListener("message", listener);
    },
    async lock(leave) {
      await asleep;
      const held = new AbortController();
      const release = (): void => held.abort();
      await new Promise<void>((resolve, reject) => {
        const granted = (): Promise<void> => {
          resolve();
          return new Promise((end) => held.signal.addEventListener("abort", () => end()));
        };
        navigator.locks.request(name, { signal: leave }, granted).catch(reject);
      });
      leave.addEventListener("abort", release);
      if (leave.aborted) release();
      // A page that is frozen, or kept for going back to, must not hold up the others; it asks again when it is shown.
      const sleep = (): void => {
        asleep = once(["resume", "pageshow"]);
        release();
      };
      void once(["freeze", "pagehide"], held.signal).then(sleep);
      return held.signal;
    },
  };
}

/** The first of these events of the page. Without a page, in a worker, there are none. */
function once(names: readonly string[], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    for (const name of names) {
      const options = { capture: true, once: true, ...(signal && { signal }) };
      globalThis.window?.addEventListener(name, () => resolve(), options);
    }
  });
}
