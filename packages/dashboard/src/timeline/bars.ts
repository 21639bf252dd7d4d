/** Bars and marks of one lane, laid out so that what is in view is found by halving. */
import { endingStates, type TimelineKind, type TimelineRow } from "@signalbox/core/timeline";
import { type Tone, toneOf } from "./tone.ts";

/** A row of a channel at its place. */
export interface PlacedRow extends TimelineRow {
  offset: number;
  /** Milliseconds since 1970. */
  at: number;
}

export interface Bar {
  kind: TimelineKind;
  id: string;
  label: string;
  state: string;
  tone: Tone;
  start: number;
  /** Infinity: it has not ended. */
  end: number;
  /** Of the event that began it, and of the one that ended it. */
  offset: number;
  endOffset: number | undefined;
}

export interface Mark {
  kind: TimelineKind;
  label: string;
  state: string;
  tone: Tone;
  at: number;
  offset: number;
}

/** A state of the lane itself, until the next one. */
export interface Ground {
  state: string;
  label: string;
  tone: Tone;
  at: number;
  offset: number;
}

export interface LaneContent {
  /** By the times they begin at. Bars of one level do not overlap, but for those of the last. */
  levels: readonly Level[];
  /** By their times. */
  marks: readonly Mark[];
  ground: readonly Ground[];
  bars: number;
}

export interface Level {
  bars: readonly Bar[];
  /** The latest end of this bar and all before it: rises, so that it can be halved. */
  reach: Float64Array;
  /** Those that failed, which are never drawn over. */
  bad: readonly Bar[];
}

/** Bars over one another; more share the last level. */
const levelsMost = 6;

const isMark: ReadonlySet<TimelineKind> = new Set(["approval", "phase", "tests", "error"]);
const isBar: ReadonlySet<TimelineKind> = new Set(["tool", "step", "task", "process", "command", "approval"]);

export function layOut(rows: readonly PlacedRow[]): LaneContent {
  const bars: Bar[] = [];
  const marks: Mark[] = [];
  const ground: Ground[] = [];
  const open = new Map<string, Bar>();
  for (const row of rows) {
    const { kind, label, state, at, offset } = row;
    if (kind === "state") {
      if (ground.at(-1)?.state !== state) ground.push({ state, label, tone: toneOf(state), at, offset });
      continue;
    }
    if (isMark.has(kind)) marks.push({ kind, label, state, tone: toneOf(state), at, offset });
    if (isBar.has(kind)) takeBar(row, bars, open);
  }
  return { levels: levelsOf(bars), marks: sorted(marks), ground: sorted(ground), bars: bars.length };
}

function takeBar(row: PlacedRow, bars: Bar[], open: Map<string, Bar>): void {
  const { kind, id, label, state, at, offset, durationMs } = row;
  const key = `${kind} ${id}`;
  const ends = endingStates.has(state);
  const known = id === "" ? undefined : open.get(key);
  if (known !== undefined) {
    known.state = state;
    known.tone = toneOf(state);
    if (known.label === "") known.label = label;
    if (!ends) return;
    known.end = Math.max(known.start, at);
    known.endOffset = offset;
    open.delete(key);
    return;
  }
  const start = ends && durationMs !== undefined ? at - durationMs : at;
  const end = ends || id === "" ? Math.max(at, start) : Number.POSITIVE_INFINITY;
  const bar: Bar = {
    kind,
    id,
    label,
    state,
    tone: toneOf(state),
    start,
    end,
    offset,
    endOffset: ends ? offset : undefined,
  };
  bars.push(bar);
  if (!ends && id !== "") open.set(key, bar);
}

function levelsOf(bars: Bar[]): Level[] {
  const byStart = bars.every((bar, at) => at === 0 || (bars[at - 1]?.start ?? 0) <= bar.start)
    ? bars
    : bars.toSorted((a, b) => a.start - b.start);
  const levels: Array<{ bars: Bar[]; end: number }> = [];
  for (const bar of byStart) {
    let level = levels.find(({ end }) => end <= bar.start);
    if (level === undefined) {
      level = levels.length < levelsMost ? { bars: [], end: 0 } : levels.at(-1);
      if (level !== undefined && level.bars.length === 0) levels.push(level);
    }
    level?.bars.push(bar);
    if (level !== undefined) level.end = Math.max(level.end, bar.end);
  }
  return levels.map((level) => {
    const reach = new Float64Array(level.bars.length);
    let latest = Number.NEGATIVE_INFINITY;
    for (const [at, { end }] of level.bars.entries()) {
      latest = Math.max(latest, end);
      reach[at] = latest;
    }
    return { bars: level.bars, reach, bad: level.bars.filter(({ tone }) => tone === "stop") };
  });
}

const sorted = <Item extends { at: number }>(items: Item[]): Item[] =>
  items.every((item, at) => at === 0 || (items[at - 1]?.at ?? 0) <= item.at)
    ? items
    : items.toSorted((a, b) => a.at - b.at);
