/** Says in the log what goes wrong with ways of authentication, and not a line for each token that somebody makes up. */
import type { Log } from "../log.ts";

/** Milliseconds between two lines about the same problem. */
const quietMs = 10_000;
/** Texts remembered; beyond that all are forgotten, and may be said again. */
const textsKept = 200;

export function problemLog(log: Log, nowMs: () => number = () => performance.now()): (problem: string) => void {
  const said = new Map<string, { atMs: number; unsaid: number }>();
  return (problem) => {
    const now = nowMs();
    const before = said.get(problem);
    if (before !== undefined && now - before.atMs < quietMs) {
      before.unsaid++;
      return;
    }
    if (said.size >= textsKept) said.clear();
    said.set(problem, { atMs: now, unsaid: 0 });
    log.warn({ problem, ...(before?.unsaid ? { unsaid: before.unsaid } : {}) }, "access");
  };
}
