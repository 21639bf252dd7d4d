/** The moment that every view shows: now, or a time in the past. Kept in the address as `at`, so that it can be sent to somebody. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { type Cell, cell } from "./readable.ts";
import { useReadable } from "./use-readable.ts";

export interface MomentSearch {
  /** Unix ms; absent: now. */
  at?: number;
  /** Another moment that it is compared with. */
  with?: number;
  /** The event that a link is about: `CHANNEL@OFFSET`, or an offset. */
  event?: string;
}

export function readMoment({ at, with: other, event }: Record<string, unknown>): MomentSearch {
  const [moment, compared] = [readTime(at), readTime(other)];
  return {
    ...(moment === undefined ? {} : { at: moment }),
    ...(compared === undefined ? {} : { with: compared }),
    ...(typeof event === "string" && event !== "" ? { event } : {}),
  };
}

function readTime(text: unknown): number | undefined {
  const ms = Number(text);
  return text !== undefined && Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
}

/**
 * Where the hand that moves the scrubber is, ahead of the address: browsers let a page write its address only a few times a
 * second.
 */
const held: Cell<number | undefined> = cell<number | undefined>(undefined);

/** Unix ms; undefined: now, and what comes. */
export function useMoment(): number | undefined {
  const addressed = useSearch({ strict: false, select: ({ at }) => at });
  return useReadable(held) ?? addressed;
}

/** What is shown is over: nothing can be told to it. */
export const useIsPast = (): boolean => useMoment() !== undefined;

/** Goes to a moment, or back to now, without another entry in the history. */
export function useGoToMoment(): (at: number | undefined) => void {
  const navigate = useNavigate();
  return useCallback(
    (at) => {
      // Left out it would be kept: it has to be said that there is none.
      void navigate({ to: ".", search: (search) => ({ ...search, at }) as typeof search, replace: true }).then(() =>
        held.set(undefined),
      );
    },
    [navigate],
  );
}

/** Shows a moment while the hand moves; `useGoToMoment` then says where it stays. */
export const holdMoment = (at: number): void => held.set(Math.round(at));

/** Where it is held; who plays sees by it that another hand took over. */
export const heldMoment = (): number | undefined => held.snapshot();
