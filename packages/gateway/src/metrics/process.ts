/** The process itself: time, memory, files, and how long its event loop keeps others waiting. */
import { readdir } from "node:fs/promises";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, type Registry } from "prom-client";

/** The loop is looked at this often, in milliseconds, once somebody has asked for it. */
const resolutionMs = 20;
const nsPerS = 1e9;
const usPerS = 1e6;

/** Gives back what ends the watching. */
export function processMetrics(register: Registry): () => void {
  const registers = [register];
  const startS = Math.floor(Date.now() / 1_000 - process.uptime());
  new Gauge({ name: "process_start_time_seconds", help: "When it began, Unix time.", registers }).set(startS);
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time, of all threads.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / usPerS);
    },
  });
  const memory = (name: string, help: string, read: (usage: NodeJS.MemoryUsage) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(process.memoryUsage()));
      },
    });
  };
  memory("process_resident_memory_bytes", "Memory the system gives it.", ({ rss }) => rss);
  memory("nodejs_heap_size_used_bytes", "JavaScript objects.", ({ heapUsed }) => heapUsed);
  memory("nodejs_heap_size_total_bytes", "Room for them.", ({ heapTotal }) => heapTotal);
  memory("nodejs_external_memory_bytes", "Buffers and the like.", ({ external }) => external);
  new Gauge({
    name: "process_open_fds",
    help: "Open files and sockets, where the system tells.",
    registers,
    async collect() {
      const open = await readdir("/proc/self/fd").catch(() => undefined);
      if (open !== undefined) this.set(open.length);
    },
  });
  return delayMetric(register);
}

/** Watching wakes the process 50 times a second: it begins with the first scrape, for those who look. */
function delayMetric(register: Registry): () => void {
  let watched: IntervalHistogram | undefined;
  new Gauge({
    name: "nodejs_eventloop_delay_seconds",
    help: "How much later than due the event loop came round since the last scrape.",
    labelNames: ["quantile"],
    registers: [register],
    collect() {
      if (watched === undefined) {
        watched = monitorEventLoopDelay({ resolution: resolutionMs });
        watched.enable();
        return;
      }
      if (watched.count === 0) return;
      // What it measures includes its own interval.
      const late = (ns: number): number => Math.max(0, ns / nsPerS - resolutionMs / 1_000);
      for (const percent of [50, 99]) this.set({ quantile: String(percent / 100) }, late(watched.percentile(percent)));
      this.set({ quantile: "1" }, late(watched.max));
      watched.reset();
    },
  });
  return () => watched?.disable();
}
