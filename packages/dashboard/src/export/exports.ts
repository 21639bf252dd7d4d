/** The two files that every table can be kept as. */
import { count } from "../components/figures.ts";
import { type CsvColumn, csv } from "./csv.ts";
import type { Export } from "./export-menu.tsx";
import { fileName, save } from "./save.ts";

export function tableExports<Row>(
  name: string,
  rows: readonly Row[],
  columns: ReadonlyArray<CsvColumn<Row>>,
): Export[] {
  const many = `${count(rows.length)} ${rows.length === 1 ? "row" : "rows"}`;
  return [
    { label: `CSV, ${many}`, run: () => save(`${fileName(name)}.csv`, csv(columns, rows), "text/csv") },
    {
      label: `JSON, ${many}`,
      run: () => save(`${fileName(name)}.json`, JSON.stringify(rows, undefined, 2), "application/json"),
    },
  ];
}
