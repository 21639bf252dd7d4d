/** I3, I6: a position is one event's, for every viewer on every node, for whoever got an OK, and in the history that is kept. */
import { type Evidence, makes } from "../evidence.ts";
import type { HistoryRecord } from "../record.ts";
import { type Finding, finding, type Proof } from "../violation.ts";

export function* order(evidence: Evidence): Iterable<Finding> {
  const places = new Map<string, { id: string; proof: Proof }>();
  for (const { epoch, events } of evidence.final.channels) {
    for (const event of events) places.set(`${event.channel} ${epoch}:${event.offset}`, { id: event.id, proof: event });
  }
  for (const record of evidence.records) {
    if (record.what !== "seen") continue;
    const where = placeOf(record);
    const first = places.get(where);
    if (first === undefined) places.set(where, { id: record.id, proof: record });
    else if (first.id !== record.id)
      yield finding(`${where} is ${first.id}, and ${record.id} for ${record.viewer}`, first.proof, record);
  }
  for (const { invoke, answer } of evidence.oks) {
    const seen = places.get(`${invoke.channel} ${answer.epoch}:${answer.offset}`);
    const isSeen = seen !== undefined && "what" in seen.proof && seen.proof.what === "seen";
    if (isSeen && invoke.op === "publish" && seen.id !== invoke.id) {
      yield finding(`${makes(invoke)} got its OK where ${seen.id} was seen`, invoke, answer, seen.proof);
    }
  }
}

const placeOf = ({ channel, epoch, offset }: Extract<HistoryRecord, { what: "seen" }>): string =>
  `${channel} ${epoch}:${offset}`;
