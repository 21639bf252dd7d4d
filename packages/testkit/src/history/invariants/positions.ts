/** I3: a position is one event's, whoever was told of it; and offsets have no holes. */
import { type Evidence, makes, type OkAttempt } from "../evidence.ts";
import { type Finding, finding } from "../violation.ts";

export function* positions({ final, oks }: Evidence): Iterable<Finding> {
  for (const { channel, floor, events } of final.channels) {
    for (const [index, event] of events.entries()) {
      if (event.offset === floor + index) continue;
      yield finding(`${channel} has ${event.offset} in place ${floor + index}`, events[index - 1], event);
      break;
    }
  }
  const told = new Map<string, OkAttempt>();
  for (const ok of oks) {
    const { answer, invoke } = ok;
    if (answer.offset === undefined) continue;
    const where = `${invoke.channel} ${answer.epoch}:${answer.offset}`;
    const first = told.get(where);
    if (first === undefined) told.set(where, ok);
    else if (makes(first.invoke) !== makes(invoke)) {
      const what = `${where} was given to ${makes(first.invoke)} and to ${makes(invoke)}`;
      yield finding(what, first.invoke, first.answer, invoke, answer);
    }
  }
}
