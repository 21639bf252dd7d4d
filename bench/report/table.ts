/** A scenario's rows as a table for people. */
import type { Row, Scenario } from "../scenarios/scenario.ts";

export function table({ name, about, columns }: Scenario, rows: readonly Row[]): string {
  const lines = [
    ["", "subject", ...columns.map((column) => column.title), "ratio", "notes"],
    ...rows.map((row, index) => [
      rows[index - 1]?.case === row.case ? "" : row.case,
      row.subject,
      ...columns.map(({ figure, digits }) => shown(row.figures[figure], digits)),
      Object.entries(row.ratioTo)
        .map(([peer, ratio]) => `${ratio.toFixed(2)} ${peer}`)
        .join(", "),
      row.notes.join("; "),
    ]),
  ];
  const widths = (lines[0] ?? []).map((_, place) => Math.max(...lines.map((line) => line[place]?.length ?? 0)));
  const isFigure = (place: number): boolean => place >= 2 && place < 2 + columns.length;
  const text = lines.map((line) =>
    line
      .map((cell, place) => (isFigure(place) ? cell.padStart(widths[place] ?? 0) : cell.padEnd(widths[place] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return [`${name}: ${about}`, ...text, ""].join("\n");
}

const shown = (value: number | undefined, digits: number): string =>
  value === undefined || Number.isNaN(value)
    ? "–"
    : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
