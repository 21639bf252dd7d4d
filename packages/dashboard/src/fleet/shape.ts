/** What every shape of the rows is given. */
import { type RefObject, useEffect, useRef } from "react";
import type { Activity } from "./activity.ts";
import type { Sort } from "./sort.ts";
import type { Rows } from "./use-fleet.ts";

export interface ShapeProps {
  rows: Rows;
  activity: Activity;
  /** In steps. */
  nowMs: number;
  selected: ReadonlySet<string>;
  onChoose: (key: string, range: boolean) => void;
  sort: Sort | undefined;
  onSort: (sort: Sort | undefined) => void;
  /** The shape puts in here what brings a row into view and gives it the focus. */
  reveal: RefObject<(key: string) => void>;
}

/** Frames until a row that was scrolled to is drawn. */
const framesMost = 20;

/** Rows far away are not drawn: first the list is brought there, then the row can be given the focus. */
export function useReveal(
  reveal: ShapeProps["reveal"],
  place: RefObject<HTMLElement | null>,
  scrollTo: (key: string) => void,
): void {
  const frame = useRef(0);
  reveal.current = (key) => {
    scrollTo(key);
    cancelAnimationFrame(frame.current);
    let left = framesMost;
    const look = () => {
      const row = place.current?.querySelector<HTMLElement>(`[data-open="${CSS.escape(key)}"]`);
      if (row) row.focus({ preventScroll: true });
      else if (left-- > 0) frame.current = requestAnimationFrame(look);
    };
    look();
  };
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
}
