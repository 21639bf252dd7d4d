/** Messages of 2 KB to many subscribers, as they are and gzipped: what compressing costs, and what it saves. */
import type { Wire } from "../load/job.ts";
import { timeMark, timeSlot } from "../load/template.ts";
import { fanoutColumns, fanoutJudged, times } from "./fanout.ts";
import { loaded } from "./run.ts";
import type { Case, Scenario } from "./scenario.ts";

const messageBytes = 2_048;
const shape = { perSecond: 500, clients: 100 };

/** Asks for gzip; its deliveries begin with the kind of the frame and the first byte of every gzip. */
const gzipped = (wire: Wire): Wire => ({
  ...wire,
  hello: [
    {
      send: JSON.stringify({ id: "c", type: "connect", data: { compression: ["gzip"] } }),
      expect: '"compression":["gzip"]',
    },
  ],
  delivery: "\u0002\u001f",
});

export const compress: Scenario = {
  name: "compress",
  about: "one publisher at a fixed rate, every subscriber gets every message of 2 KB, plain or gzipped",
  main: "usPerDelivery",
  columns: [{ figure: "bytesPerDelivery", title: "bytes", digits: 0 }, ...fanoutColumns],
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => [compressCase("plain", (wire) => wire, quick), compressCase("gzip", gzipped, quick)],
};

function compressCase(name: string, ask: (wire: Wire) => Wire, quick: boolean): Case {
  const job = { ...shape, ...(quick ? times.quick : times.full) };
  return {
    name: `${name}, ${shape.perSecond}/s x ${shape.clients}`,
    measure: async (subject, place) =>
      fanoutJudged(
        await loaded<"fanout">(subject, place, ({ port, pid, wire, event }) => ({
          kind: "fanout",
          port,
          pid,
          wire: ask(wire),
          event: lengthened(event("bench")),
          ...job,
        })),
        job,
      ),
  };
}

/** The event with log lines of which no two are alike, to about `messageBytes`. */
function lengthened(event: string): string {
  const { data, ...rest } = JSON.parse(event) as { data: object };
  let message = "";
  for (let n = 1; event.length + message.length < messageBytes; n++) {
    message += `compiled src/module-${(n * 7_919) % 1_000}.ts in ${(n * 613) % 97} ms, ${(n * 7_907) % 89} imports; `;
  }
  return JSON.stringify({ ...rest, data: { ...data, message: `${message}${timeMark}${timeSlot}` } });
}
