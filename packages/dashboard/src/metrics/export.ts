/** Series as files. */
import { csv } from "../export/csv.ts";
import { save } from "../export/save.ts";
import type { SeriesAnswer } from "./series.ts";

export function seriesCsv({ at, series }: Pick<SeriesAnswer, "at" | "series">): string {
  const names = Object.keys(series).sort();
  const columns = [
    { name: "time", value: (row: number) => new Date(at[row] ?? 0).toISOString() },
    ...names.map((name) => ({ name, value: (row: number) => series[name]?.[row] })),
  ];
  return csv(columns, at.keys());
}

export const seriesExports = (answer: SeriesAnswer) => [
  {
    label: `CSV, ${answer.at.length} rows`,
    run: () => save("signalbox-metrics.csv", seriesCsv(answer), "text/csv"),
  },
  {
    label: "JSON, all of it",
    run: () => save("signalbox-metrics.json", JSON.stringify(answer, undefined, 2), "application/json"),
  },
];
