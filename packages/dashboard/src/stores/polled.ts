/** What the gateway is asked again and again while somebody looks: an answer, or why there is none. */
import { GatewayError, type Readable } from "@signalbox/client";

export interface Polled<Answer> {
  answer: Answer | undefined;
  /** Of the newest try; the answer before it stands. */
  error: GatewayError | undefined;
  /** When the answer came, milliseconds since 1970. */
  atMs: number;
}

/** `refresh`: asks at once, such as after something was changed. */
export interface PolledStore<Answer> extends Readable<Polled<Answer>> {
  refresh(): void;
}

/** Asks as long as there are listeners and the page is seen; one question at a time. `everyMs` absent: once. */
export function polled<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  everyMs = Number.POSITIVE_INFINITY,
): PolledStore<Answer> {
  let state: Polled<Answer> = { answer: undefined, error: undefined, atMs: 0 };
  const listeners = new Set<() => void>();
  let asking: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const become = (next: Polled<Answer>) => {
    state = next;
    for (const listener of [...listeners]) listener();
  };
  const later = () => {
    clearTimeout(timer);
    if (listeners.size > 0 && Number.isFinite(everyMs)) timer = setTimeout(() => void look(), everyMs);
  };
  const look = async () => {
    if (globalThis.document?.hidden) return later();
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    try {
      const answer = await ask(mine.signal);
      if (!mine.signal.aborted) become({ answer, error: undefined, atMs: Date.now() });
    } catch (error) {
      if (mine.signal.aborted) return;
      const known = error instanceof GatewayError ? error : undefined;
      if (known === undefined) throw error;
      become({ ...state, error: known });
    }
    if (asking === mine) later();
  };
  return {
    snapshot: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      if (listeners.size === 1) void look();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        asking?.abort();
        clearTimeout(timer);
      };
    },
    refresh: () => void look(),
  };
}
