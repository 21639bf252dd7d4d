/**
 * I14: what had no answer was done or was not, never both: who sends it again under the same id gets the same position, no
 * refusal of what is kept, and hears of a duplicate only where there was an attempt before.
 */
import { type Attempt, add, type Evidence, makes } from "../evidence.ts";
import { type Finding, finding } from "../violation.ts";

export function* retries(evidence: Evidence): Iterable<Finding> {
  for (const attempts of byId(evidence).values()) {
    const found = twoPlaces(evidence, attempts) ?? refusedButKept(evidence, attempts) ?? noOriginal(attempts);
    if (found !== undefined) yield found;
  }
}

/** Attempts at the same thing, in order. */
export function byId({ attempts }: Evidence): Map<string, Attempt[]> {
  const groups = new Map<string, Attempt[]>();
  for (const attempt of attempts) {
    const { id } = attempt.invoke;
    if (id !== undefined) add(groups, `${makes(attempt.invoke)} as ${id}`, attempt);
  }
  return groups;
}

function twoPlaces({ records }: Evidence, attempts: readonly Attempt[]): Finding | undefined {
  // An epoch that begins anew with all that was kept keeps offsets.
  const isRenewed = records.some((record) => record.what === "fault" && record.renews === true);
  const placed = attempts.filter(({ answer }) => answer?.what === "ok" && answer.offset !== undefined);
  const [first] = placed;
  const other = placed.find((attempt) => placeOf(attempt, isRenewed) !== placeOf(first, isRenewed));
  if (first === undefined || other === undefined) return undefined;
  const what = `${makes(first.invoke)} was kept at ${placeOf(first)}, and again at ${placeOf(other)}`;
  return finding(what, first.invoke, first.answer, other.invoke, other.answer);
}

const placeOf = (attempt: Attempt | undefined, isRenewed = false): string | undefined =>
  attempt?.answer?.what === "ok" ? `${isRenewed ? "" : attempt.answer.epoch}:${attempt.answer.offset}` : undefined;

function refusedButKept(evidence: Evidence, attempts: readonly Attempt[]): Finding | undefined {
  for (const { invoke, answer } of attempts) {
    if (answer?.what !== "refused") continue;
    const kept = evidence.madeBy(invoke).find(({ id }) => id === invoke.id || invoke.id === invoke.subject);
    if (kept !== undefined) return finding(`${makes(invoke)} was refused, and is kept`, invoke, answer, kept);
  }
  return undefined;
}

function noOriginal(attempts: readonly Attempt[]): Finding | undefined {
  const [first] = attempts;
  if (first?.answer?.what !== "ok" || first.answer.duplicate !== true) return undefined;
  return finding(`${makes(first.invoke)} was a duplicate at its first attempt`, first.invoke, first.answer);
}
