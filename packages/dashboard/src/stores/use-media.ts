import { useMemo, useSyncExternalStore } from "react";

/** Does the page fit this media query now? */
export function useMedia(query: string): boolean {
  const media = useMemo(() => {
    const list = matchMedia(query);
    return {
      snapshot: () => list.matches,
      subscribe: (listener: () => void) => {
        list.addEventListener("change", listener);
        return () => list.removeEventListener("change", listener);
      },
    };
  }, [query]);
  return useSyncExternalStore(media.subscribe, media.snapshot);
}
