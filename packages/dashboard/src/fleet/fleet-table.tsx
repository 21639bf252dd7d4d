/** The rows as a table: a column for each figure, sorted by any of them. Only the rows in view are drawn. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useEffect, useRef } from "react";
import { classes } from "../components/classes.ts";
import { Lamp } from "../components/lamp.tsx";
import { RelativeTime } from "../components/relative-time.tsx";
import { Track } from "../components/track.tsx";
import { preferences } from "../stores/preferences.ts";
import { useReadable } from "../stores/use-readable.ts";
import { plainText } from "../text/ansi.ts";
import { calm } from "../text/visible.ts";
import type { Activity } from "./activity.ts";
import type { FleetItem } from "./item.ts";
import { type Choosing, RowCheck } from "./row-check.tsx";
import { Busy, dollars, kindWord, RowLink, StateWords, thousands } from "./row-parts.tsx";
import { type ShapeProps, useReveal } from "./shape.ts";
import { nextSort, type Sort, type SortKey } from "./sort.ts";

const rowPxOf = { comfortable: 48, compact: 36 } as const;
const headPx = 36;

interface Cell {
  item: FleetItem;
  activity: Activity;
  nowMs: number;
}

interface Column {
  title: string;
  sort?: SortKey;
  /** Tailwind width; the others share what is left. */
  width?: string;
  right?: boolean;
  cell: (of: Cell) => ReactNode;
}

const columns: readonly Column[] = [
  {
    title: "State",
    sort: "state",
    width: "w-44",
    cell: ({ item }) => (
      <span className="flex min-w-0 items-center gap-2">
        <Lamp name={item.lamp} silent />
        <StateWords item={item} className="truncate" />
      </span>
    ),
  },
  {
    title: "Name",
    sort: "name",
    cell: ({ item }) => (
      <RowLink item={item} className="block truncate font-medium hover:underline">
        <span title={calm(item.title)}>{calm(item.title)}</span>
      </RowLink>
    ),
  },
  {
    title: "Kind",
    sort: "kind",
    width: "w-18",
    cell: ({ item }) => <span className="text-[13px] text-ink-2">{kindWord[item.kind]}</span>,
  },
  {
    title: "Task and progress",
    sort: "progress",
    width: "w-44",
    cell: ({ item }) => (
      <span className="flex flex-col">
        <span className="truncate text-[13px] text-ink-2" title={calm(item.task)}>
          {calm(item.task)}
        </span>
        {item.progress !== undefined && <Track condition={item.condition} progress={item.progress} />}
      </span>
    ),
  },
  {
    title: "Last words",
    cell: ({ item }) => {
      const said = plainText(item.said || item.reason);
      return (
        <span
          title={said}
          className={classes("block truncate font-mono text-xs", item.saidBad ? "text-stop" : "text-ink-2")}
        >
          {said}
        </span>
      );
    },
  },
  {
    title: "Tokens",
    sort: "tokens",
    width: "w-18",
    right: true,
    cell: ({ item }) => <span className="text-[13px]">{item.tokens > 0 && thousands(item.tokens)}</span>,
  },
  {
    title: "Cost",
    sort: "cost",
    width: "w-16",
    right: true,
    cell: ({ item }) => <span className="text-[13px]">{item.costUsd > 0 && dollars(item.costUsd)}</span>,
  },
  { title: "Activity", width: "w-24", cell: (of) => <Busy {...of} width={80} /> },
  {
    title: "Last event",
    sort: "updated",
    width: "w-24",
    right: true,
    cell: ({ item }) => (
      <span className="text-[13px] text-ink-2">
        <RelativeTime ms={item.updatedAt} />
      </span>
    ),
  },
];

export function FleetTable({ rows, activity, nowMs, selected, onChoose, sort, onSort, reveal }: ShapeProps) {
  const { density } = useReadable(preferences);
  const rowPx = rowPxOf[density];
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (at) => rows.keys[at] ?? at,
    overscan: 8,
    scrollPaddingStart: headPx,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows, other heights
  useEffect(() => list.measure(), [rowPx]);
  useReveal(reveal, scroller, (key) => list.scrollToIndex(rows.keys.indexOf(key)));
  const drawn = list.getVirtualItems();
  const above = drawn[0]?.start ?? 0;
  const below = list.getTotalSize() - (drawn.at(-1)?.end ?? 0);
  return (
    <div ref={scroller} className="h-full overflow-auto bg-panel contain-content">
      <table
        aria-label="Fleet"
        aria-rowcount={rows.items.length + 1}
        className="w-full min-w-[1000px] table-fixed border-collapse text-left"
      >
        <thead className="sticky top-0 z-10 bg-panel">
          <tr aria-rowindex={1} className="h-9 text-xs text-ink-3">
            <th scope="col" className="w-10 pl-3 shadow-[inset_0_-1px_0_var(--rule)]">
              <span className="sr-only">Selected</span>
            </th>
            {columns.map((column) => (
              <ColumnHead key={column.title} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <Space px={above} />
        <tbody>
          {drawn.map(({ index, key }) => {
            const item = rows.items[index];
            return (
              item && (
                <Row
                  key={key}
                  index={index}
                  item={item}
                  px={rowPx}
                  activity={activity}
                  nowMs={nowMs}
                  chosen={selected.has(item.key)}
                  onChoose={onChoose}
                />
              )
            );
          })}
        </tbody>
        <Space px={below} />
      </table>
    </div>
  );
}

interface ColumnHeadProps {
  column: Column;
  sort: Sort | undefined;
  onSort: (sort: Sort | undefined) => void;
}

function ColumnHead({ column: { title, sort: by, width, right }, sort, onSort }: ColumnHeadProps) {
  const own = by !== undefined && sort?.by === by ? sort : undefined;
  return (
    <th
      scope="col"
      aria-sort={own && (own.down ? "descending" : "ascending")}
      className={classes("px-2 font-medium shadow-[inset_0_-1px_0_var(--rule)]", width, right && "text-right")}
    >
      {by === undefined ? (
        title
      ) : (
        <button
          type="button"
          onClick={() => onSort(nextSort(sort, by))}
          className={classes("cursor-pointer font-medium hover:text-ink", own && "text-ink")}
        >
          {title}
          <span aria-hidden="true">{own ? (own.down ? " ↓" : " ↑") : ""}</span>
        </button>
      )}
    </th>
  );
}

/** The rows that are not drawn. */
const Space = ({ px }: { px: number }) =>
  px > 0 && (
    <tbody aria-hidden="true">
      <tr style={{ height: px }} />
    </tbody>
  );

interface RowProps extends Cell, Choosing {
  index: number;
  px: number;
}

const Row = memo(function Row({ index, px, chosen, onChoose, ...of }: RowProps) {
  const { item } = of;
  return (
    <tr
      aria-rowindex={index + 2}
      data-testid="fleet-row"
      data-key={item.key}
      data-condition={item.condition}
      style={{ height: px }}
      className={classes(
        "border-b border-rule",
        item.condition === "waiting" ? "bg-wait-soft" : chosen ? "bg-run-soft" : "hover:bg-raised",
      )}
    >
      <td className="pl-3">
        <RowCheck of={item.key} title={item.title} chosen={chosen} onChoose={onChoose} />
      </td>
      {columns.map(({ title, right, cell }) => (
        <td key={title} className={classes("overflow-hidden px-2 py-0", right && "text-right")}>
          {cell(of)}
        </td>
      ))}
    </tr>
  );
});
