/** Publishing at a fixed rate: each event carries the time it was meant to be sent. */
import type { Connection } from "./connection.ts";
import { nowUs } from "./meter.ts";
import type { Template } from "./template.ts";

const tickMs = 1;

export interface Pace {
  template: Template;
  perSecond: number;
  durationMs: number;
  /** Events numbered before: the first one gets the number after. */
  before: number;
  /** Events go round so many channels; 1 if absent. */
  channels?: number | undefined;
  /** Told how many were sent so far, whenever some were. */
  onSent?: (count: number) => void;
}

/** Resolves with the number of events once the last one is sent. */
export function publishAtRate(publisher: Connection, pace: Pace): Promise<number> {
  const { template, perSecond, before, channels = 1, onSent } = pace;
  const count = Math.round((perSecond * pace.durationMs) / 1000);
  const stepUs = 1_000_000 / perSecond;
  const startUs = nowUs();
  const channel = (number: number): number => number % channels;
  let done = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor((nowUs() - startUs) / stepUs) + 1);
      if (due > done) {
        const frames = Buffer.allocUnsafeSlow((due - done) * template.frameBytes);
        for (let i = done; i < due; i++) {
          const at = (i - done) * template.frameBytes;
          template.stamp(frames, at, before + i + 1, Math.round(startUs + i * stepUs), channel);
        }
        publisher.send(frames);
        done = due;
        onSent?.(done);
      }
      if (done < count) return;
      clearInterval(timer);
      resolve(count);
    }, tickMs);
  });
}
