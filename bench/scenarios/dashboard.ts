/** Views of the dashboard over a busy fleet, with other viewers beside: does the page stay quick, and its memory flat? */
import { setTimeout as pause } from "node:timers/promises";
import { type DashboardPage, openDashboardPage } from "../browser/dashboard.ts";
import type { MixedFigures, MixedJob } from "../load/job.ts";
import { serverCore } from "../place.ts";
import { runLoad } from "../run-load.ts";
import { outputEvent, statusEvent } from "../subjects/events.ts";
import type { Running } from "../subjects/subject.ts";
import type { Case, Column, Measured, Scenario } from "./scenario.ts";

const agents = 200;
const linesPerS = 5_000;
const statesPerAgentAndS = 0.5;
const viewers = 10;

interface Times {
  warmupMs: number;
  windowMs: number;
}

const full: Times = { warmupMs: 5_000, windowMs: 20_000 };
const quick: Times = { warmupMs: 3_000, windowMs: 8_000 };
/** Memory is read this often while the page stands open. */
const heapEveryMs = 30_000;
const halfAnHourMs = 1_800_000;

/** What a person feels of a page. */
export const feltColumns: readonly Column[] = [
  { figure: "frameP50Ms", title: "frame p50 ms", digits: 1 },
  { figure: "frameP95Ms", title: "p95", digits: 1 },
  { figure: "frameMaxMs", title: "max", digits: 0 },
  { figure: "framesPerS", title: "frames/s", digits: 1 },
  { figure: "workP95Ms", title: "work p95 ms", digits: 1 },
  { figure: "longTasks", title: "tasks > 50 ms", digits: 0 },
  { figure: "longestTaskMs", title: "longest ms", digits: 0 },
  { figure: "inputP95Ms", title: "key p95 ms", digits: 0 },
  { figure: "heapMb", title: "heap MB", digits: 1 },
];

export const dashboard: Scenario = {
  name: "dashboard",
  about: `a view in Chromium at 1440×900; ${agents} agents, ${linesPerS} log lines a second in one process, ${viewers} further viewers of all that`,
  main: "frameP95Ms",
  columns: [
    ...feltColumns,
    { figure: "heapMbPerMin", title: "MB/min", digits: 2 },
    { figure: "linesP99Ms", title: "lines p99 ms", digits: 0 },
    { figure: "othersCpuShare", title: "others CPU", digits: 2 },
  ],
  runs: () => 1,
  cases: (isQuick) => {
    const times = isQuick ? quick : full;
    return [
      viewCase("fleet at rest", { path: "/", shown: "[data-testid=fleet]", isBusy: false, times }),
      viewCase("fleet", { path: "/", shown: "[data-testid=fleet]", isBusy: true, times }),
      viewCase("log", { path: "/processes/bench", shown: "[data-testid=log]", isBusy: true, times }),
      ...(isQuick
        ? []
        : [
            viewCase("log, half an hour", {
              ...{ path: "/processes/bench", shown: "[data-testid=log]", isBusy: true },
              times: { ...full, windowMs: halfAnHourMs },
            }),
          ]),
    ];
  },
};

interface View {
  path: string;
  shown: string;
  /** Otherwise the agents are there and nothing happens: what the machine itself gives. */
  isBusy: boolean;
  times: Times;
}

function viewCase(name: string, { path, shown, isBusy, times }: View): Case {
  return {
    name,
    measure: async (subject, place) => {
      const server = await subject.start({
        ...place,
        core: serverCore,
        ratesPerS: { process_output: 4 * linesPerS, agent_status: 10 * agents },
      });
      let page: DashboardPage | undefined;
      try {
        await runLoad<"mixed">(job(server, { rate: 1, warmupMs: 0, windowMs: 2_000 }));
        const token = (server.wire.headers.authorization ?? "").replace(/^Bearer /, "");
        page = await openDashboardPage({ port: server.port, token, path, shown });
        if (!isBusy) return judged(await heapOver(page, times.windowMs), undefined);
        const load = runLoad<"mixed">(job(server, { rate: linesPerS, ...times }));
        await pause(times.warmupMs);
        const felt = await heapOver(page, times.windowMs);
        return judged(felt, await load);
      } finally {
        await page?.close();
        await server.stop();
      }
    },
  };
}

interface Course {
  /** Of the first, or the only, stretch. */
  felt: Awaited<ReturnType<DashboardPage["measure"]>>;
  heapMb: number[];
  /** Of all stretches. */
  worstFrameP95Ms: number;
}

/** Measured in stretches, between which memory is read. */
async function heapOver(page: DashboardPage, windowMs: number): Promise<Course> {
  const stretches = Math.max(1, Math.floor(windowMs / heapEveryMs));
  const all: Array<Course["felt"]> = [];
  for (let stretch = 0; stretch < stretches; stretch++) all.push(await page.measure(windowMs / stretches));
  const felt = all.at(-1);
  if (felt === undefined) throw new Error("nothing was measured");
  return {
    felt,
    heapMb: all.map(({ heapMb }) => heapMb),
    worstFrameP95Ms: Math.max(...all.map(({ frameP95Ms }) => frameP95Ms)),
  };
}

function job(server: Running, { rate, warmupMs, windowMs }: Times & { rate: number }): MixedJob & { kind: "mixed" } {
  const { message, subscribeTo } = server;
  return {
    kind: "mixed",
    port: server.port,
    pid: server.pid,
    wire: { ...server.wire, ...(subscribeTo && { subscribe: subscribeTo(["agent:*", "process:bench"]) }) },
    viewers,
    streams: [
      { name: "lines", perSecond: rate, events: [message(outputEvent("bench"))] },
      {
        name: "states",
        perSecond: statesPerAgentAndS,
        events: Array.from({ length: agents }, (_, index) => message(statusEvent(`bench-${index}`))),
      },
    ],
    warmupMs,
    windowMs,
    deadlineMs: warmupMs + windowMs + 60_000,
  };
}

function judged({ felt, heapMb, worstFrameP95Ms }: Course, load: MixedFigures | undefined): Measured {
  const lines = load?.streams.lines;
  const notes: string[] = [];
  if (lines !== undefined && lines.delivered < 0.99 * lines.expected)
    notes.push(`${lines.expected - lines.delivered} of ${lines.expected} lines not delivered to the other viewers`);
  if (heapMb.length > 1) notes.push(`worst stretch: frame p95 ${worstFrameP95Ms.toFixed(1)} ms`);
  return {
    figures: {
      ...felt,
      heapMbPerMin: heapMb.length > 1 ? slope(heapMb) * (60_000 / heapEveryMs) : Number.NaN,
      linesP99Ms: lines?.latency.p99Ms ?? Number.NaN,
      othersCpuShare: load?.othersCpuShare ?? Number.NaN,
    },
    notes,
    series: { heapMb },
  };
}

/** By least squares, from one value to the next. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const above = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0);
  return above / values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
}
