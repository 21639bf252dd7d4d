/** A table of any length: a real one, of which only what is looked at is drawn. A head that is a button sorts. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { preferences } from "../stores/preferences.ts";
import { useReadable } from "../stores/use-readable.ts";
import { classes } from "./classes.ts";
import type { Column } from "./table.tsx";

export interface LongColumn<Row> extends Column<Row> {
  /** Its name in the address, where rows can be sorted by it. */
  sort?: string;
}

interface LongTableProps<Row> {
  label: string;
  columns: ReadonlyArray<LongColumn<Row>>;
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** `name`, or `-name` from the greatest down. */
  sort?: string | undefined;
  onSort?: (sort: string) => void;
  /** The row that is looked at more closely. */
  chosen?: string | undefined;
}

const rowPx = { comfortable: 44, compact: 32 } as const;

export function LongTable<Row>({ label, columns, rows: given, keyOf, sort, onSort, chosen }: LongTableProps<Row>) {
  const [held, setHeld] = useState<readonly string[]>();
  const rows = useMemo(() => inOrder(given, keyOf, held), [given, keyOf, held]);
  const hold = () => setHeld((now) => now ?? rows.map(keyOf));
  const { density } = useReadable(preferences);
  const height = rowPx[density];
  const scroller = useRef<HTMLElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured again
  useEffect(() => list.measure(), [height, list]);
  const drawn = list.getVirtualItems();
  const above = drawn[0]?.start ?? 0;
  const below = list.getTotalSize() - (drawn.at(-1)?.end ?? 0);
  return (
    <section
      ref={scroller}
      aria-label={label}
      className="min-h-0 min-w-0 flex-1 overflow-auto bg-panel"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      onPointerEnter={hold}
      onPointerLeave={() => setHeld(undefined)}
    >
      <table
        className="w-full border-collapse text-left text-[13px]"
        aria-label={label}
        aria-rowcount={rows.length + 1}
      >
        <thead className="sticky top-0 z-10 bg-panel">
          <tr className="text-xs text-ink-3" aria-rowindex={1}>
            {columns.map((column) => (
              <Head
                key={column.name}
                column={column}
                sort={sort}
                onSort={
                  onSort &&
                  ((by) => {
                    setHeld(undefined);
                    onSort(by);
                  })
                }
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Space px={above} columns={columns.length} />}
          {drawn.map(({ index }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const key = keyOf(row);
            return (
              <tr
                key={key}
                data-key={key}
                aria-rowindex={index + 2}
                aria-current={chosen === undefined ? undefined : chosen === key}
                className="border-b border-rule hover:bg-raised aria-[current=true]:bg-run-soft"
                style={{ height }}
              >
                {columns.map((column) => (
                  <td key={column.name} className={cellClass(column, "whitespace-nowrap")}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {below > 0 && <Space px={below} columns={columns.length} />}
        </tbody>
      </table>
    </section>
  );
}

/** Under the hand nothing changes its place: what is new stands at the end until it is gone. */
function inOrder<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  held: readonly string[] | undefined,
): readonly Row[] {
  if (held === undefined) return rows;
  const left = new Map(rows.map((row) => [keyOf(row), row]));
  const known = held.flatMap((key) => {
    const row = left.get(key);
    left.delete(key);
    return row === undefined ? [] : [row];
  });
  return [...known, ...left.values()];
}

const Space = ({ px, columns }: { px: number; columns: number }) => (
  <tr style={{ height: px }}>
    <td colSpan={columns} className="p-0" />
  </tr>
);

interface HeadProps<Row> {
  column: LongColumn<Row>;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}

function Head<Row>({ column, sort, onSort }: HeadProps<Row>) {
  const { sort: by, name } = column;
  const up = by !== undefined && sort === by;
  const down = by !== undefined && sort === `-${by}`;
  return (
    <th
      scope="col"
      aria-sort={up ? "ascending" : down ? "descending" : undefined}
      className={cellClass(column, "h-9 border-b border-rule font-medium whitespace-nowrap")}
    >
      {by === undefined || onSort === undefined ? (
        name
      ) : (
        <button
          type="button"
          className="cursor-pointer rounded hover:text-ink"
          // People look for the most first.
          onClick={() => onSort(down ? by : `-${by}`)}
        >
          {name}
          <span aria-hidden="true">{up ? " ↑" : down ? " ↓" : ""}</span>
        </button>
      )}
    </th>
  );
}

const cellClass = <Row,>(column: Column<Row>, more: string): string =>
  classes(
    "px-3 first:pl-4 last:pr-4 md:first:pl-6 md:last:pr-6",
    column.align === "right" && "text-right",
    column.wideOnly === true && "max-md:hidden",
    column.className,
    more,
  );
