/** Tables: real ones, so that columns are announced. On a phone the least important columns are left out. */
import type { ReactNode } from "react";
import { classes } from "./classes.ts";

export interface Column<Row> {
  name: string;
  cell: (row: Row) => ReactNode;
  align?: "right";
  /** Left out where the page is narrow. */
  wideOnly?: boolean;
  className?: string;
}

interface TableProps<Row> {
  label: string;
  columns: ReadonlyArray<Column<Row>>;
  rows: readonly Row[];
  keyOf: (row: Row) => string;
}

export function Table<Row>({ label, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <table className="w-full border-collapse text-left" aria-label={label}>
      <thead>
        <tr className="border-b border-rule text-xs text-ink-3">
          {columns.map((column) => (
            <th key={column.name} scope="col" className={cellClass(column, "py-2 font-medium")}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} className="border-b border-rule last:border-0 hover:bg-raised">
            {columns.map((column) => (
              <td key={column.name} className={cellClass(column, "h-[calc(var(--row)-8px)]")}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const cellClass = <Row,>(column: Column<Row>, more: string): string =>
  classes(
    "px-3 first:pl-4 last:pr-4",
    column.align === "right" && "text-right",
    column.wideOnly === true && "max-md:hidden",
    column.className,
    more,
  );
