/** What is published at one node and seen at another, through Redis. */

import { fanoutJudged, times } from "./fanout.ts";
import { loaded } from "./run.ts";
import type { Case, Column, Scenario } from "./scenario.ts";

/** The end-to-end latency of one viewer, and a crowd on one node: 100,000 deliveries a second. */
const shapes = [
  { perSecond: 1_000, clients: 1 },
  { perSecond: 1_000, clients: 100 },
];

const columns: readonly Column[] = [
  { figure: "deliveredPerS", title: "delivered/s", digits: 0 },
  { figure: "p50Ms", title: "p50 ms", digits: 2 },
  { figure: "p99Ms", title: "p99 ms", digits: 2 },
  { figure: "redisUsPerEvent", title: "Redis µs/event", digits: 0 },
  { figure: "publishingUsPerEvent", title: "publishing node µs/event", digits: 0 },
  { figure: "usPerMessage", title: "viewing node µs/event", digits: 0 },
  { figure: "loadCpuShare", title: "load CPU", digits: 2 },
  { figure: "othersCpuShare", title: "others CPU", digits: 2 },
];

export const cluster: Scenario = {
  name: "cluster",
  about: "two nodes over one Redis: published at one, seen at the other; CPU µs of Redis and of each node per event",
  main: "redisUsPerEvent",
  columns,
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => shapes.map((shape) => clusterCase({ ...shape, ...(quick ? times.quick : times.full) })),
};

const clusterCase = (shape: (typeof shapes)[number] & (typeof times)["full"]): Case => ({
  name: `${shape.perSecond}/s x ${shape.clients}`,
  measure: async (subject, place) => {
    const got = await loaded<"fanout">(subject, place, ({ port, pid, wire, event, publishPort, parts }) => ({
      ...{ kind: "fanout", port, pid, wire, event: event("bench"), ...shape },
      ...(publishPort === undefined ? {} : { publishPort }),
      ...(parts === undefined ? {} : { parts }),
    }));
    const { figures, notes } = fanoutJudged(got, shape);
    const perEvent = (name: string): number => (got.partsUs[name] ?? Number.NaN) / got.published;
    const parts = { redisUsPerEvent: perEvent("redis"), publishingUsPerEvent: perEvent("publishing") };
    return { figures: { ...figures, ...parts, lost: got.expected - got.delivered }, notes };
  },
});
