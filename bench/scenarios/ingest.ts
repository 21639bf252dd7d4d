/** Publishers over WebSocket: how many events are kept per second, at what cost, and how soon they are acknowledged. */
import type { IngestFigures, IngestJob } from "../load/job.ts";
import { runLoad } from "../run-load.ts";
import type { Running } from "../subjects/subject.ts";
import type { Case, Measured, Scenario } from "./scenario.ts";

interface Shape {
  name: string;
  publishers: number;
  eventsPerFrame: number;
  framesInFlight: number;
}

const shapes: readonly Shape[] = [
  { name: "100 publishers, single events", publishers: 100, eventsPerFrame: 1, framesInFlight: 64 },
  { name: "100 publishers, batches of 10", publishers: 100, eventsPerFrame: 10, framesInFlight: 10 },
  { name: "1 publisher, one at a time", publishers: 1, eventsPerFrame: 1, framesInFlight: 1 },
];

const times = {
  full: { warmupMs: 2_000, windowMs: 5_000, deadlineMs: 40_000 },
  quick: { warmupMs: 800, windowMs: 2_000, deadlineMs: 20_000 },
};

export const ingest: Scenario = {
  name: "ingest",
  about: "publishers over WebSocket, each sending on as it is acknowledged; events of 256 bytes, a channel each",
  main: "usPerEvent",
  columns: [
    { figure: "eventsPerS", title: "events/s", digits: 0 },
    { figure: "usPerEvent", title: "µs/event", digits: 2 },
    { figure: "usPerEventMain", title: "main", digits: 2 },
    { figure: "usPerEventWrite", title: "write", digits: 2 },
    { figure: "usPerEventSearch", title: "search", digits: 2 },
    { figure: "usPerEventV8", title: "V8", digits: 2 },
    { figure: "p50Ms", title: "ack p50 ms", digits: 1 },
    { figure: "p99Ms", title: "ack p99 ms", digits: 1 },
    { figure: "rssMb", title: "RSS MB", digits: 0 },
    { figure: "loadCpuShare", title: "load CPU", digits: 2 },
    { figure: "othersCpuShare", title: "others CPU", digits: 2 },
  ],
  runs: (quick) => (quick ? 1 : 3),
  cases: (quick) => shapes.map((shape) => ingestCase(shape, quick ? times.quick : times.full)),
};

function ingestCase(shape: Shape, time: Pick<IngestJob, "warmupMs" | "windowMs" | "deadlineMs">): Case {
  return {
    name: shape.name,
    measure: async (subject, place) => {
      // Both cores: a server that keeps events has more than one thread.
      const server = await subject.start({ ...place, core: undefined });
      try {
        const { port, pid, wire } = server;
        const publishers = Array.from({ length: shape.publishers }, (_, index) => text(server, shape, index));
        const { framesInFlight } = shape;
        return judged(await runLoad({ kind: "ingest", port, pid, wire, publishers, framesInFlight, ...time }));
      } finally {
        await server.stop();
      }
    },
  };
}

function text(server: Running, { eventsPerFrame }: Shape, index: number): string {
  const publisher = `bench-${String(index).padStart(3, "0")}`;
  if (eventsPerFrame === 1) return server.event(publisher);
  if (server.batch === undefined) throw new Error("this subject has no batches");
  return server.batch(publisher, eventsPerFrame);
}

function judged(got: IngestFigures): Measured {
  const notes: string[] = [];
  if (got.refused > 0) notes.push(`${got.refused} refused`);
  if (got.unanswered > 0) notes.push(`${got.unanswered} unanswered`);
  if (got.loadCpuShare > 0.9) notes.push("the load generator was the limit");
  if (got.othersCpuShare > 0.25) notes.push("others were at work on this machine");
  const ofThreads = (prefix: string): number =>
    Object.entries(got.cpu.byThreadUs).reduce((sum, [name, us]) => sum + (name.startsWith(prefix) ? us : 0), 0) /
    got.kept;
  return {
    figures: {
      eventsPerS: (1000 * got.kept) / got.elapsedMs,
      usPerEvent: got.cpu.totalUs / got.kept,
      usPerEventMain: ofThreads("MainThread"),
      // The store's threads; Linux cuts names after 15 characters.
      usPerEventWrite: ofThreads("signalbox write"),
      usPerEventSearch: ofThreads("signalbox searc"),
      // Garbage collection and compilation beside the main thread.
      usPerEventV8: ofThreads("V8Worker"),
      serverCpuShare: got.cpu.totalUs / 1000 / got.elapsedMs,
      p50Ms: got.latency.p50Ms,
      p99Ms: got.latency.p99Ms,
      maxMs: got.latency.maxMs,
      samples: got.latency.samples,
      rssMb: got.rssBytes / 1_000_000,
      loadCpuShare: got.loadCpuShare,
      othersCpuShare: got.othersCpuShare,
    },
    notes,
  };
}
