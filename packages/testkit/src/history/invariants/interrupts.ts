/** I12: of what was begun and not brought to its end it is said that it was interrupted. */
import type { Evidence } from "../evidence.ts";
import { type Finding, finding } from "../violation.ts";

export function* interrupts(evidence: Evidence): Iterable<Finding> {
  for (const command of evidence.commands.values()) {
    const { commandId: id, state, code } = command;
    const started = evidence.life("command", id).find(({ type }) => type === "command_started");
    const deeds = evidence.deedsOf("command", id);
    const begun = started ?? deeds.find(({ what }) => what === "begin");
    if (begun === undefined || deeds.some(({ what }) => what === "end")) continue;
    if (state === "failed" && code === "interrupted") continue;
    yield finding(`command ${id} was cut off after its begin, and is ${state}`, begun, command);
  }
}
