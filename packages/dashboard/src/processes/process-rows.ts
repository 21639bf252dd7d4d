/** Processes as rows: what the fleet knows of each, with what only processes have. */
import type { ProcessState } from "@signalbox/core/reducers";
import type { CsvColumn } from "../export/csv.ts";
import { rankOf, ranks } from "../fleet/condition.ts";
import { type FleetItem, processItem } from "../fleet/item.ts";

export interface ProcessRow extends FleetItem {
  state: ProcessState;
}

const rows = new WeakMap<ProcessState, ProcessRow>();

/** The same state, the same row. */
export function processRow(channel: string, state: ProcessState): ProcessRow {
  const known = rows.get(state);
  if (known) return known;
  const row = { ...processItem(channel, state), state };
  rows.set(state, row);
  return row;
}

/** How long it has run, or ran. */
const tookMs = ({ startedAt, stoppedAt }: Pick<FleetItem, "startedAt" | "stoppedAt">, nowMs: number): number =>
  startedAt === undefined ? -1 : (stoppedAt ?? nowMs) - startedAt;

const names = new Intl.Collator("en", { numeric: true });

type Order = (a: ProcessRow, b: ProcessRow, nowMs: number) => number;

const orders: Readonly<Record<string, Order>> = Object.assign(Object.create(null), {
  command: (a, b) => names.compare(a.title, b.title),
  exit: (a, b) => (a.state.exitCode ?? -1) - (b.state.exitCode ?? -1),
  lines: (a, b) => a.state.lines - b.state.lines,
  errors: (a, b) => a.state.errorLines - b.state.errorLines,
  cpu: (a, b) => (a.cpuPercent ?? -1) - (b.cpuPercent ?? -1),
  memory: (a, b) => (a.state.memoryBytes ?? -1) - (b.state.memoryBytes ?? -1),
  time: (a, b, nowMs) => tookMs(a, nowMs) - tookMs(b, nowMs),
} satisfies Record<string, Order>);

/** What needs people first, then the newest, unless said otherwise. */
export function sorted(found: readonly ProcessRow[], sort: string | undefined, nowMs: number): ProcessRow[] {
  const down = sort?.startsWith("-") ?? false;
  const order = orders[down ? (sort ?? "").slice(1) : (sort ?? "")];
  return found.toSorted((a, b) =>
    order === undefined
      ? byRankThenAge(a, b)
      : (down ? order(b, a, nowMs) : order(a, b, nowMs)) || names.compare(a.key, b.key),
  );
}

const byRankThenAge = (a: ProcessRow, b: ProcessRow): number =>
  ranks.indexOf(rankOf[a.condition]) - ranks.indexOf(rankOf[b.condition]) ||
  (b.startedAt ?? 0) - (a.startedAt ?? 0) ||
  names.compare(a.key, b.key);

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

export const processCsv: ReadonlyArray<CsvColumn<ProcessState>> = [
  { name: "process", value: ({ processId }) => processId },
  { name: "name", value: ({ name }) => name },
  { name: "status", value: ({ status }) => status },
  { name: "command", value: ({ command, args }) => [command, ...args].filter(Boolean).join(" ") },
  { name: "exit_code", value: ({ exitCode }) => exitCode },
  { name: "signal", value: ({ signal }) => signal },
  { name: "lines", value: ({ lines }) => lines },
  { name: "error_lines", value: ({ errorLines }) => errorLines },
  { name: "started", value: ({ startedAt }) => iso(startedAt) },
  { name: "stopped", value: ({ stoppedAt }) => iso(stoppedAt) },
  {
    name: "duration_ms",
    value: ({ startedAt, stoppedAt }) =>
      startedAt === undefined || stoppedAt === undefined ? undefined : stoppedAt - startedAt,
  },
  { name: "host", value: ({ host }) => host },
  { name: "directory", value: ({ cwd }) => cwd },
  { name: "pid", value: ({ pid }) => pid },
  { name: "session", value: ({ sessionId }) => sessionId },
  { name: "agent", value: ({ agentId }) => agentId },
];
