/** The rows in their order, under the headings of the panel. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { count } from "../components/figures.ts";
import { useNow } from "../stores/clock.ts";
import type { FleetView } from "../stores/fleet.ts";
import { preferences } from "../stores/preferences.ts";
import { useMedia } from "../stores/use-media.ts";
import { useReadable } from "../stores/use-readable.ts";
import { type Rank, rankOf } from "./condition.ts";
import { type FleetFilter, matches } from "./filter.ts";
import type { FleetItem } from "./item.ts";
import { Lane } from "./lane.tsx";
import { useArrangement } from "./use-fleet.ts";

const rankTitle: Readonly<Record<Rank, string>> = {
  "needs-you": "Needs you",
  running: "Running",
  trouble: "Stuck, lost or failed",
  idle: "Idle",
  done: "Done",
};

const rowPxOf = { comfortable: 56, compact: 40 } as const;
/** Where a row has no room for its line and its last words beside its name, they stand below it. */
const narrowRowPxOf = { comfortable: 88, compact: 64 } as const;
const wide = "(min-width: 64rem)";
const headingPx = 36;
/** Times of rows that have ended need no second hand. */
const fadeStepMs = 30_000;

type Entry = { heading: Rank; rows: number } | FleetItem;

interface FleetListProps {
  fleet: FleetView;
  filter: FleetFilter;
  onAll: () => void;
}

export function FleetList({ fleet, filter, onAll }: FleetListProps) {
  const [hold, setHold] = useState(false);
  const { keys, places, pending } = useArrangement(fleet.items, hold);
  const { density } = useReadable(preferences);
  const isWide = useMedia(wide);
  const rowPx = (isWide ? rowPxOf : narrowRowPxOf)[density];
  const nowMs = Math.floor(useNow() / fadeStepMs) * fadeStepMs;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = keys
    .map((key) => fleet.items.get(key))
    .filter((item): item is FleetItem => item !== undefined && matches(item, filter));
  // While the order is held a row stays under the heading it had.
  const entries = underHeadings(rows, (item) => places.get(item.key)?.rank ?? rankOf[item.condition]);
  const list = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => (isHeading(entries[at]) ? headingPx : rowPx),
    getItemKey: (at) => keyOf(entries[at]),
    overscan: 8,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows, other heights
  useEffect(() => list.measure(), [rowPx]);
  const holding = { onPointerEnter: () => setHold(true), onPointerLeave: () => setHold(false) };

  return (
    <>
      <section
        aria-label="Fleet, what needs you first"
        ref={scroller}
        className="relative min-h-0 flex-1 overflow-y-auto border-t border-rule bg-panel"
        data-testid="fleet"
        {...holding}
        onFocus={() => setHold(true)}
        onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setHold(false)}
      >
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
                  <Heading rank={entry.heading} rows={entry.rows} />
                ) : (
                  <Lane item={entry} nowMs={nowMs} />
                )}
              </div>
            );
          })}
        </div>
      </section>
      <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 border-t border-rule px-4 text-[13px] text-ink-3 md:px-6">
        <span data-testid="fleet-count">
          Showing {count(rows.length)} of {count(fleet.items.size)}
        </span>
        {rows.length < fleet.items.size && (
          <Button look="quiet" className="h-7" onClick={onAll}>
            Show all
          </Button>
        )}
        {fleet.truncated && <span>More exist than the gateway sends to one view.</span>}
        {hold && pending > 0 && (
          <span data-testid="fleet-held">Order held while you read: {count(pending)} changed</span>
        )}
      </footer>
    </>
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

/** A stretch of line with the name of what stands along it. */
function Heading({ rank, rows }: { rank: Rank; rows: number }) {
  return (
    <h2 className="flex h-full items-end gap-3 px-4 pb-1.5 text-xs font-semibold text-ink-3 md:px-6">
      <span className={rank === "needs-you" ? "text-wait" : undefined}>{rankTitle[rank]}</span>
      <span aria-hidden="true" className="mb-[7px] h-px flex-1 bg-rule" />
      <span>{count(rows)}</span>
    </h2>
  );
}
