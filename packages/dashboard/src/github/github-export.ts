/** The four tables as files to keep. */
import type { CsvColumn } from "../export/csv.ts";
import type { Activity } from "./activity.ts";
import { checksInWords, type IssueRow, type PullRow, pullWord, type RunRow } from "./repo-rows.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

export const activityCsv: ReadonlyArray<CsvColumn<Activity>> = [
  { name: "time", value: ({ at }) => iso(at) },
  { name: "repository", value: ({ repo }) => repo },
  { name: "type", value: ({ kind }) => kind },
  { name: "what", value: ({ says }) => says },
  { name: "title", value: ({ title }) => title },
  { name: "who", value: ({ actor }) => actor },
  { name: "url", value: ({ url }) => url },
];

export const pullCsv: ReadonlyArray<CsvColumn<PullRow>> = [
  { name: "repository", value: ({ repo }) => repo },
  { name: "number", value: ({ number }) => number },
  { name: "title", value: ({ title }) => title },
  { name: "state", value: pullWord },
  { name: "checks", value: ({ checks }) => checks && checksInWords(checks) },
  { name: "author", value: ({ author }) => author },
  { name: "branch", value: ({ headRef }) => headRef },
  { name: "commit", value: ({ headSha }) => headSha },
  { name: "changed", value: ({ updatedAt }) => iso(updatedAt) },
  { name: "url", value: ({ url }) => url },
];

export const runCsv: ReadonlyArray<CsvColumn<RunRow>> = [
  { name: "repository", value: ({ repo }) => repo },
  { name: "run", value: ({ runId }) => runId },
  { name: "workflow", value: ({ workflow }) => workflow },
  { name: "status", value: ({ status }) => status },
  { name: "conclusion", value: ({ conclusion }) => conclusion },
  { name: "branch", value: ({ headRef }) => headRef },
  { name: "commit", value: ({ headSha }) => headSha },
  { name: "duration_ms", value: ({ durationMs }) => durationMs },
  { name: "changed", value: ({ updatedAt }) => iso(updatedAt) },
  { name: "url", value: ({ url }) => url },
];

export const issueCsv: ReadonlyArray<CsvColumn<IssueRow>> = [
  { name: "repository", value: ({ repo }) => repo },
  { name: "number", value: ({ number }) => number },
  { name: "title", value: ({ title }) => title },
  { name: "state", value: ({ state }) => state },
  { name: "author", value: ({ author }) => author },
  { name: "labels", value: ({ labels }) => labels.join(" ") },
  { name: "assignees", value: ({ assignees }) => assignees.join(" ") },
  { name: "changed", value: ({ updatedAt }) => iso(updatedAt) },
  { name: "url", value: ({ url }) => url },
];
