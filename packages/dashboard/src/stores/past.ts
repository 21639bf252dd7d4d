/** States of a channel at times in the past, asked for one after the other: who scrubs wants the newest, not each. */
import type { Client, Readable } from "@signalbox/client";

export interface PastView<State> {
  /** The moment that the state is of; undefined before the first answer. */
  at: number | undefined;
  state: State | undefined;
  /** Of the last event that is folded in; 0: none. */
  offset: number;
  /** The first event that was looked at. */
  from: number;
  error: string | undefined;
}

export interface PastStates<State> extends Readable<PastView<State>> {
  show(at: number): void;
}

interface Answer<State> {
  snapshot?: { offset: number; state: State };
  past?: { from: number };
}

/** Answers that are kept of one channel. */
const keptMost = 240;
/** What happens just now may still be on its way: such answers are not kept. */
const settledMs = 5_000;

const shared = new WeakMap<Client, Map<string, PastStates<unknown>>>();

export function pastStates<State>(client: Client, channel: string, reducer: string): PastStates<State> {
  const stores = shared.get(client) ?? new Map<string, PastStates<unknown>>();
  shared.set(client, stores);
  const key = `${channel}#${reducer}`;
  const store = stores.get(key) ?? create<unknown>(client, channel, reducer);
  stores.delete(key);
  stores.set(key, store);
  // Those of channels that were looked at long ago go with their answers.
  for (const oldest of stores.keys()) {
    if (stores.size <= 64) break;
    stores.delete(oldest);
  }
  return store as PastStates<State>;
}

function create<State>(client: Client, channel: string, reducer: string): PastStates<State> {
  let view: PastView<State> = { at: undefined, state: undefined, offset: 0, from: 1, error: undefined };
  const kept = new Map<number, PastView<State>>();
  const listeners = new Set<() => void>();
  let wanted: number | undefined;
  let asking = false;
  const tell = (next: PastView<State>) => {
    view = next;
    for (const listener of [...listeners]) listener();
  };
  const keep = (at: number, next: PastView<State>) => {
    if (at > Date.now() - settledMs) return;
    kept.set(at, next);
    for (const oldest of kept.keys()) {
      if (kept.size <= keptMost) break;
      kept.delete(oldest);
    }
  };
  const ask = async (at: number): Promise<void> => {
    asking = true;
    try {
      const query = new URLSearchParams({ at: String(at), reducer });
      const answer = await client.request<Answer<State>>(`/v1/channels/${encodeURIComponent(channel)}?${query}`);
      const { snapshot, past } = answer;
      const next = {
        at,
        state: snapshot?.state,
        offset: snapshot?.offset ?? 0,
        from: past?.from ?? 1,
        error: undefined,
      };
      keep(at, next);
      tell(next);
    } catch (error) {
      tell({ ...view, at, state: undefined, error: error instanceof Error ? error.message : String(error) });
    }
    asking = false;
    if (wanted !== undefined && wanted !== at) show(wanted);
  };
  const show = (at: number) => {
    wanted = at;
    const known = kept.get(at);
    if (known !== undefined) tell(known);
    else if (!asking) void ask(at);
  };
  return {
    snapshot: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    show,
  };
}
