/** State that changes, as the client's stores show it: `snapshot` and `subscribe`. */
import type { Readable } from "@signalbox/client";

/** A value that is set from one place and read from many. */
export interface Cell<Value> extends Readable<Value> {
  set(value: Value): void;
}

export function cell<Value>(initial: Value): Cell<Value> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    snapshot: () => value,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
  };
}

/** The same state, told to listeners at most once in `everyMs`; the last change is always told. */
export function paced<State>(source: Readable<State>, everyMs: number): Readable<State> {
  let shown = source.snapshot();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: (() => void) | undefined;
  const listeners = new Set<() => void>();
  const tell = () => {
    timer = undefined;
    const next = source.snapshot();
    if (Object.is(next, shown)) return;
    shown = next;
    for (const listener of [...listeners]) listener();
  };
  return {
    snapshot: () => (stop ? shown : source.snapshot()),
    subscribe: (listener) => {
      listeners.add(listener);
      stop ??= source.subscribe(() => {
        timer ??= setTimeout(tell, everyMs);
      });
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
        clearTimeout(timer);
        timer = undefined;
      };
    },
  };
}
