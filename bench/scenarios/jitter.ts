/** Clients that lose their connection for two seconds at random moments. */
import type { JitterFigures, JitterJob } from "../load/job.ts";
import { commonNotes, loaded } from "./run.ts";
import type { Case, Measured, Scenario } from "./scenario.ts";

export const jitter: Scenario = {
  name: "jitter",
  about: "each client is away for 2 s once, at a random moment; replay is from its return to having all it missed",
  main: "deliveredShare",
  columns: [
    { figure: "deliveredShare", title: "delivered %", digits: 2 },
    { figure: "lost", title: "lost", digits: 0 },
    { figure: "again", title: "twice", digits: 0 },
    { figure: "p50Ms", title: "replay p50 ms", digits: 0 },
    { figure: "p99Ms", title: "replay p99 ms", digits: 0 },
    { figure: "maxMs", title: "max ms", digits: 0 },
    { figure: "usPerDelivery", title: "µs/delivery", digits: 2 },
    { figure: "loadCpuShare", title: "load CPU", digits: 2 },
    { figure: "othersCpuShare", title: "others CPU", digits: 2 },
  ],
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => [
    quick
      ? jitterCase({ clients: 1_000, perSecond: 5, windowMs: 6_000, deadlineMs: 40_000 })
      : jitterCase({ clients: 10_000, perSecond: 2, windowMs: 20_000, deadlineMs: 120_000 }),
  ],
};

function jitterCase(shape: Pick<JitterJob, "clients" | "perSecond" | "windowMs" | "deadlineMs">): Case {
  return {
    name: `${shape.clients} clients, ${shape.perSecond}/s`,
    measure: async (subject, place) =>
      judged(
        await loaded<"jitter">(
          subject,
          { ...place, limits: { connectionsPerAddress: 50_000 } },
          ({ port, pid, wire, event }) => ({
            kind: "jitter",
            port,
            pid,
            wire,
            event: event("bench"),
            awayMs: 2_000,
            seed: 7,
            ...shape,
          }),
        ),
      ),
  };
}

function judged(got: JitterFigures): Measured {
  return {
    figures: {
      deliveredShare: (100 * got.delivered) / got.expected,
      lost: got.lost,
      again: got.again,
      replays: got.latency.samples,
      p50Ms: got.latency.p50Ms,
      p99Ms: got.latency.p99Ms,
      maxMs: got.latency.maxMs,
      usPerDelivery: got.cpu.totalUs / got.delivered,
      retries: got.retries,
      rssMb: got.rssBytes / 1_000_000,
      loadCpuShare: got.loadCpuShare,
      othersCpuShare: got.othersCpuShare,
    },
    notes: commonNotes(got),
  };
}
