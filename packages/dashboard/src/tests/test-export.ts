/** Tests as a table to keep. */
import type { CsvColumn } from "../export/csv.ts";
import { isFlaky, outcomeOf, type TestRecord } from "./test-record.ts";

export const testCsv: ReadonlyArray<CsvColumn<TestRecord>> = [
  { name: "suite", value: ({ suite }) => suite },
  { name: "test", value: ({ name }) => name },
  { name: "outcome", value: outcomeOf },
  { name: "flaky", value: isFlaky },
  { name: "duration_ms", value: ({ marks }) => marks.at(-1)?.durationMs },
  { name: "ran", value: ({ marks }) => isoTime(marks.at(-1)?.at) },
  { name: "file", value: ({ file }) => file },
  { name: "line", value: ({ line }) => line },
  { name: "last_runs", value: ({ marks }) => marks.map(({ outcome }) => outcome).join(" ") },
  { name: "failed", value: ({ failedAt }) => isoTime(failedAt) },
  { name: "message", value: ({ message }) => message },
];

const isoTime = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();
