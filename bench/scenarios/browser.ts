/** A page that follows many channels with our client: what it costs the browser's main thread. */
import { setTimeout as pause } from "node:timers/promises";
import { type Follower, type PageCosts, startFollower } from "../browser/follower.ts";
import type { FanoutFigures } from "../load/job.ts";
import { serverCore } from "../place.ts";
import { runLoad } from "../run-load.ts";
import type { Case, Measured, Scenario } from "./scenario.ts";

const perSecond = 5_000;
const channelCount = 20;

/** The load goes on a little longer than the page is measured. */
const times = {
  full: { warmupMs: 3_000, windowMs: 10_000 },
  quick: { warmupMs: 2_000, windowMs: 4_000 },
};
const spareMs = 3_000;
const liveWithinMs = 15_000;

export const browser: Scenario = {
  name: "browser",
  about: `a page in Chromium follows ${perSecond} events of 256 bytes a second, spread over ${channelCount} channels`,
  main: "mainThreadShare",
  columns: [
    { figure: "mainThreadShare", title: "main thread", digits: 3 },
    { figure: "taskShare", title: "in tasks", digits: 3 },
    { figure: "scriptShare", title: "in scripts", digits: 3 },
    { figure: "usPerEvent", title: "µs/event", digits: 2 },
    { figure: "eventsPerS", title: "events/s", digits: 0 },
    { figure: "heapMb", title: "heap MB", digits: 0 },
    { figure: "othersCpuShare", title: "others CPU", digits: 2 },
  ],
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => (["watch", "fold"] as const).map((how) => followCase(how, quick ? times.quick : times.full)),
};

const titles = { watch: "each event to a callback", fold: "folded states" };

function followCase(how: "watch" | "fold", { warmupMs, windowMs }: { warmupMs: number; windowMs: number }): Case {
  return {
    name: titles[how],
    measure: async (subject, place) => {
      const server = await subject.start({ ...place, core: serverCore });
      let follower: Follower | undefined;
      try {
        const { port, pid, wire } = server;
        const names = Array.from({ length: channelCount }, (_, index) => `bench-${String(index).padStart(2, "0")}`);
        const token = (wire.headers.authorization ?? "").replace(/^Bearer /, "");
        follower = await startFollower({ port, token, how, channels: names.map((name) => `agent:${name}`) });
        await live(follower);
        const load = runLoad({
          kind: "fanout",
          port,
          pid,
          wire,
          clients: 0,
          // A frame has one event of each channel.
          event: `[${names.map((name) => server.event(name)).join(",")}]`,
          perSecond: perSecond / channelCount,
          warmupMs,
          windowMs: windowMs + spareMs,
          drainMs: 5_000,
          deadlineMs: 60_000,
        });
        const measured = measure(follower, warmupMs, windowMs);
        const [sent, costs] = await Promise.all([load, measured]);
        return judged(costs, sent);
      } finally {
        await follower?.close();
        await server.stop();
      }
    },
  };
}

async function live(follower: Follower): Promise<void> {
  const untilMs = performance.now() + liveWithinMs;
  while (!(await follower.progress()).live) {
    if (performance.now() > untilMs) throw new Error("the page is not live");
    await pause(50);
  }
}

interface Costs extends PageCosts {
  gaps: number;
  heapBytes: number;
}

async function measure(follower: Follower, warmupMs: number, windowMs: number): Promise<Costs> {
  const warmEvents = (perSecond * warmupMs) / 1000;
  const untilMs = performance.now() + liveWithinMs + warmupMs;
  while ((await follower.progress()).events < warmEvents && performance.now() < untilMs) await pause(100);
  const end = await follower.measure();
  await pause(windowMs);
  const costs = await end();
  const { gaps } = await follower.progress();
  return { ...costs, gaps, heapBytes: await follower.heapBytes() };
}

function judged(costs: Costs, { refused, othersCpuShare }: FanoutFigures): Measured {
  const eventsPerS = (1000 * costs.events) / costs.elapsedMs;
  const notes: string[] = [];
  if (eventsPerS < 0.95 * perSecond) notes.push("saturated");
  if (refused > 0) notes.push(`${refused} refused`);
  if (costs.gaps > 0) notes.push(`${costs.gaps} gaps`);
  return {
    figures: {
      mainThreadShare: costs.cpuShare,
      taskShare: costs.taskShare,
      scriptShare: costs.scriptShare,
      usPerEvent: (1e6 * costs.cpuShare) / eventsPerS,
      eventsPerS,
      heapMb: costs.heapBytes / 1_000_000,
      othersCpuShare,
    },
    notes,
  };
}
