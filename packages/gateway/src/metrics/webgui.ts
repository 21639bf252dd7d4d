/** What the web GUI over Redis took in and wrote. */
import { Counter, Gauge, type Registry } from "prom-client";

export interface WebguiCounted {
  /** This node reads for all. */
  readonly reading: boolean;
  /** Events made of messages that came in. */
  readonly taken: number;
  /** Messages that came in and are no events, by why. */
  readonly refused: ReadonlyMap<string, number>;
  /** Messages published for those who know these channels only. */
  readonly written: number;
  /** Those that were not, since Redis was away or did not keep up. */
  readonly dropped: number;
  /** Milliseconds during which no node listened. */
  readonly unheardMs: number;
}

/** All 0 where the surface is not configured. */
export function webguiMetrics(register: Registry, counted: () => WebguiCounted | undefined): void {
  const counter = (name: string, help: string, read: (counted: WebguiCounted) => number): void => {
    new Counter({
      name: `signalbox_webgui_${name}_total`,
      help,
      registers: [register],
      collect() {
        const now = counted();
        this.reset();
        this.inc(now === undefined ? 0 : read(now));
      },
    });
  };
  new Gauge({
    name: "signalbox_webgui_reading",
    help: "1 on the node that reads for all.",
    registers: [register],
    collect() {
      this.set(counted()?.reading === true ? 1 : 0);
    },
  });
  counter("taken", "Messages from Redis that became events.", ({ taken }) => taken);
  counter("written", "Messages published to Redis.", ({ written }) => written);
  counter("dropped", "Messages that Redis was too slow for, or away.", ({ dropped }) => dropped);
  counter("unheard_seconds", "Time in which nobody listened to Redis.", ({ unheardMs }) => unheardMs / 1_000);
  new Counter({
    name: "signalbox_webgui_refused_total",
    help: "Messages from Redis that were not taken.",
    labelNames: ["reason"],
    registers: [register],
    collect() {
      this.reset();
      for (const [reason, count] of counted()?.refused ?? []) this.inc({ reason }, count);
    },
  });
}
