/**
 * I4, I5: a viewer gets the events of a channel one after the other, each once; where some are not coming, or the channel begins
 * anew, it was told before; and in the end it is where the channel is.
 */
import { type Evidence, type Sight, sightsOf } from "../evidence.ts";
import type { HistoryRecord, Seen } from "../record.ts";
import { type Finding, finding } from "../violation.ts";

/** Where a viewer stands in a channel. */
interface Standing {
  epoch: string;
  offset: number;
  /** It was told that the channel begins anew. */
  anew: boolean;
  by: Sight;
}

export function* sights(evidence: Evidence): Iterable<Finding> {
  for (const [viewer, records] of sightsOf(evidence)) yield* ofOne(viewer, records, evidence);
}

function* ofOne(viewer: string, records: readonly Sight[], evidence: Evidence): Iterable<Finding> {
  const ids = new Map<string, HistoryRecord<Seen>>();
  // While two servers both take themselves for the primary, who goes from node to node goes from one history to the other.
  const isSplit = evidence.records.some((record) => record.what === "fault" && record.loses === true);
  let at: Standing | undefined;
  for (const record of records) {
    if (record.what === "gap") {
      at = afterGap(at, record);
      if (at.anew && isSplit) ids.clear();
      continue;
    }
    const twice = ids.get(`${record.epoch} ${record.id}`);
    const problem = twice === undefined ? problemOf(at, record) : "had that event before";
    if (problem !== undefined) {
      yield finding(`${viewer} ${problem}`, twice ?? at?.by, record);
      return;
    }
    ids.set(`${record.epoch} ${record.id}`, record);
    at = { epoch: record.epoch, offset: record.offset, anew: false, by: record };
  }
  const [first] = records;
  const channel = first && evidence.channels.get(first.channel);
  const top = channel?.events.at(-1);
  if (at === undefined || channel === undefined || top === undefined) return;
  if (at.epoch !== channel.epoch || at.offset < top.offset) yield finding(`${viewer} stayed behind`, at.by, top);
}

function afterGap(at: Standing | undefined, gap: Extract<Sight, { what: "gap" }>): Standing {
  const { epoch, from, to, reason } = gap;
  if (to === undefined || reason === "position_beyond_head") return { epoch, offset: from - 1, anew: true, by: gap };
  const follows = at === undefined || at.anew || (at.epoch === epoch && from <= at.offset + 1);
  return { epoch, offset: follows ? to : (at?.offset ?? 0), anew: false, by: gap };
}

function problemOf(at: Standing | undefined, { epoch, offset }: HistoryRecord<Seen>): string | undefined {
  if (at === undefined || at.anew) return undefined;
  if (at.epoch !== epoch) return "was not told that the channel began anew";
  if (offset <= at.offset) return "was led back";
  return offset === at.offset + 1 ? undefined : "was not told of what it did not get";
}
