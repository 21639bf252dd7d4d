/**
 * I1: what got an OK is in the final history, where the OK said and as it was sent, or below the channel's floor. Where the store
 * was made to begin anew it is there in the new epoch, and where it was made to lose, it may be gone: `sights` says whether
 * everybody was told.
 */
import { isEqual } from "../equal.ts";
import { type Evidence, isMade, makes, type OkAttempt } from "../evidence.ts";
import type { Fault } from "../record.ts";
import { type Finding, finding } from "../violation.ts";

export function* lost(evidence: Evidence): Iterable<Finding> {
  for (const ok of evidence.oks) {
    const { invoke, answer } = ok;
    if (isLostOnPurpose(evidence, ok)) continue;
    const renewed = epochEndedBy(evidence, ok, (fault) => fault.renews === true);
    const channel = evidence.channels.get(invoke.channel);
    if (renewed) {
      if (evidence.madeBy(invoke).length === 0)
        yield finding(`${makes(invoke)} got its OK and is not there`, invoke, answer);
    } else if (answer.epoch !== undefined && channel !== undefined && answer.epoch !== channel.epoch) {
      yield finding(`${invoke.channel} has begun anew since ${makes(invoke)} got its OK`, invoke, answer);
    } else if (answer.offset === undefined) {
      const mayBeTrimmed = channel !== undefined && channel.floor > 1;
      if (evidence.madeBy(invoke).length === 0 && !mayBeTrimmed) {
        yield finding(`${makes(invoke)} got its OK and is not there`, invoke, answer);
      }
    } else if (channel === undefined || answer.offset >= channel.floor) yield* misplaced(evidence, ok, answer.offset);
  }
}

function* misplaced(evidence: Evidence, { invoke, answer }: OkAttempt, offset: number): Iterable<Finding> {
  const event = evidence.at(invoke.channel, offset);
  const where = `${invoke.channel} ${offset}`;
  if (event === undefined) yield finding(`${makes(invoke)} got its OK at ${where}, which is empty`, invoke, answer);
  else if (isMade(event) !== makes(invoke)) {
    yield finding(`${makes(invoke)} got its OK at ${where}, where ${isMade(event)} is`, invoke, answer, event);
  } else if (invoke.op !== "decide") {
    // What a decision says is a matter of `decisions`.
    const other = Object.keys(invoke.data).find((name) => !isEqual(invoke.data[name], event.data[name]));
    if (other !== undefined) yield finding(`${makes(invoke)} is kept with another ${other}`, invoke, answer, event);
  }
}

/** The channel has begun anew, and a fault that loses came after the OK. */
export const isLostOnPurpose = (evidence: Evidence, ok: OkAttempt): boolean =>
  epochEndedBy(evidence, ok, (fault) => fault.loses === true);

function epochEndedBy(
  { channels, records }: Evidence,
  { invoke, answer }: OkAttempt,
  isSuch: (fault: Fault) => boolean,
): boolean {
  const channel = channels.get(invoke.channel);
  if (answer.epoch === undefined || channel?.epoch === answer.epoch) return false;
  const last = records.findLast((record) => record.what === "fault" && record.phase === "stop" && isSuch(record));
  // Its answer may have been on its way.
  return last !== undefined && invoke.steadyMs <= last.steadyMs;
}
