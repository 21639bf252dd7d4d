/** From the start of the process to the line that says it is ready, on an empty data directory. */
import { rssOf } from "../measure/process.ts";
import type { Scenario } from "./scenario.ts";

export const start: Scenario = {
  name: "start",
  about: "from the start of the process to ready, on an empty data directory, sources run by Node directly",
  main: "readyMs",
  columns: [
    { figure: "readyMs", title: "ready ms", digits: 0 },
    { figure: "rssMb", title: "RSS MB", digits: 0 },
  ],
  runs: (quick) => (quick ? 3 : 7),
  cases: () => [
    {
      name: "cold start",
      measure: async (subject, place) => {
        const server = await subject.start({ ...place, core: undefined });
        try {
          await answersReady(server.port);
          return { figures: { readyMs: server.readyMs, rssMb: rssOf(server.pid) / 1_000_000 }, notes: [] };
        } finally {
          await server.stop();
        }
      },
    },
  ],
};

/** What said that it was ready must be. */
async function answersReady(port: number): Promise<void> {
  const { status } = await fetch(`http://127.0.0.1:${port}/health/ready`);
  if (status !== 200) throw new Error(`/health/ready answered ${status} after the server said that it was ready`);
}
