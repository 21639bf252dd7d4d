/** The rows one below the other, under the headings of the panel. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { preferences } from "../stores/preferences.ts";
import { useMedia } from "../stores/use-media.ts";
import { useReadable } from "../stores/use-readable.ts";
import type { Rank } from "./condition.ts";
import { Heading } from "./headings.tsx";
import type { FleetItem } from "./item.ts";
import { Lane } from "./lane.tsx";
import { type ShapeProps, useReveal } from "./shape.ts";

const rowPxOf = { comfortable: 56, compact: 40 } as const;
/** Where a row has no room for its line and its last words beside its name, they stand below it. */
const narrowRowPxOf = { comfortable: 88, compact: 64 } as const;
const wide = "(min-width: 64rem)";
const headingPx = 36;

type Entry = { heading: Rank; rows: number } | FleetItem;

export function Lanes({ rows, activity, nowMs, selected, onChoose, reveal }: ShapeProps) {
  const { density } = useReadable(preferences);
  const isWide = useMedia(wide);
  const rowPx = (isWide ? rowPxOf : narrowRowPxOf)[density];
  const scroller = useRef<HTMLDivElement>(null);
  const entries = underHeadings(rows.items, rows.rankAt);
  const list = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => (isHeading(entries[at]) ? headingPx : rowPx),
    getItemKey: (at) => keyOf(entries[at]),
    overscan: 8,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows, other heights
  useEffect(() => list.measure(), [rowPx]);
  useReveal(reveal, scroller, (key) => list.scrollToIndex(entries.findIndex((entry) => keyOf(entry) === key)));
  return (
    <div ref={scroller} className="h-full overflow-y-auto bg-panel contain-content">
      <div style={{ height: list.getTotalSize() }} className="relative">
        {list.getVirtualItems().map(({ index, key, start, size }) => {
          const entry = entries[index];
          if (entry === undefined) return null;
          return (
            <div
              key={key}
              className="absolute inset-x-0 top-0"
              style={{ height: size, transform: `translateY(${start}px)` }}
            >
              {isHeading(entry) ? (
                <Heading rank={entry.heading} rows={entry.rows} className="h-full px-4 md:px-6" />
              ) : (
                <Lane
                  item={entry}
                  activity={activity}
                  nowMs={nowMs}
                  chosen={selected.has(entry.key)}
                  onChoose={onChoose}
                />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function underHeadings(rows: readonly FleetItem[], rankOfRow: (item: FleetItem) => Rank): Entry[] {
  const entries: Entry[] = [];
  let open: { heading: Rank; rows: number } | undefined;
  for (const item of rows) {
    const rank = rankOfRow(item);
    if (open?.heading !== rank) {
      open = { heading: rank, rows: 0 };
      entries.push(open);
    }
    open.rows++;
    entries.push(item);
  }
  return entries;
}

const isHeading = (entry: Entry | undefined): entry is { heading: Rank; rows: number } =>
  entry !== undefined && "heading" in entry;

const keyOf = (entry: Entry | undefined): string =>
  entry === undefined ? "" : isHeading(entry) ? `heading:${entry.heading}` : entry.key;
