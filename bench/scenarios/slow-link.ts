/** A viewer on 64 kbit/s watching a log and a picture: how soon does it hear that a process stopped? */
import type { SlowLinkFigures } from "../load/job.ts";
import { frameEvent, logEvent } from "../subjects/events.ts";
import { commonNotes, loaded } from "./run.ts";
import type { Case, Measured, Scenario } from "./scenario.ts";

const bytesPerSecond = 8_000;
const linesPerSecond = 5_000;
const framesPerSecond = 30;
const frameBytes = 20_000;

export const slowLink: Scenario = {
  name: "slowlink",
  about: `a viewer on 64 kbit/s, ${linesPerSecond} lines and ${framesPerSecond} pictures of 20 kB a second, then an event that matters`,
  main: "medianMs",
  columns: [
    { figure: "medianMs", title: "median ms", digits: 0 },
    { figure: "mostMs", title: "most ms", digits: 0 },
    { figure: "mostBytesBetween", title: "bytes between", digits: 0 },
    { figure: "notArrived", title: "not arrived", digits: 0 },
    { figure: "lost", title: "lost", digits: 0 },
    { figure: "loadCpuShare", title: "load CPU", digits: 2 },
    { figure: "othersCpuShare", title: "others CPU", digits: 2 },
  ],
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => [linkCase(quick ? 5 : 20)],
};

function linkCase(urgentEvents: number): Case {
  return {
    name: `${urgentEvents} times, after 20 s`,
    measure: async (subject, place) =>
      judged(
        await loaded<"slowlink">(subject, place, ({ port, pid, wire, message, subscribeTo }) => ({
          kind: "slowlink",
          port,
          pid,
          wire: { ...wire, subscribe: subscribeTo?.(["agent:bench", "browser:b", "process:p"]) ?? wire.subscribe },
          bytesPerSecond,
          streams: [
            { event: message(logEvent("agent:bench")), perSecond: linesPerSecond },
            { event: message(frameEvent("b", frameBytes)), perSecond: framesPerSecond },
          ],
          urgent: message(stopped),
          urgentMark: "the-one-that-matters",
          settleMs: 20_000,
          urgentEvents,
          pauseMs: 1_500,
          waitMs: 15_000,
          deadlineMs: 30_000 + urgentEvents * 18_000,
        })),
      ),
  };
}

const stopped = JSON.stringify({
  type: "process_stopped",
  timestamp: 1_700_000_000_000,
  channel: "process:p",
  data: { processId: "p", exitCode: 0, signal: null, reason: "the-one-that-matters" },
});

function judged(got: SlowLinkFigures): Measured {
  const delays = got.delaysMs.toSorted((a, b) => a - b);
  return {
    figures: {
      medianMs: delays[delays.length >> 1] ?? 0,
      mostMs: delays.at(-1) ?? 0,
      mostBytesBetween: got.mostBytesBetween,
      notArrived: got.notArrived,
      lost: got.lostConnections,
      loadCpuShare: got.loadCpuShare,
      othersCpuShare: got.othersCpuShare,
    },
    notes: commonNotes(got),
  };
}
