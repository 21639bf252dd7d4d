/** I12: what a command or an approval lets an agent do is done once at most, by the record of the deed itself. */
import type { Evidence } from "../evidence.ts";
import { type Finding, finding } from "../violation.ts";

export function* executions({ deeds }: Evidence): Iterable<Finding> {
  for (const [subject, records] of deeds) {
    const effects = records.filter(({ what }) => what === "effect");
    const begins = records.filter(({ what }) => what === "begin");
    if (effects.length > 1) yield finding(`${subject} was done twice`, effects[0], effects[1]);
    else if (begins.length > 1) yield finding(`${subject} was begun twice`, begins[0], begins[1]);
  }
}
