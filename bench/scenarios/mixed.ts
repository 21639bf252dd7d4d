/** Twenty agents and two watched browsers, fifty viewers of everything. */
import type { MixedFigures, MixedJob } from "../load/job.ts";
import { frameEvent, logEvent, statusEvent } from "../subjects/events.ts";
import type { Running } from "../subjects/subject.ts";
import { commonNotes, loaded } from "./run.ts";
import type { Case, Measured, Scenario } from "./scenario.ts";

const viewers = 50;
const frameBytes = 60_000;

export const mixed: Scenario = {
  name: "mixed",
  about:
    "20 agents (20 lines and 1 state a second each) and 2 browsers (5 pictures of 60 kB a second each), 50 viewers",
  main: "statusP99Ms",
  columns: [
    { figure: "logsP99Ms", title: "logs p99 ms", digits: 1 },
    { figure: "statusP99Ms", title: "status p99 ms", digits: 1 },
    { figure: "framesP99Ms", title: "frames p99 ms", digits: 1 },
    { figure: "deliveredShare", title: "lossless %", digits: 2 },
    { figure: "framesShare", title: "frames %", digits: 1 },
    { figure: "mbPerS", title: "MB/s", digits: 1 },
    { figure: "usPerDelivery", title: "µs/delivery", digits: 1 },
    { figure: "rssMb", title: "RSS MB", digits: 0 },
    { figure: "loadCpuShare", title: "load CPU", digits: 2 },
    { figure: "othersCpuShare", title: "others CPU", digits: 2 },
  ],
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => [
    mixedCase(
      quick
        ? { warmupMs: 1_000, windowMs: 4_000, deadlineMs: 30_000 }
        : { warmupMs: 2_000, windowMs: 15_000, deadlineMs: 60_000 },
    ),
  ],
};

function mixedCase(times: Pick<MixedJob, "warmupMs" | "windowMs" | "deadlineMs">): Case {
  return {
    name: `${viewers} viewers`,
    measure: async (subject, place) =>
      judged(
        await loaded<"mixed">(subject, place, (server) => ({
          kind: "mixed",
          port: server.port,
          pid: server.pid,
          wire: {
            ...server.wire,
            ...(server.subscribeTo && { subscribe: server.subscribeTo(["agent:*", "browser:*"]) }),
          },
          viewers,
          streams: streamsOf(server),
          ...times,
        })),
      ),
  };
}

function streamsOf({ message }: Running): MixedJob["streams"] {
  const agents = Array.from({ length: 20 }, (_, index) => `bench-${String(index).padStart(2, "0")}`);
  return [
    { name: "logs", perSecond: 20, events: agents.map((agent) => message(logEvent(`agent:${agent}`, "l"))) },
    { name: "status", perSecond: 1, events: agents.map((agent) => message(statusEvent(agent))) },
    { name: "frames", perSecond: 5, events: ["one", "two"].map((name) => message(frameEvent(name, frameBytes))) },
  ];
}

function judged(got: MixedFigures): Measured {
  const { logs, status, frames } = got.streams;
  const notes = commonNotes(got);
  if (got.lostConnections > 0) notes.push(`${got.lostConnections} connections lost`);
  const delivered = (logs?.delivered ?? 0) + (status?.delivered ?? 0);
  const expected = (logs?.expected ?? 0) + (status?.expected ?? 0);
  return {
    figures: {
      logsP99Ms: logs?.latency.p99Ms ?? Number.NaN,
      logsP50Ms: logs?.latency.p50Ms ?? Number.NaN,
      statusP99Ms: status?.latency.p99Ms ?? Number.NaN,
      framesP99Ms: frames?.latency.p99Ms ?? Number.NaN,
      deliveredShare: (100 * delivered) / expected,
      framesShare: (100 * (frames?.delivered ?? 0)) / (frames?.expected ?? 1),
      mbPerS: got.bytes / 1000 / got.elapsedMs,
      usPerDelivery: got.cpu.totalUs / (delivered + (frames?.delivered ?? 0)),
      rssMb: got.rssBytes / 1_000_000,
      loadCpuShare: got.loadCpuShare,
      othersCpuShare: got.othersCpuShare,
    },
    notes,
  };
}
