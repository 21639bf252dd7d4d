/** A column for each rank, with a card for each row: who needs you stands at the left. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef } from "react";
import { classes } from "../components/classes.ts";
import { Lamp } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { Track } from "../components/track.tsx";
import { preferences } from "../stores/preferences.ts";
import { useReadable } from "../stores/use-readable.ts";
import { plainText } from "../text/ansi.ts";
import { calm } from "../text/visible.ts";
import type { Activity } from "./activity.ts";
import { type Rank, ranks } from "./condition.ts";
import { Heading } from "./headings.tsx";
import type { FleetItem } from "./item.ts";
import { type Choosing, RowCheck } from "./row-check.tsx";
import { Busy, kindWord, RowLink, StateWords, usageWords } from "./row-parts.tsx";
import { type ShapeProps, useReveal } from "./shape.ts";

/** With the room between two. */
const cardPxOf = { comfortable: 148, compact: 116 } as const;

export function Board({ rows, reveal, ...rest }: ShapeProps) {
  const board = useRef<HTMLDivElement>(null);
  const scrolls = useRef(new Map<Rank, (at: number) => void>());
  const columns = new Map<Rank, FleetItem[]>(ranks.map((rank) => [rank, []]));
  for (const item of rows.items) columns.get(rows.rankAt(item))?.push(item);
  useReveal(reveal, board, (key) => {
    for (const [rank, items] of columns) {
      const at = items.findIndex((item) => item.key === key);
      if (at >= 0) scrolls.current.get(rank)?.(at);
    }
  });
  return (
    <div ref={board} className="flex h-full gap-3 overflow-x-auto bg-ground px-4 py-3 md:px-6">
      {ranks.map((rank) => (
        <Column key={rank} rank={rank} items={columns.get(rank) ?? []} scrolls={scrolls.current} {...rest} />
      ))}
    </div>
  );
}

interface ColumnProps extends Omit<ShapeProps, "rows" | "reveal"> {
  rank: Rank;
  items: readonly FleetItem[];
  scrolls: Map<Rank, (at: number) => void>;
}

function Column({ rank, items, scrolls, activity, nowMs, selected, onChoose }: ColumnProps) {
  const { density } = useReadable(preferences);
  const cardPx = cardPxOf[density];
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => cardPx,
    getItemKey: (at) => items[at]?.key ?? at,
    overscan: 3,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other cards, other heights
  useEffect(() => list.measure(), [cardPx]);
  scrolls.set(rank, (at) => list.scrollToIndex(at));
  return (
    <section className="flex min-w-44 flex-1 flex-col" data-testid="board-column" data-rank={rank}>
      <Heading rank={rank} rows={items.length} />
      {/* With a ground of its own it scrolls without being painted anew. */}
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto bg-ground contain-content">
        <div style={{ height: list.getTotalSize() }} className="relative">
          {list.getVirtualItems().map(({ index, key, start, size }) => {
            const item = items[index];
            return (
              item && (
                <div
                  key={key}
                  className="absolute inset-x-0 top-0 pb-2"
                  style={{ height: size, transform: `translateY(${start}px)` }}
                >
                  <Card
                    item={item}
                    activity={activity}
                    nowMs={nowMs}
                    chosen={selected.has(item.key)}
                    onChoose={onChoose}
                  />
                </div>
              )
            );
          })}
        </div>
      </div>
    </section>
  );
}

interface CardProps extends Choosing {
  item: FleetItem;
  activity: Activity;
  nowMs: number;
}

const Card = memo(function Card({ item, activity, nowMs, chosen, onChoose }: CardProps) {
  const said = plainText(item.said || item.reason);
  return (
    <article
      data-testid="fleet-row"
      data-key={item.key}
      data-condition={item.condition}
      className={classes(
        "flex h-full rounded-md border",
        chosen ? "border-run" : "border-rule",
        item.condition === "waiting" ? "bg-wait-soft" : chosen ? "bg-run-soft" : "bg-panel hover:border-rule-strong",
      )}
    >
      <span className="h-9 pl-1">
        <RowCheck of={item.key} title={item.title} chosen={chosen} onChoose={onChoose} />
      </span>
      <RowLink item={item} className="flex min-w-0 flex-1 flex-col gap-0.5 rounded-md py-2 pr-3 pl-1">
        <span className="flex min-w-0 items-center gap-2">
          <Lamp name={item.lamp} silent />
          <span className="min-w-0 flex-1 truncate font-medium" title={calm(item.title)}>
            {calm(item.title)}
          </span>
        </span>
        <StateWords item={item} className="shrink-0 truncate" />
        <span className="shrink-0 truncate text-xs text-ink-3 in-data-[density=compact]:hidden">
          {kindWord[item.kind]}
          {item.subtitle !== "" && ` · ${calm(item.subtitle)}`}
        </span>
        <span title={said} className={classes("truncate font-mono text-xs", item.saidBad ? "text-stop" : "text-ink-2")}>
          {said}
        </span>
        <span className="mt-auto">
          {item.progress === undefined ? (
            <Busy item={item} activity={activity} nowMs={nowMs} width={180} />
          ) : (
            <Track condition={item.condition} progress={item.progress} />
          )}
        </span>
        <span className="flex justify-between gap-2 text-xs whitespace-nowrap text-ink-3">
          <RelativeTime ms={item.updatedAt} />
          <span className="truncate">{usageWords(item)}</span>
        </span>
      </RowLink>
    </article>
  );
});
