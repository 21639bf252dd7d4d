/** Tables as comma-separated values: RFC 4180, in UTF-8, with a header. */

export type Cell = string | number | boolean | null | undefined;

export interface CsvColumn<Row> {
  name: string;
  value: (row: Row) => Cell;
}

/** A spreadsheet would run a cell that begins like this as a formula; what agents wrote is text. */
const formula = /^[=+\-@\t\r]/;
const special = /[",\r\n]/;

export function csv<Row>(columns: ReadonlyArray<CsvColumn<Row>>, rows: Iterable<Row>): string {
  const lines = [columns.map(({ name }) => cell(name)).join(",")];
  for (const row of rows) lines.push(columns.map(({ value }) => cell(value(row))).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

function cell(value: Cell): string {
  if (typeof value !== "string") return value === null || value === undefined ? "" : String(value);
  const text = formula.test(value) ? `'${value}` : value;
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
