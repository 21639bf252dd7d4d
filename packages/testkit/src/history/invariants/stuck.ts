/** I9: once everything is healed, nothing stays open beyond its time. */
import type { Evidence } from "../evidence.ts";
import { type Finding, finding } from "../violation.ts";

/** The gateway says that a time is up at most so long after it (spec §11.3). */
const lateMs = 2_000;

export function* stuck(evidence: Evidence): Iterable<Finding> {
  const { wallMs } = evidence.final;
  for (const command of evidence.commands.values()) {
    const { commandId: id, state, expiresAt } = command;
    const waits = state === "queued" || state === "delivered";
    if (waits && expiresAt + lateMs < wallMs) yield finding(`command ${id} is ${state} beyond its time`, command);
    const end = evidence.deedsOf("command", id).find(({ what }) => what === "end");
    if (state === "started" && end !== undefined) yield finding(`command ${id} has ended and is open`, end, command);
  }
  for (const checkpoint of evidence.checkpoints.values()) {
    const { checkpointId: id, state, deadline } = checkpoint;
    if (state === "open" && deadline + lateMs < wallMs) {
      yield finding(`checkpoint ${id} is open beyond its deadline`, checkpoint);
    }
  }
}
