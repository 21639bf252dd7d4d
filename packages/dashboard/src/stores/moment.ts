/** The moment that every view shows: now, or a time in the past. Kept in the address as `at`, so that it can be sent to somebody. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export interface MomentSearch {
  /** Unix ms; absent: now. */
  at?: number;
}

export function readMoment({ at }: Record<string, unknown>): MomentSearch {
  const ms = Number(at);
  return at !== undefined && Number.isSafeInteger(ms) && ms > 0 ? { at: ms } : {};
}

/** Unix ms; undefined: now, and what comes. */
export const useMoment = (): number | undefined => useSearch({ strict: false, select: ({ at }) => at });

/** Goes to a moment, or back to now, without another entry in the history. */
export function useGoToMoment(): (at: number | undefined) => void {
  const navigate = useNavigate();
  return useCallback(
    (at) => {
      // Left out it would be kept: it has to be said that there is none.
      void navigate({ to: ".", search: (search) => ({ ...search, at }) as typeof search, replace: true });
    },
    [navigate],
  );
}
