/** A page with every agent on it: as events of a pattern, as folded states, as patches on these. */
import type { OverviewFigures, OverviewJob, Step } from "../load/job.ts";
import { channelSlot } from "../load/template.ts";
import { logEvent } from "../subjects/events.ts";
import { commonNotes, loaded } from "./run.ts";
import type { Case, Measured, Scenario } from "./scenario.ts";

const shapes = {
  full: { agents: 1_000, perSecond: 10_000, viewers: 50, settleMs: 500, warmupMs: 2_000, windowMs: 8_000 },
  quick: { agents: 200, perSecond: 1_000, viewers: 10, settleMs: 200, warmupMs: 1_000, windowMs: 2_000 },
};

const ask = (more: object): Step[] => [
  {
    send: JSON.stringify({ id: "overview", type: "subscribe", data: { channel: "agent:*", ...more } }),
    expect: '"correlationId":"overview"',
  },
];

/** What viewers ask for; `undefined`: there are none. */
const ways: ReadonlyArray<{ name: string; subscribe: Step[] | undefined }> = [
  { name: "nobody looks", subscribe: undefined },
  { name: "events of agent:*", subscribe: ask({}) },
  { name: "states at 4 Hz", subscribe: ask({ states: true, maxHz: 4 }) },
  { name: "states at 4 Hz, patches", subscribe: ask({ states: true, maxHz: 4, patches: true }) },
];

export const overview: Scenario = {
  name: "overview",
  about: "1,000 agents with 10 events a second each (quick: 200 with 5), viewers who watch all of them",
  main: "kbPerViewerS",
  columns: [
    { figure: "kbPerViewerS", title: "kB/s a viewer", digits: 1 },
    { figure: "textsPerViewerS", title: "messages/s", digits: 0 },
    { figure: "serverCpuShare", title: "server CPU", digits: 2 },
    { figure: "cpuMainShare", title: "main thread", digits: 2 },
    { figure: "publishedPerS", title: "events/s", digits: 0 },
    { figure: "rssMb", title: "RSS MB", digits: 0 },
    { figure: "loadCpuShare", title: "load CPU", digits: 2 },
    { figure: "othersCpuShare", title: "others CPU", digits: 2 },
  ],
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => ways.map((way) => overviewCase(way, quick ? shapes.quick : shapes.full)),
};

function overviewCase(
  { name, subscribe }: (typeof ways)[number],
  { viewers, ...shape }: Omit<OverviewJob, "kind" | "event" | "port" | "pid" | "wire" | "deadlineMs">,
): Case {
  return {
    name: `${shape.agents} agents, ${viewers} viewers: ${name}`,
    measure: async (subject, place) =>
      judged(
        await loaded<"overview">(subject, place, ({ port, pid, wire, message }) => ({
          kind: "overview",
          port,
          pid,
          wire: { ...wire, subscribe: subscribe ?? [] },
          event: message(logEvent(`agent:${channelSlot}`)),
          viewers: subscribe === undefined ? 0 : viewers,
          deadlineMs: 120_000,
          ...shape,
        })),
        viewers,
      ),
  };
}

function judged(got: OverviewFigures, viewers: number): Measured {
  const seconds = got.elapsedMs / 1_000;
  const notes = commonNotes(got);
  if (got.lostConnections > 0) notes.push(`${got.lostConnections} connections lost`);
  return {
    figures: {
      kbPerViewerS: got.bytes / 1_000 / viewers / seconds,
      textsPerViewerS: got.texts / viewers / seconds,
      serverCpuShare: got.cpu.totalUs / 1_000 / got.elapsedMs,
      cpuMainShare: (got.cpu.byThreadUs.MainThread ?? Number.NaN) / 1_000 / got.elapsedMs,
      publishedPerS: got.published / seconds,
      rssMb: got.rssBytes / 1_000_000,
      loadCpuShare: got.loadCpuShare,
      othersCpuShare: got.othersCpuShare,
    },
    notes,
  };
}
