/** I12: what needs an approval is done after it, and only if it is the decision that stands. */
import type { Evidence } from "../evidence.ts";
import type { Deed, HistoryRecord } from "../record.ts";
import { type Finding, finding } from "../violation.ts";

export function* approvals(evidence: Evidence): Iterable<Finding> {
  for (const records of evidence.deeds.values()) {
    const deed = records.find(({ of, what }) => of === "checkpoint" && what !== "end");
    if (deed !== undefined) yield* unapproved(evidence, deed);
  }
}

function* unapproved(evidence: Evidence, deed: HistoryRecord<Deed>): Iterable<Finding> {
  const checkpoint = evidence.checkpoints.get(deed.id);
  const what = `what checkpoint ${deed.id} is about was done`;
  // What `missing` says needs no second complaint.
  if (checkpoint === undefined) return;
  if (checkpoint.decision !== "approve") yield finding(`${what}, and it was not approved`, deed, checkpoint);
  else if (checkpoint.state === "expired") {
    if (deed.wallMs < checkpoint.deadline) yield finding(`${what} before its deadline approved it`, deed, checkpoint);
  } else {
    const asked = evidence.attempts.find(
      ({ invoke }) => invoke.op === "decide" && invoke.subject === deed.id && invoke.by === checkpoint.decidedBy,
    )?.invoke;
    if (asked !== undefined && asked.steadyMs > deed.steadyMs) {
      yield finding(`${what} before anybody approved it`, deed, asked, checkpoint);
    } else if (!wasTold(evidence, deed)) yield finding(`${what} before it was told of the approval`, deed, checkpoint);
  }
}

const wasTold = ({ told }: Evidence, deed: HistoryRecord<Deed>): boolean =>
  told.some(
    ({ of, id, decision, steadyMs }) =>
      of === "checkpoint" && id === deed.id && decision === "approve" && steadyMs <= deed.steadyMs,
  );
