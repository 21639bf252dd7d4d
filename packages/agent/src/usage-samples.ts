/** What a command and its descendants take from the machine, again and again. */
import type { Clock } from "./clock.ts";
import { CpuMeter, type Usage, usageOf } from "./usage.ts";

export interface UsageSample extends Pick<Usage, "memoryBytes" | "processes"> {
  /** Of one core, since the sample before. */
  cpuPercent: number;
}

const everyMs = 2_000;

/** The first sample comes after two readings. Returns what ends it. */
export function sampleUsage(pid: number, clock: Clock, onSample: (sample: UsageSample) => void): () => void {
  const meter = new CpuMeter();
  let cancel: () => void = () => undefined;
  let stopped = false;
  const sample = async (): Promise<void> => {
    const usage = await usageOf(pid).catch(() => undefined);
    if (stopped) return;
    const cpuPercent = usage && meter.percent(usage.cpuMs, clock.nowMs());
    if (usage !== undefined && cpuPercent !== undefined) {
      onSample({ cpuPercent, memoryBytes: usage.memoryBytes, processes: usage.processes });
    }
    cancel = clock.timer(everyMs, () => void sample());
  };
  void sample();
  return () => {
    stopped = true;
    cancel();
  };
}
