/** Viewers that never read, beside healthy ones. */
import type { SlowFigures, SlowJob } from "../load/job.ts";
import { logEvent } from "../subjects/events.ts";
import { commonNotes, loaded } from "./run.ts";
import type { Case, Measured, Scenario } from "./scenario.ts";

/** So that a run sees what happens to those who never read: 30 s is the default. */
const stallMs = 3_000;
/** Large lines: the kernel takes some 4 MB for each of them before the server notices. */
const lineBytes = 32_000;

export const slow: Scenario = {
  name: "slow",
  about: `healthy viewers alone, then beside others that never read; the gateway's stallMs is ${stallMs}`,
  main: "p99Ratio",
  columns: [
    { figure: "aloneP99Ms", title: "alone p99 ms", digits: 1 },
    { figure: "p99Ms", title: "beside p99 ms", digits: 1 },
    { figure: "p99Ratio", title: "times", digits: 2 },
    { figure: "rssBeforeMb", title: "RSS before", digits: 0 },
    { figure: "rssMostMb", title: "RSS most", digits: 0 },
    { figure: "closed3008", title: "3008", digits: 0 },
    { figure: "closed1013", title: "1013", digits: 0 },
    { figure: "cut", title: "cut", digits: 0 },
    { figure: "open", title: "open", digits: 0 },
    { figure: "loadCpuShare", title: "load CPU", digits: 2 },
    { figure: "othersCpuShare", title: "others CPU", digits: 2 },
  ],
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => [
    quick
      ? slowCase({ healthy: 50, slow: 100, perSecond: 50, aloneMs: 2_000, besideMs: 8_000, deadlineMs: 45_000 })
      : slowCase({ healthy: 100, slow: 1_000, perSecond: 40, aloneMs: 5_000, besideMs: 15_000, deadlineMs: 120_000 }),
  ],
};

function slowCase(shape: Omit<SlowJob, "kind" | "event" | "port" | "pid" | "wire">): Case {
  return {
    name: `${shape.healthy} healthy, ${shape.slow} never read, ${shape.perSecond}/s`,
    measure: async (subject, place) =>
      judged(
        await loaded<"slow">(subject, { ...place, limits: { stallMs } }, ({ port, pid, wire, message }) => ({
          kind: "slow",
          port,
          pid,
          wire,
          event: message(logEvent("agent:bench", "b", lineBytes)),
          ...shape,
        })),
      ),
  };
}

function judged(got: SlowFigures): Measured {
  const { "3008": closed3008 = 0, "1013": closed1013 = 0, cut = 0, open = 0, ...others } = got.ended;
  const notes = commonNotes(got);
  for (const [number, count] of Object.entries(others)) notes.push(`${count} closed with ${number}`);
  if (got.healthyLost > 0) notes.push(`${got.healthyLost} healthy connections lost`);
  if (got.healthyDelivered < got.healthyExpected)
    notes.push(`healthy ones got ${Math.floor((100 * got.healthyDelivered) / got.healthyExpected)} %`);
  return {
    figures: {
      aloneP99Ms: got.alone.p99Ms,
      aloneP50Ms: got.alone.p50Ms,
      p50Ms: got.latency.p50Ms,
      p99Ms: got.latency.p99Ms,
      p99Ratio: got.latency.p99Ms / got.alone.p99Ms,
      rssBeforeMb: got.rssBeforeBytes / 1_000_000,
      rssMostMb: got.rssMostBytes / 1_000_000,
      closed3008,
      closed1013,
      cut,
      open,
      loadCpuShare: got.loadCpuShare,
      othersCpuShare: got.othersCpuShare,
    },
    notes,
  };
}
