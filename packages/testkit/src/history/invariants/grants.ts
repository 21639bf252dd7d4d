/** I12: nothing of a command is done before its `command_started` got an OK, in the process that does it. */
import { type Attempt, add, type Evidence } from "../evidence.ts";
import { type Finding, finding } from "../violation.ts";

export function* grants({ attempts, deeds }: Evidence): Iterable<Finding> {
  const starts = new Map<string, Attempt[]>();
  for (const attempt of attempts) {
    const { op, subject, process } = attempt.invoke;
    if (op === "start") add(starts, `${subject} ${process}`, attempt);
  }
  for (const records of deeds.values()) {
    for (const deed of records) {
      if (deed.of !== "command" || deed.what === "end") continue;
      const tried = starts.get(`${deed.id} ${doerOf(deed.process)}`) ?? [];
      if (tried.some(({ answer }) => answer?.what === "ok" && answer.steadyMs <= deed.steadyMs)) continue;
      const [last] = tried.slice(-1);
      yield finding(`command ${deed.id} was carried out without the OK to begin`, deed, last?.invoke, last?.answer);
      break;
    }
  }
}

/** Deeds are in files beside the journals of who does them. */
const doerOf = (process: string): string => process.replace(/\.deeds$/, "");
