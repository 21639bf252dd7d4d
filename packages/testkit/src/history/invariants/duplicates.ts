/** I5: an event is kept once, however often it was sent; and so is what can happen once in a life. */
import { type Evidence, isMade } from "../evidence.ts";
import type { FinalEvent } from "../final.ts";
import { type Finding, finding } from "../violation.ts";

/** Ends are a matter of `ends`, decisions of `decisions`. */
const once: ReadonlySet<string> = new Set([
  ...["command_queued", "command_started", "checkpoint_required", "checkpoint_applied"],
]);

export function* duplicates({ final }: Evidence): Iterable<Finding> {
  for (const { channel, events } of final.channels) {
    const ids = new Map<string, FinalEvent>();
    const made = new Map<string, FinalEvent>();
    for (const event of events) {
      const same = ids.get(event.id) ?? (once.has(event.type) ? made.get(isMade(event)) : undefined);
      if (same !== undefined) yield finding(`${channel} has ${isMade(event)} twice`, same, event);
      ids.set(event.id, event);
      made.set(isMade(event), event);
    }
  }
}
