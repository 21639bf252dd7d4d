import { useCallback, useEffect, useRef, useState } from "react";
import { count } from "../components/figures.ts";
import { toast } from "../stores/toasts.ts";
import { nextError } from "./find.ts";
import type { LogSource } from "./source.ts";
import type { Viewport } from "./viewport.ts";

export interface ErrorSearch {
  /** Where it looks now, when it does. */
  looking: number | undefined;
  go: (direction: 1 | -1) => void;
  cancel: () => void;
}

/** Goes from one run of error lines to the next, fetching what it must. */
export function useErrorSearch(source: LogSource, viewport: Viewport, goTo: (offset: number) => void): ErrorSearch {
  const [looking, setLooking] = useState<number>();
  const running = useRef<AbortController>(undefined);
  /** Where a search without result stopped: the next one goes on there. */
  const reached = useRef<number>(undefined);

  const cancel = useCallback(() => {
    running.current?.abort();
    setLooking(undefined);
  }, []);

  useEffect(() => () => running.current?.abort(), []);

  const go = (direction: 1 | -1) => {
    if (looking !== undefined) return;
    const { follow, marked, anchor } = viewport.snapshot();
    // A live view has nothing after it: the errors that people mean are those before.
    const from = reached.current ?? (follow ? source.pages.top + 1 : (marked ?? anchor.offset));
    const way = follow ? -1 : direction;
    const stop = new AbortController();
    running.current = stop;
    setLooking(from);
    void nextError(source, from, way, setLooking, stop.signal).then((found) => {
      if (stop.signal.aborted) return;
      setLooking(undefined);
      reached.current = undefined;
      if ("at" in found) return goTo(found.at);
      if (found.end) return void toast(way === 1 ? "No more errors after this." : "No errors before this.");
      reached.current = found.searchedTo;
      toast(`No error found up to row ${count(found.searchedTo)}. Ask again to look further.`);
    });
  };
  return { looking, go, cancel };
}
