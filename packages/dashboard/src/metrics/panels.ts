/** Which figures stand in which chart. */
import type { SeriesAnswer } from "./series.ts";
import type { Unit } from "./units.ts";

export interface ChartPlan {
  title: string;
  unit: Unit;
  /** What it is, for who does not know. */
  says: string;
  /** Name and what people call it; or all names that begin so. */
  lines: ReadonlyArray<readonly [name: string, label: string]> | { prefix: string };
  /** Figures a second, shown as figures an hour. */
  times?: number;
}

const shares = (name: string): ReadonlyArray<readonly [string, string]> => [
  [`${name}.p50`, "half"],
  [`${name}.p95`, "95 %"],
  [`${name}.p99`, "99 %"],
];

export const gatewayCharts: readonly ChartPlan[] = [
  {
    title: "Throughput",
    unit: "per-second",
    says: "Events that were kept, and publications given to viewers.",
    lines: [
      ["events", "events kept"],
      ["deliveries", "deliveries"],
    ],
  },
  {
    title: "Bandwidth",
    unit: "bytes-per-second",
    says: "What went through all sockets.",
    lines: [
      ["bytes.in", "in"],
      ["bytes.out", "out"],
    ],
  },
  {
    title: "Connections",
    unit: "count",
    says: "Open connections by transport; tcp counts them all, requests over HTTP included.",
    lines: { prefix: "connections." },
  },
  {
    title: "Time to publish",
    unit: "ms",
    says: "From taking events until they are kept, given to viewers, and their sender can be answered.",
    lines: shares("publish_ms"),
  },
  {
    title: "Time to viewers",
    unit: "ms",
    says: "From writing to a WebSocket until its reader answered the ping behind it: there and back.",
    lines: shares("viewer_ms"),
  },
  {
    title: "Time to the store",
    unit: "ms",
    says: "A batch of events given to the disk until it is kept.",
    lines: shares("store_ms"),
  },
  {
    title: "Errors",
    unit: "per-second",
    says: "Requests, connections and events that were refused, by the error's name.",
    lines: { prefix: "errors." },
  },
  {
    title: "Queues",
    unit: "bytes",
    says: "On the way to the disk, and to viewers that have not read it yet.",
    lines: [
      ["queue.inflight_bytes", "to the disk"],
      ["queue.unsent_bytes", "waits in sockets"],
      ["queue.queued_bytes", "not seen to be read"],
    ],
  },
  {
    title: "Viewers that lag",
    unit: "count",
    says: "Channels and connections that are behind.",
    lines: [
      ["viewers.behind", "channels behind"],
      ["viewers.slow", "connections behind"],
    ],
  },
  {
    title: "Left out and closed",
    unit: "per-second",
    says: "What slow viewers were told they would not get, and connections that were closed for being slow.",
    lines: [
      ["drops.coalesce", "lines left out"],
      ["drops.latest", "gauges left out"],
      ["closes.slow", "closed as slow"],
      ["closes.shed", "closed for room"],
    ],
  },
  {
    title: "Event loop",
    unit: "ms",
    says: "How much later than due it came round.",
    lines: [
      ["loop.delay_p99_ms", "99 %"],
      ["loop.delay_max_ms", "worst"],
    ],
  },
  {
    title: "Memory",
    unit: "bytes",
    says: "What the system gives the process, and what its objects take of it.",
    lines: [
      ["memory.rss_bytes", "process"],
      ["memory.heap_bytes", "objects"],
    ],
  },
  {
    title: "Processor",
    unit: "percent",
    says: "Of one core; more threads can take more than 100 %.",
    lines: [["cpu.percent", "used"]],
  },
];

const hourS = 3_600;

export const workCharts: readonly ChartPlan[] = [
  {
    title: "Sessions",
    unit: "per-hour",
    times: hourS,
    says: "Started and ended, at that rate.",
    lines: [
      ["told.session_started", "started"],
      ["told.session_stopped", "ended"],
    ],
  },
  {
    title: "Processes",
    unit: "per-hour",
    times: hourS,
    says: "Started and ended, at that rate.",
    lines: [
      ["told.process_started", "started"],
      ["told.process_stopped", "ended"],
    ],
  },
  {
    title: "Approvals",
    unit: "per-hour",
    times: hourS,
    says: "Asked for, decided, and expired with nobody deciding.",
    lines: [
      ["told.checkpoint_required", "asked for"],
      ["told.checkpoint_decided", "decided"],
      ["told.checkpoint_expired", "expired"],
    ],
  },
  {
    title: "Commands",
    unit: "per-hour",
    times: hourS,
    says: "Given, and how they ended.",
    lines: [
      ["told.command_queued", "given"],
      ["told.command_done", "done"],
      ["told.command_failed", "failed"],
      ["told.command_expired", "expired"],
      ["told.command_cancelled", "taken back"],
    ],
  },
];

export interface ChartLine {
  label: string;
  values: ReadonlyArray<number | null>;
}

/** So many lines of a chart can be told apart. */
const linesMost = 8;

/** The lines of a chart that have figures; of many, those with the most. `hidden`: how many others there are. */
export function linesOf(
  { lines, times = 1 }: ChartPlan,
  { series, at }: SeriesAnswer,
): { lines: ChartLine[]; hidden: number } {
  const scaled = (values: ReadonlyArray<number | null>) =>
    times === 1 ? values : values.map((value) => (value === null ? null : value * times));
  if (!("prefix" in lines)) {
    return {
      lines: lines.map(([name, label]) => ({ label, values: scaled(series[name] ?? at.map(() => null)) })),
      hidden: 0,
    };
  }
  const found = Object.entries(series)
    .filter(([name, values]) => name.startsWith(lines.prefix) && values.some((value) => value !== null && value > 0))
    .map(([name, values]) => ({ label: name.slice(lines.prefix.length), values: scaled(values) }));
  const sum = ({ values }: ChartLine): number => values.reduce<number>((all, value) => all + (value ?? 0), 0);
  const chosen = found.length <= linesMost ? found : found.toSorted((a, b) => sum(b) - sum(a)).slice(0, linesMost);
  return { lines: chosen.sort((a, b) => a.label.localeCompare(b.label)), hidden: found.length - chosen.length };
}
