/** The figures that people look at, read from what is counted for /metrics. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Durations } from "@signalbox/core";
import type { Counted } from "../metrics.ts";
import type { Timings } from "../timings.ts";
import type { Sample } from "./series.ts";
import type { Told } from "./told.ts";

/** The loop is looked at ten times a second: a rate that costs nothing to speak of. */
const resolutionMs = 100;
const nsPerMs = 1e6;
const usPerS = 1e6;
/** Errors that have a series of their own; the others are added up. */
const errorsNamed = 24;

export interface SamplerOptions {
  counted(): Counted;
  timings: Timings;
  told: Told;
  /** Bytes that sockets have taken in and given out since the start. */
  traffic(): { bytesIn: number; bytesOut: number };
}

export class Sampler {
  readonly #options: SamplerOptions;
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #errors = new Set<string>();

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#loop.enable();
  }

  close(): void {
    this.#loop.disable();
  }

  take(): Sample {
    const { counted, timings, told, traffic } = this.#options;
    const now = counted();
    const { load, slowness, tally } = now;
    const { bytesIn, bytesOut } = traffic();
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const loop = this.#loopDelay();
    const gauges = new Map<string, number>([
      ["sessions", now.sessions],
      ["subscriptions", now.subscriptions],
      ["channels", now.channels],
      ["queue.inflight_events", now.inflight],
      ["queue.inflight_bytes", now.inflightBytes],
      ["queue.unsent_bytes", load.unsentBytes],
      ["queue.queued_bytes", slowness.queuedBytes],
      ["viewers.behind", slowness.behind],
      ["viewers.slow", slowness.slow],
      ["memory.rss_bytes", rss],
      ["memory.heap_bytes", heapUsed],
      ["loop.delay_p99_ms", loop.p99],
      ["loop.delay_max_ms", loop.max],
    ]);
    for (const [transport, open] of Object.entries(load.connections)) gauges.set(`connections.${transport}`, open);
    const totals = new Map<string, number>([
      ["events", tally.kept],
      ["deliveries", tally.delivered],
      ["bytes.in", bytesIn],
      ["bytes.out", bytesOut],
      ["drops.coalesce", tally.dropped.coalesce],
      ["drops.latest", tally.dropped.latest],
      ["closes.slow", tally.slowCloses],
      ["closes.shed", load.shed],
      // Of one core, in percent.
      ["cpu.percent", (100 * (user + system)) / usPerS],
      ...told.totals,
    ]);
    for (const errors of [now.refusals, tally.refused]) {
      for (const [error, count] of errors) {
        if (this.#errors.size < errorsNamed) this.#errors.add(error);
        const name = `errors.${this.#errors.has(error) ? error : "others"}`;
        totals.set(name, (totals.get(name) ?? 0) + count);
      }
    }
    const durations = new Map<string, Durations>([
      ["store_ms", timings.store],
      ["publish_ms", timings.publish],
      ["viewer_ms", timings.viewer],
    ]);
    return { gauges, totals, durations };
  }

  /** Since the last look. */
  #loopDelay(): { p99: number; max: number } {
    const loop = this.#loop;
    if (loop.count === 0) return { p99: 0, max: 0 };
    // What it measures includes its own interval.
    const late = (ns: number): number => Math.max(0, ns / nsPerMs - resolutionMs);
    const delay = { p99: late(loop.percentile(99)), max: late(loop.max) };
    loop.reset();
    return delay;
  }
}
