/** Everybody comes back at once, each having missed as much. */
import type { StormFigures, StormJob } from "../load/job.ts";
import { commonNotes, loaded } from "./run.ts";
import type { Case, Column, Measured, Scenario } from "./scenario.ts";

const stormColumns: readonly Column[] = [
  { figure: "allAtHeadMs", title: "all at head ms", digits: 0 },
  { figure: "p50Ms", title: "p50 ms", digits: 0 },
  { figure: "usPerReplayed", title: "µs/replayed", digits: 2 },
  { figure: "lost", title: "lost", digits: 0 },
  { figure: "again", title: "twice", digits: 0 },
  { figure: "retries", title: "retries", digits: 0 },
  { figure: "rssMb", title: "RSS MB", digits: 0 },
  { figure: "loadCpuShare", title: "load CPU", digits: 2 },
  { figure: "othersCpuShare", title: "others CPU", digits: 2 },
];

export const storm: Scenario = {
  name: "storm",
  about: "all clients come back at once, each having missed as many events; until the last one is at head",
  main: "allAtHeadMs",
  columns: stormColumns,
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => [
    quick
      ? stormCase({ clients: 1_000, missed: 100, deadlineMs: 40_000 })
      : stormCase({ clients: 5_000, missed: 100, deadlineMs: 120_000 }),
  ],
};

function stormCase(shape: Pick<StormJob, "clients" | "missed" | "deadlineMs">): Case {
  return {
    name: `${shape.clients} clients, ${shape.missed} missed`,
    measure: async (subject, place) =>
      stormJudged(
        await loaded<"storm">(subject, place, ({ port, pid, wire, event }) => ({
          kind: "storm",
          port,
          pid,
          wire,
          event: event("bench"),
          ...shape,
        })),
        shape.clients,
      ),
  };
}

export function stormJudged(got: StormFigures, clients: number): Measured {
  const notes = commonNotes(got);
  if (got.atHead < clients) notes.push(`${clients - got.atHead} of ${clients} clients never got to the head`);
  return {
    figures: {
      allAtHeadMs: got.allAtHeadMs ?? Number.NaN,
      p50Ms: got.latency.p50Ms,
      p99Ms: got.latency.p99Ms,
      usPerReplayed: got.cpu.totalUs / got.replayed,
      replayed: got.replayed,
      lost: got.lost,
      again: got.again,
      retries: got.retries,
      rssMb: got.rssBytes / 1_000_000,
      loadCpuShare: got.loadCpuShare,
      othersCpuShare: got.othersCpuShare,
    },
    notes,
  };
}
