import type { Checkpoint } from "@signalbox/client/steering";
import { useEffect } from "react";
import { useClient } from "../stores/client.tsx";
import { useReadable } from "../stores/use-readable.ts";
import { endedListOf } from "./ended-list.ts";

/** One as the gateway has it now; `unknown`: it does not know it; undefined: not asked or answered yet. */
export function useKept(id: string, wanted: boolean): Checkpoint | "unknown" | undefined {
  const list = endedListOf(useClient());
  const { known } = useReadable(list);
  const isKnown = known.has(id);
  useEffect(() => {
    if (wanted) list.look(id);
  }, [list, id, wanted]);
  return isKnown ? (known.get(id) ?? "unknown") : undefined;
}
