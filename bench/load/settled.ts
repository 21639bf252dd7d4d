/** Waits until a server has nothing left to do of what came before: indexing, joining channels, giving memory back. */
import { usageOf } from "../measure/process.ts";

const lookEveryMs = 250;
/** Share of one core below which a server counts as idle: timers alone. */
const idleShare = 0.1;
const idleLooks = 4;

/** Resolves when it was idle for a second, or after `withinMs` at the latest; false then. */
export async function settled(pid: number, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  let idle = 0;
  let beforeUs = cpuOf(pid);
  while (performance.now() < untilMs) {
    const sinceMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    const nowUs = cpuOf(pid);
    const share = (nowUs - beforeUs) / 1000 / (performance.now() - sinceMs);
    beforeUs = nowUs;
    idle = share < idleShare ? idle + 1 : 0;
    if (idle >= idleLooks) return true;
  }
  return false;
}

function cpuOf(pid: number): number {
  let sum = 0;
  for (const { cpuUs } of usageOf(pid).threads.values()) sum += cpuUs;
  return sum;
}
