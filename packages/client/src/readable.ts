/** Listeners of a state that changes: told together, at most once a frame. */
import type { Clock } from "./clock.ts";

/** One picture at 60 Hz: nobody sees more, and drawing more often starves the rest. */
const frameMs = 16;

export interface Listeners {
  /** Each call is a listener of its own, even of the same function; returns what removes it. */
  add(listener: () => void): () => void;
  /** The state changed. The first change is told at once (after the present burst), the next ones by the frame. */
  changed(): void;
  size(): number;
}

export function makeListeners(clock: Clock): Listeners {
  const all = new Set<() => void>();
  let quietUntilMs = 0;
  let pending = false;
  const tell = (): void => {
    pending = false;
    quietUntilMs = clock.nowMs() + frameMs;
    for (const listener of [...all]) run(listener);
  };
  return {
    size: () => all.size,
    add(listener) {
      const own = (): void => listener();
      all.add(own);
      return () => {
        all.delete(own);
      };
    },
    changed() {
      if (pending || !all.size) return;
      pending = true;
      const waitMs = quietUntilMs - clock.nowMs();
      if (waitMs > 0) clock.after(waitMs, tell);
      else queueMicrotask(tell);
    },
  };
}

/** A fault of the program's own callback must not stop the client: it surfaces as uncaught, like a listener's. */
export function run(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
