/** I12: a checkpoint has one decision, and everybody was told the same one. */
import type { Evidence } from "../evidence.ts";
import type { FinalCheckpoint, FinalEvent } from "../final.ts";
import type { Proof } from "../violation.ts";
import { type Finding, finding } from "../violation.ts";

const over: ReadonlySet<string> = new Set(["checkpoint_decided", "checkpoint_expired", "checkpoint_withdrawn"]);

interface Word {
  decision: unknown;
  by: unknown;
  proof: readonly Proof[];
}

export function* decisions(evidence: Evidence): Iterable<Finding> {
  const words = wordsOf(evidence);
  for (const checkpoint of evidence.checkpoints.values()) {
    const { checkpointId: id, decision, decidedBy } = checkpoint;
    const [kept, second] = evidence.life("checkpoint", id).filter(({ type }) => over.has(type));
    if (second !== undefined) yield finding(`checkpoint ${id} was decided twice`, kept, second);
    else if (kept !== undefined && !isSame(wordOf(kept), checkpoint)) {
      yield finding(`checkpoint ${id} is ${decision} by ${decidedBy}, which is not what was kept`, kept, checkpoint);
    } else {
      const other = words.get(id)?.find((word) => !isSame(word, checkpoint));
      if (other !== undefined) {
        const told = `somebody was told ${other.decision} by ${other.by}`;
        yield finding(`checkpoint ${id} is ${decision} by ${decidedBy}; ${told}`, ...other.proof, kept ?? checkpoint);
      }
    }
  }
}

/** What everybody was told of decisions, by checkpoint. */
function wordsOf({ attempts, told }: Evidence): Map<string, Word[]> {
  const words = new Map<string, Word[]>();
  const say = (id: string, word: Word): void => void words.set(id, [...(words.get(id) ?? []), word]);
  for (const { invoke, answer } of attempts) {
    if (invoke.op !== "decide" || invoke.subject === undefined) continue;
    if (answer?.what === "ok") {
      say(invoke.subject, { decision: invoke.data.decision, by: invoke.by, proof: [invoke, answer] });
    } else if (answer?.what === "refused" && answer.error === "already_decided") {
      const { decision, decidedBy: by } = answer.details;
      say(invoke.subject, { decision, by, proof: [invoke, answer] });
    }
  }
  for (const record of told) {
    const { of, id, decision, decidedBy: by } = record;
    if (of === "checkpoint" && decision !== undefined) say(id, { decision, by, proof: [record] });
  }
  return words;
}

const byDeadline = "gateway:deadline";

const wordOf = ({ type, data }: FinalEvent): Pick<Word, "decision" | "by"> =>
  type === "checkpoint_expired"
    ? { decision: data.default, by: byDeadline }
    : { decision: data.decision, by: data.decidedBy };

const isSame = ({ decision, by }: Pick<Word, "decision" | "by">, checkpoint: FinalCheckpoint): boolean =>
  decision === checkpoint.decision && by === checkpoint.decidedBy;
