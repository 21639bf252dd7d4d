/** One publisher at a fixed rate, many subscribers of its channel. */
import type { FanoutFigures, FanoutJob } from "../load/job.ts";
import type { Place } from "../place.ts";
import { loaded } from "./run.ts";
import type { Case, Column, Measured, Scenario } from "./scenario.ts";

const shapes = [
  { perSecond: 5_000, clients: 100 },
  { perSecond: 1_000, clients: 100 },
  { perSecond: 100, clients: 1_000 },
];

/** Long enough for the compiler to settle; the quick ones fit all subjects into 50 s. */
export const times = {
  full: { warmupMs: 2_000, windowMs: 5_000, drainMs: 15_000, deadlineMs: 60_000 },
  quick: { warmupMs: 600, windowMs: 1_500, drainMs: 3_000, deadlineMs: 20_000 },
};

export const fanoutColumns: readonly Column[] = [
  { figure: "usPerDelivery", title: "µs/delivery", digits: 2 },
  { figure: "deliveredPerS", title: "delivered/s", digits: 0 },
  { figure: "p50Ms", title: "p50 ms", digits: 1 },
  { figure: "p99Ms", title: "p99 ms", digits: 1 },
  { figure: "rssMb", title: "RSS MB", digits: 0 },
  { figure: "loadCpuShare", title: "load CPU", digits: 2 },
  { figure: "othersCpuShare", title: "others CPU", digits: 2 },
];

export const fanout: Scenario = {
  name: "fanout",
  about: "one publisher at a fixed rate, every subscriber gets every message of 256 bytes",
  main: "usPerDelivery",
  columns: fanoutColumns,
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => shapes.map((shape) => fanoutCase({ ...shape, ...(quick ? times.quick : times.full) })),
};

/** `limits`: changes to the gateway's. */
export function fanoutCase(
  shape: Omit<FanoutJob, "kind" | "event" | "port" | "pid" | "wire">,
  limits?: Place["limits"],
): Case {
  return {
    name: `${shape.perSecond}/s x ${shape.clients}`,
    measure: async (subject, place) =>
      fanoutJudged(
        await loaded<"fanout">(subject, { ...place, ...(limits && { limits }) }, ({ port, pid, wire, event }) => ({
          kind: "fanout",
          port,
          pid,
          wire,
          event: event("bench"),
          ...shape,
        })),
        shape,
      ),
  };
}

export function fanoutJudged(
  got: FanoutFigures,
  { perSecond, clients }: { perSecond: number; clients: number },
): Measured {
  const deliveredPerS = (1000 * got.delivered) / got.elapsedMs;
  const notes: string[] = [];
  if (deliveredPerS < 0.95 * perSecond * clients) notes.push("saturated");
  if (got.delivered < got.expected) notes.push(`incomplete: ${Math.round((100 * got.delivered) / got.expected)} %`);
  if (got.refused > 0) notes.push(`${got.refused} of ${got.published} refused`);
  if (got.lostConnections > 0) notes.push(`${got.lostConnections} connections lost`);
  const serverCpuShare = got.cpu.totalUs / 1000 / got.elapsedMs;
  if (got.loadCpuShare > 0.9 && serverCpuShare < 0.9) notes.push("the load generator was the limit");
  if (got.othersCpuShare > 0.25) notes.push("others were at work on this machine");
  return {
    figures: {
      usPerDelivery: got.cpu.totalUs / got.delivered,
      usPerMessage: got.cpu.totalUs / got.published,
      cpuMainUs: got.cpu.byThreadUs.MainThread ?? Number.NaN,
      cpuTotalUs: got.cpu.totalUs,
      bytesPerDelivery: got.bytesPerDelivery,
      deliveredPerS,
      p50Ms: got.latency.p50Ms,
      p99Ms: got.latency.p99Ms,
      maxMs: got.latency.maxMs,
      samples: got.latency.samples,
      rssMb: got.rssBytes / 1_000_000,
      serverCpuShare,
      loadCpuShare: got.loadCpuShare,
      othersCpuShare: got.othersCpuShare,
    },
    notes,
  };
}
