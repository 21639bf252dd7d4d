/** One event at a time to very many: when has the last one got it? */
import { fanoutCase, fanoutColumns } from "./fanout.ts";
import type { Scenario } from "./scenario.ts";

const times = { warmupMs: 1_000, drainMs: 5_000, deadlineMs: 90_000 };

export const broadcast: Scenario = {
  name: "broadcast",
  about: "one event at a time to thousands; the largest latency is that of the last one to get it",
  main: "usPerDelivery",
  columns: fanoutColumns,
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => [
    fanoutCase(
      quick
        ? { perSecond: 4, clients: 2_000, ...times, windowMs: 2_500 }
        : { perSecond: 4, clients: 10_000, ...times, windowMs: 10_000 },
      { connectionsPerAddress: 50_000 },
    ),
  ],
};
