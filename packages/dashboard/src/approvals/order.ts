/** In which order what waits is shown: whose time is nearly up, then the gravest, then by deadline; and it stays so while somebody reads. */
import type { Checkpoint } from "@signalbox/client/steering";
import { riskRank } from "./risk.ts";

/** With less time than this left nothing else counts. */
const soonMs = 600_000;

type Sorted = Pick<Checkpoint, "deadline" | "risk" | "checkpointId">;

export const inOrder = <Row extends Sorted>(rows: readonly Row[], nowMs: number): readonly Row[] =>
  [...rows].sort((a, b) => {
    const soonA = a.deadline - nowMs < soonMs;
    const soonB = b.deadline - nowMs < soonMs;
    if (soonA !== soonB) return soonA ? -1 : 1;
    return (
      (soonA ? 0 : riskRank(a) - riskRank(b)) ||
      a.deadline - b.deadline ||
      (a.checkpointId < b.checkpointId ? -1 : a.checkpointId > b.checkpointId ? 1 : 0)
    );
  });

/** Ids as they stand in the list; the last `fresh` of them came after it was put in order. */
export interface Arrangement {
  ids: readonly string[];
  fresh: number;
}

export const nothingArranged: Arrangement = { ids: [], fresh: 0 };

/** What stands in the list stays where it is; what is new comes below it. The same object if nothing changed. */
export function arrange(last: Arrangement, rows: readonly Sorted[], nowMs: number): Arrangement {
  const present = new Set(rows.map(({ checkpointId }) => checkpointId));
  const known = new Set(last.ids);
  const kept = last.ids.filter((id) => present.has(id));
  const come = inOrder(rows, nowMs).flatMap(({ checkpointId }) => (known.has(checkpointId) ? [] : [checkpointId]));
  if (kept.length === last.ids.length && come.length === 0) return last;
  if (kept.length === 0) return { ids: come, fresh: 0 };
  const old = new Set(last.ids.slice(0, last.ids.length - last.fresh));
  // New ones below nothing are not new any more.
  const fresh = kept.some((id) => old.has(id)) ? kept.filter((id) => !old.has(id)).length + come.length : 0;
  return { ids: [...kept, ...come], fresh };
}
