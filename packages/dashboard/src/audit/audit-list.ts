/** The entries that fit a filter, newest first, older ones on request; what comes is added as it comes. */
import { type Client, GatewayError, type Readable } from "@signalbox/client";
import { cell } from "../stores/readable.ts";
import { type AuditEntry, type AuditPage, queryOf } from "./entry.ts";
import type { AuditSearch } from "./search.ts";

export interface AuditView {
  entries: readonly AuditEntry[];
  status: "asking" | "live" | "refused";
  error: GatewayError | undefined;
  /** There are older ones that were not asked for yet. */
  hasOlder: boolean;
  isAsking: boolean;
  /** All that is kept, fitting or not. */
  total: number;
  /** The newest of them went out of this page's memory: their number. */
  dropped: number;
}

const pageSize = 200;
const waitS = 50;
const againMs = 3_000;
/** In memory of the page; a narrower filter shows the others. */
const keptAtMost = 5_000;
/** In one file. */
export const exportedAtMost = 100_000;

export interface AuditList extends Readable<AuditView> {
  older(): void;
}

export function createAuditList(client: Pick<Client, "request">, search: AuditSearch): AuditList {
  const view = cell<AuditView>({
    ...{ entries: [], status: "asking", error: undefined, hasOlder: false, isAsking: true, total: 0, dropped: 0 },
  });
  const set = (change: Partial<AuditView>) => view.set({ ...view.snapshot(), ...change });
  const ask = (place: Record<string, string>, signal: AbortSignal) => {
    const query = queryOf(search);
    for (const [name, value] of Object.entries(place)) query.set(name, value);
    return client.request<AuditPage>(`/v1/audit?${query}`, { signal });
  };
  let before: string | undefined;
  let running: AbortController | undefined;
  const totalOf = ({ top, floor }: AuditPage): number => top - floor + 1;

  const page = async (signal: AbortSignal): Promise<AuditPage> => {
    const limit = String(pageSize);
    const found = await ask({ limit, ...(before === undefined ? {} : { before }) }, signal);
    before = found.next;
    const entries = [...view.snapshot().entries, ...found.entries];
    const hasOlder = found.more && entries.length < keptAtMost;
    set({ entries, status: "live", error: undefined, hasOlder, isAsking: false, total: totalOf(found) });
    return found;
  };
  const follow = async (signal: AbortSignal): Promise<void> => {
    /** Behind everything that was there when the first page was read. */
    let since: string | undefined;
    while (!signal.aborted) {
      try {
        if (since === undefined) {
          set({ entries: [] });
          before = undefined;
          const { epoch, top } = await page(signal);
          since = `${epoch}:${top}`;
        }
        const news = await ask({ since, wait: String(waitS) }, signal);
        since = news.next;
        const { entries, dropped } = view.snapshot();
        const all = [...news.entries.reverse(), ...entries];
        const over = Math.max(0, all.length - keptAtMost);
        set({
          ...{ entries: over > 0 ? all.slice(0, keptAtMost) : all, dropped: dropped + over },
          ...{ total: totalOf(news), error: undefined, status: "live" },
        });
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof GatewayError)) throw error;
        set({ error, isAsking: false, status: error.name === "forbidden" ? "refused" : view.snapshot().status });
        if (error.name === "forbidden") return;
        // Another history: from its beginning.
        if (error.name === "position_beyond_head") since = undefined;
        await new Promise((resolve) => setTimeout(resolve, againMs));
      }
    }
  };
  let watchers = 0;
  return {
    snapshot: view.snapshot,
    subscribe: (listener) => {
      const stop = view.subscribe(listener);
      if (watchers++ === 0) {
        running = new AbortController();
        void follow(running.signal);
      }
      return () => {
        stop();
        if (--watchers === 0) running?.abort();
      };
    },
    older: () => {
      const signal = running?.signal;
      if (signal === undefined || view.snapshot().isAsking) return;
      set({ isAsking: true });
      page(signal).catch((error: unknown) => {
        if (error instanceof GatewayError) set({ isAsking: false, error });
        else if (!signal.aborted) throw error;
      });
    },
  };
}

/** All that fits, newest first, as far as one file goes. `progress` hears how many so far. */
export async function allEntries(
  client: Pick<Client, "request">,
  search: AuditSearch,
  progress: (count: number) => void,
): Promise<{ entries: AuditEntry[]; isCut: boolean }> {
  const entries: AuditEntry[] = [];
  for (let before: string | undefined; ; ) {
    const query = queryOf(search);
    query.set("limit", "1000");
    if (before !== undefined) query.set("before", before);
    const page = await client.request<AuditPage>(`/v1/audit?${query}`);
    entries.push(...page.entries);
    progress(entries.length);
    if (!page.more) return { entries, isCut: false };
    if (entries.length >= exportedAtMost) return { entries: entries.slice(0, exportedAtMost), isCut: true };
    before = page.next;
  }
}
