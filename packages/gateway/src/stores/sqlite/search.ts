/** Searching, from the store's side: the thread is started when there is something to index or to find. */
import { type SearchQuery, type SearchResult, StoreFailed } from "@signalbox/core";
import type { SearcherAsks } from "./messages.ts";
import { Thread, type ThreadOptions } from "./thread.ts";

/** Events published between two calls of `follow`, so a second, from which on indexing holds back. */
const busyEvents = 10_000;

export class Search {
  /** Number of the newest event that was acknowledged: only these may be found. */
  through: number;
  readonly #options: Omit<ThreadOptions, "file">;
  #thread: Thread<SearcherAsks> | undefined;
  /** What the index was last told. */
  #told = -1;
  #busy = false;
  #open = true;

  constructor(options: Omit<ThreadOptions, "file">, through: number) {
    this.#options = options;
    this.through = through;
  }

  async search(query: SearchQuery): Promise<SearchResult> {
    if (!this.#open) throw new StoreFailed("the store is closed");
    try {
      return await this.#started().ask("search", { query, through: this.through });
    } catch (error) {
      // Not a failure of the store: nothing that was kept depends on the index.
      throw new Error(`search failed: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }

  /** Has the index follow what was published since the last time. */
  follow(): void {
    // Started again by a search, not by every event: what broke it down may break it down again.
    if (!this.#open || this.#thread?.ended !== undefined) return;
    if (this.#told === this.through && !this.#busy) return;
    const busy = this.#told >= 0 && this.through - this.#told > busyEvents;
    this.#told = this.through;
    this.#busy = busy;
    this.#started()
      .ask("index", { through: this.through, busy })
      .catch((error: unknown) => {
        if (this.#open) this.#options.warn(`Indexing stopped: ${error}`);
      });
  }

  async stop(): Promise<void> {
    this.#open = false;
    // An index that could not be closed well is made again.
    await this.#thread?.ask("close", null).catch(() => {});
    await this.#thread?.stop();
  }

  /** A thread that broke down is replaced by the next search. */
  #started(): Thread<SearcherAsks> {
    if (this.#thread === undefined || this.#thread.ended !== undefined) {
      this.#thread = new Thread({ ...this.#options, file: "searcher" });
    }
    return this.#thread;
  }
}
