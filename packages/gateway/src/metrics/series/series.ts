/**
 * What the figures were: every 5 s for an hour, every minute for a day. They are read from what is counted anyway; nothing is
 * counted for their sake while events pass.
 */
import type { Durations } from "@signalbox/core";
import { Ring } from "./ring.ts";

/** What is counted, at one moment. */
export interface Sample {
  /** As it is now. */
  gauges: ReadonlyMap<string, number>;
  /** Since the start: kept as how many a second. */
  totals: ReadonlyMap<string, number>;
  /** Kept as NAME.p50, NAME.p95 and NAME.p99, in milliseconds. */
  durations: ReadonlyMap<string, Durations>;
}

export const stepMs = 5_000;
const minuteMs = 60_000;
const fineRows = 720;
const coarseRows = 1_440;
/** Of all names together; further ones are not kept. */
const columns = 80;

const shares = [0.5, 0.95, 0.99];
const shareNames = ["p50", "p95", "p99"];

export interface SeriesAnswer {
  /** Milliseconds between two rows. */
  stepMs: number;
  /** How far back rows of this step are kept. */
  keptMs: number;
  /** All names that there are. */
  names: string[];
  /** Milliseconds since 1970 of each row: its end. */
  at: number[];
  series: Record<string, Array<number | null>>;
}

/** What there was at the beginning of a row. */
interface Mark {
  atMs: number;
  totals: ReadonlyMap<string, number>;
  durations: ReadonlyMap<string, Float64Array>;
}

export class Series {
  readonly #fine = new Ring(fineRows, columns);
  readonly #coarse = new Ring(coarseRows, columns);
  readonly #columnOf = new Map<string, number>();
  #fineMark: Mark | undefined;
  #coarseMark: Mark | undefined;
  /** Sums and counts of the gauges since the last minute. */
  readonly #sums = new Map<string, { sum: number; count: number }>();

  /** Bytes of memory that they take, from the start to the end. */
  get bytes(): number {
    return this.#fine.bytes + this.#coarse.bytes;
  }

  /** To be called every `stepMs`. Gives back the row that was added; the first call only begins it. */
  add(atMs: number, sample: Sample): ReadonlyMap<string, number> {
    const before = this.#fineMark;
    this.#fineMark = markOf(atMs, sample);
    this.#coarseMark ??= this.#fineMark;
    for (const [name, value] of sample.gauges) {
      const { sum, count } = this.#sums.get(name) ?? { sum: 0, count: 0 };
      this.#sums.set(name, { sum: sum + value, count: count + 1 });
    }
    if (before === undefined) return new Map();
    const row = new Map([...sample.gauges, ...since(before, atMs, sample)]);
    this.#fine.add(atMs, this.#rowOf(row));
    if (atMs - this.#coarseMark.atMs >= minuteMs) {
      const means = [...this.#sums].map(([name, { sum, count }]): [string, number] => [name, sum / count]);
      this.#coarse.add(atMs, this.#rowOf(new Map([...means, ...since(this.#coarseMark, atMs, sample)])));
      this.#coarseMark = this.#fineMark;
      this.#sums.clear();
    }
    return row;
  }

  /** `names` may end in `*`. `fromMs`: rows after it. */
  read(names: readonly string[], fromMs: number, wantedMs: number): SeriesAnswer {
    const isFine = wantedMs < minuteMs;
    const ring = isFine ? this.#fine : this.#coarse;
    const rows = [...ring.after(fromMs)];
    const all = [...this.#columnOf.keys()].sort();
    const series: SeriesAnswer["series"] = {};
    for (const name of all) {
      const column = this.#columnOf.get(name);
      if (column !== undefined && names.some((wanted) => matches(wanted, name))) {
        series[name] = ring.column(column, rows);
      }
    }
    const step = isFine ? stepMs : minuteMs;
    const keptMs = step * (isFine ? fineRows : coarseRows);
    return { stepMs: step, keptMs, names: all, at: ring.times(rows), series };
  }

  #rowOf(values: ReadonlyMap<string, number>): Float64Array {
    const row = new Float64Array(columns).fill(Number.NaN);
    for (const [name, value] of values) {
      let column = this.#columnOf.get(name);
      if (column === undefined) {
        if (this.#columnOf.size >= columns) continue;
        column = this.#columnOf.size;
        this.#columnOf.set(name, column);
      }
      row[column] = value;
    }
    return row;
  }
}

const matches = (wanted: string, name: string): boolean =>
  wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : wanted === name;

const markOf = (atMs: number, { totals, durations }: Sample): Mark => ({
  atMs,
  totals: new Map(totals),
  durations: new Map([...durations].map(([name, one]) => [name, one.look()])),
});

/** What happened between: how many a second, and how long it took. */
function since(mark: Mark, atMs: number, { totals, durations }: Sample): Array<[string, number]> {
  const seconds = Math.max(0.001, (atMs - mark.atMs) / 1_000);
  const rates = [...totals].map(([name, total]): [string, number] => [
    name,
    Math.max(0, total - (mark.totals.get(name) ?? 0)) / seconds,
  ]);
  const times = [...durations].flatMap(([name, one]) =>
    (one.quantiles(shares, mark.durations.get(name)) ?? []).map((ms, at): [string, number] => [
      `${name}.${shareNames[at]}`,
      ms,
    ]),
  );
  return [...rates, ...times];
}
