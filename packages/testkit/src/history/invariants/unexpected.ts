/** I2: nothing is kept that nobody asked for, but what the gateway itself says. */
import { type Evidence, isMade, makes } from "../evidence.ts";
import { type Finding, finding } from "../violation.ts";

export function* unexpected({ attempts, final }: Evidence): Iterable<Finding> {
  const asked = new Set<string>();
  for (const { invoke } of attempts) {
    asked.add(makes(invoke));
    if (invoke.op === "decide") asked.add(`${makes(invoke)} by ${invoke.by}`);
  }
  for (const { events } of final.channels) {
    for (const event of events) {
      if (event.byGateway) continue;
      const made = isMade(event);
      const wanted = event.type === "checkpoint_decided" ? `${made} by ${event.data.decidedBy}` : made;
      if (!asked.has(wanted)) yield finding(`nobody asked for ${wanted}`, event);
    }
  }
}
