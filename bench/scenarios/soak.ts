/** Whether memory comes back: what is held before and after much came and went, by constructor. */
import type { ChurnJob, FleetJob } from "../load/job.ts";
import { settled } from "../load/settled.ts";
import { type HeapUse, type Held, Inspector, inspectArgs } from "../measure/inspector.ts";
import { rssOf } from "../measure/process.ts";
import type { Place } from "../place.ts";
import { runLoad } from "../run-load.ts";
import type { Running, Subject } from "../subjects/subject.ts";
import type { Case, Measured, Scenario } from "./scenario.ts";

/** A channel that was watched keeps its tail for a minute: what is held is compared when that is over. */
const lingerMs = 65_000;
const settleMs = 30_000;
const lookEveryMs = 1_000;
const growthShown = 6;

type Load = Omit<ChurnJob, keyof Target | "deadlineMs"> | Omit<FleetJob, keyof Target | "deadlineMs">;
type Target = Pick<ChurnJob, "port" | "pid" | "wire">;

export const soak: Scenario = {
  name: "soak",
  about: "memory before and after a million subscriptions, and after a fleet's hour in minutes; heaps by constructor",
  main: "heapGrownKb",
  columns: [
    { figure: "happenings", title: "happenings", digits: 0 },
    { figure: "heapBeforeMb", title: "heap MB before", digits: 2 },
    { figure: "heapAfterMb", title: "after", digits: 2 },
    { figure: "heapGrownKb", title: "grown KB", digits: 0 },
    { figure: "grownPerHappening", title: "bytes each", digits: 2 },
    { figure: "rssBeforeMb", title: "RSS MB before", digits: 0 },
    { figure: "rssMb", title: "after", digits: 0 },
  ],
  runs: () => 1,
  cases: (quick) => [
    churnCase(quick ? 20_000 : 100_000, quick ? 60_000 : 1_000_000),
    fleetCase(quick ? 5_000 : 20_000, quick ? 12_000 : 120_000, quick ? 0 : lingerMs),
  ],
};

/** `warm` cycles first: what is made once is not counted. */
function churnCase(warm: number, cycles: number): Case {
  const load = (first: number, count: number): Load => ({
    kind: "churn",
    connections: 8,
    cycles: count,
    first,
    channels: 200,
  });
  return {
    name: `${cycles} subscriptions`,
    measure: (subject, place) => soaked(subject, place, [load(0, warm), load(warm, cycles)], () => cycles, 3_000),
  };
}

function fleetCase(warmMs: number, windowMs: number, restMs: number): Case {
  const load = (seed: number, ms: number): Load => ({ kind: "fleet", agents: 20, viewers: 50, windowMs: ms, seed });
  const happenings = (got: Record<string, unknown>): number => Number(got.agents) + Number(got.viewers);
  return {
    name: `fleet for ${windowMs / 1_000} s`,
    measure: (subject, place) =>
      soaked(subject, { ...place, keptEvents: 500 }, [load(1, warmMs), load(2, windowMs)], happenings, restMs),
  };
}

async function soaked(
  subject: Subject,
  place: Omit<Place, "core">,
  [warmUp, main]: readonly [Load, Load],
  happeningsOf: (got: Record<string, unknown>) => number,
  restMs: number,
): Promise<Measured> {
  const server = await subject.start({
    ...place,
    core: undefined,
    limits: { channelsPerMinute: 1_000_000 },
    ratesPerS: { subscribe: 1_000_000, unsubscribe: 1_000_000 },
    nodeArgs: [...place.nodeArgs, ...inspectArgs],
  });
  try {
    if (server.inspector === undefined) throw new Error("this subject cannot be inspected");
    const inspector = await Inspector.open(server.inspector);
    await run(server, warmUp);
    const before = await look(server, inspector, restMs);
    const series = { rssMb: [] as number[] };
    const looking = setInterval(() => series.rssMb.push(Math.round(rssOf(server.pid) / 1e5) / 10), lookEveryMs);
    const got = await run(server, main);
    clearInterval(looking);
    const after = await look(server, inspector, restMs);
    inspector.close();
    return judged(before, after, { ...got }, happeningsOf({ ...got }), series);
  } finally {
    await server.stop();
  }
}

const run = (server: Running, load: Load): ReturnType<typeof runLoad> => {
  const { port, pid, wire } = server;
  return runLoad({ ...load, port, pid, wire, deadlineMs: 590_000 });
};

interface Look {
  heap: HeapUse;
  held: Map<string, Held>;
  rssBytes: number;
}

async function look({ pid }: Running, inspector: Inspector, restMs: number): Promise<Look> {
  await new Promise((resolve) => setTimeout(resolve, restMs));
  await settled(pid, settleMs);
  const heap = await inspector.main.heap();
  // V8 gives pages back some time after a collection; to take a snapshot takes memory itself.
  await settled(pid, settleMs);
  const rssBytes = rssOf(pid);
  return { heap, held: await inspector.main.holdings(), rssBytes };
}

function judged(
  before: Look,
  after: Look,
  got: Record<string, unknown>,
  happenings: number,
  series: Measured["series"],
): Measured {
  const grown = after.heap.usedBytes - before.heap.usedBytes;
  const counted = Object.entries(got).filter((one): one is [string, number] => typeof one[1] === "number");
  return {
    figures: {
      happenings,
      heapBeforeMb: before.heap.usedBytes / 1e6,
      heapAfterMb: after.heap.usedBytes / 1e6,
      heapGrownKb: grown / 1e3,
      grownPerHappening: grown / happenings,
      buffersGrownKb: (after.heap.buffersBytes - before.heap.buffersBytes) / 1e3,
      rssBeforeMb: before.rssBytes / 1e6,
      rssMb: after.rssBytes / 1e6,
      ...Object.fromEntries(counted),
    },
    notes: [`grown most: ${growth(before.held, after.held)}`],
    ...(series && { series }),
  };
}

/** `name +count +KB` of what grew most in bytes. */
function growth(before: ReadonlyMap<string, Held>, after: ReadonlyMap<string, Held>): string {
  return [...after]
    .map(([name, { count, bytes }]) => {
      const was = before.get(name) ?? { count: 0, bytes: 0 };
      return { name, count: count - was.count, bytes: bytes - was.bytes };
    })
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, growthShown)
    .map(({ name, count, bytes }) => `${name} ${count > 0 ? "+" : ""}${count} (${(bytes / 1e3).toFixed(0)} KB)`)
    .join(", ");
}
