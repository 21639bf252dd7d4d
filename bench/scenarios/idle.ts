/** Connections that are authenticated and subscribed, and then quiet. */
import { serverCore } from "../place.ts";
import { runLoad } from "../run-load.ts";
import type { Case, Scenario } from "./scenario.ts";

export const idle: Scenario = {
  name: "idle",
  about: "resident memory of each connection that is authenticated, subscribed and quiet",
  main: "rssPerConnBytes",
  columns: [
    { figure: "rssPerConnBytes", title: "bytes/connection", digits: 0 },
    { figure: "rssMb", title: "RSS MB", digits: 0 },
    { figure: "connectUs", title: "CPU µs to connect", digits: 0 },
  ],
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => [
    quick ? idleCase({ clients: 2_000, settleMs: 1_500 }) : idleCase({ clients: 5_000, settleMs: 5_000 }),
  ],
};

function idleCase({ clients, settleMs }: { clients: number; settleMs: number }): Case {
  const firstClients = 500;
  return {
    name: `${clients} connections`,
    measure: async (subject, place) => {
      const server = await subject.start({ ...place, core: serverCore });
      try {
        const { port, pid, wire } = server;
        const got = await runLoad({
          kind: "idle",
          port,
          pid,
          wire,
          firstClients,
          clients,
          settleMs,
          deadlineMs: 60_000,
        });
        return {
          figures: {
            rssPerConnBytes: (got.rssBytes - got.firstRssBytes) / got.connections,
            rssMb: got.rssBytes / 1_000_000,
            connectUs: got.cpuPerConnectionUs,
          },
          notes: got.lostConnections > 0 ? [`${got.lostConnections} connections lost`] : [],
        };
      } finally {
        await server.stop();
      }
    },
  };
}
