/** Rows of a stretch of a channel as columns of small numbers: a tenth of the events' bytes, and quick to read. */
import { rowOf, type TimelineEvent, type TimelineKind, type TimelineRow, timelineKinds } from "./row.ts";

export interface TimelineColumns {
  /** Offsets that were looked at. */
  first: number;
  last: number;
  /** Time of the first row, milliseconds since 1970. */
  start: number;
  /** Of each row: steps from the row before, of its offset (the first: from `first`) and of its time (from `start`). */
  offsets: number[];
  times: number[];
  kinds: number[];
  /** Indexes into `texts`. */
  ids: number[];
  states: number[];
  labels: number[];
  whose: number[];
  /** Milliseconds; −1: not said. */
  durations: number[];
  texts: string[];
}

interface Placed extends TimelineEvent {
  offset: number;
  timestamp: number;
}

export function columnsOf(first: number, last: number, events: Iterable<Placed>): TimelineColumns {
  const texts = new Map<string, number>();
  const textOf = (text: string): number => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, texts.size);
    return texts.size - 1;
  };
  const empty = { offsets: [], times: [], kinds: [], ids: [], states: [], labels: [], whose: [], durations: [] };
  const made: TimelineColumns = { first, last, start: 0, ...empty, texts: [] };
  let offset = first;
  let time: number | undefined;
  for (const event of events) {
    const row = rowOf(event);
    if (row === undefined) continue;
    if (time === undefined) {
      time = event.timestamp;
      made.start = time;
    }
    made.offsets.push(event.offset - offset);
    made.times.push(event.timestamp - time);
    offset = event.offset;
    time = event.timestamp;
    made.kinds.push(timelineKinds.indexOf(row.kind));
    made.ids.push(textOf(row.id));
    made.states.push(textOf(row.state));
    made.labels.push(textOf(row.label));
    made.whose.push(textOf(row.whose));
    made.durations.push(row.durationMs === undefined ? -1 : Math.round(row.durationMs));
  }
  made.texts = [...texts.keys()];
  return made;
}

/** Calls back with each row; kinds that a newer gateway knows are left out. */
export function rowsIn(
  columns: TimelineColumns,
  take: (row: TimelineRow, offset: number, timeMs: number) => void,
): void {
  let offset = columns.first;
  let time = columns.start;
  const text = (index: number | undefined): string => columns.texts[index ?? -1] ?? "";
  for (const [at, step] of columns.offsets.entries()) {
    offset += step;
    time += columns.times[at] ?? 0;
    const kind: TimelineKind | undefined = timelineKinds[columns.kinds[at] ?? -1];
    if (kind === undefined) continue;
    const duration = columns.durations[at] ?? -1;
    const row: TimelineRow = {
      kind,
      id: text(columns.ids[at]),
      state: text(columns.states[at]),
      label: text(columns.labels[at]),
      whose: text(columns.whose[at]),
      durationMs: duration < 0 ? undefined : duration,
    };
    take(row, offset, time);
  }
}
