/** I12: each command and checkpoint that was given with an OK is there at the end. */
import type { Evidence } from "../evidence.ts";
import { type Finding, finding } from "../violation.ts";

export function* missing({ oks, commands, checkpoints }: Evidence): Iterable<Finding> {
  for (const { invoke, answer } of oks) {
    const { op, subject = "" } = invoke;
    const lives = op === "give" ? commands : op === "ask" ? checkpoints : undefined;
    if (lives !== undefined && !lives.has(subject)) {
      yield finding(`${subject} was taken with an OK and is not there`, invoke, answer);
    }
  }
}
