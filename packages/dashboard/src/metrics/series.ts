/** Figures of nodes over time, put together from what was asked for one step after another. */

/** As GET /v1/metrics/series answers. */
export interface SeriesAnswer {
  node: string;
  startedMs: number;
  stepMs: number;
  keptMs: number;
  names: readonly string[];
  at: readonly number[];
  series: Readonly<Record<string, ReadonlyArray<number | null>>>;
  ended: Readonly<Record<string, readonly number[]>>;
  boundsMs: readonly number[];
}

/** `more` begins behind `before`; what is older than `sinceMs` is let go. A node that began anew has other figures. */
export function joined(before: SeriesAnswer | undefined, more: SeriesAnswer, sinceMs: number): SeriesAnswer {
  if (before === undefined || before.node !== more.node || before.startedMs !== more.startedMs) return more;
  const from = before.at.findIndex((at) => at > sinceMs);
  const kept = from < 0 ? before.at.length : from;
  const last = before.at.at(-1) ?? 0;
  const next = more.at.findIndex((at) => at > last);
  const fresh = next < 0 ? more.at.length : next;
  const at = [...before.at.slice(kept), ...more.at.slice(fresh)];
  const series: Record<string, Array<number | null>> = {};
  for (const name of new Set([...Object.keys(before.series), ...Object.keys(more.series)])) {
    const old = before.series[name] ?? before.at.map(() => null);
    const young = more.series[name] ?? more.at.map(() => null);
    series[name] = [...old.slice(kept), ...young.slice(fresh)];
  }
  return { ...more, at, series };
}

/** These are the worst node's where there are several; all others are added up. */
const ofTheWorst = /^(store_ms|publish_ms|viewer_ms|loop)\./;

/** Several nodes as one. Their steps do not end at the same moment: each counts for the step that it ends in. */
export function together(nodes: readonly SeriesAnswer[]): SeriesAnswer | undefined {
  const [first] = nodes;
  if (first === undefined || nodes.length === 1) return first;
  const { stepMs } = first;
  const places = new Map<number, number>();
  for (const { at } of nodes) for (const ms of at) places.set(Math.floor(ms / stepMs), 0);
  const steps = [...places.keys()].sort((a, b) => a - b);
  for (const [place, step] of steps.entries()) places.set(step, place);
  const series: Record<string, Array<number | null>> = {};
  const ended: Record<string, number[]> = {};
  for (const node of nodes) {
    for (const [name, values] of Object.entries(node.series)) {
      series[name] ??= steps.map(() => null);
      const sum = series[name];
      for (const [row, value] of values.entries()) {
        const place = places.get(Math.floor((node.at[row] ?? 0) / stepMs)) ?? 0;
        const before = sum[place] ?? null;
        if (value === null) continue;
        if (before === null) sum[place] = value;
        else sum[place] = ofTheWorst.test(name) ? Math.max(before, value) : before + value;
      }
    }
    for (const [transport, counts] of Object.entries(node.ended)) {
      const before = ended[transport];
      ended[transport] = counts.map((count, at) => count + (before?.[at] ?? 0));
    }
  }
  const names = [...new Set(nodes.flatMap((node) => node.names))].sort();
  const startedMs = Math.min(...nodes.map((node) => node.startedMs));
  return { ...first, node: "", startedMs, names, at: steps.map((step) => (step + 1) * stepMs), series, ended };
}

/** The part of it that ends in this time. */
export function between(answer: SeriesAnswer, fromMs: number, toMs: number): SeriesAnswer {
  const first = answer.at.findIndex((at) => at > fromMs);
  const behind = answer.at.findIndex((at) => at > toMs);
  const begin = first < 0 ? answer.at.length : first;
  const end = behind < 0 ? answer.at.length : behind;
  const series = Object.fromEntries(
    Object.entries(answer.series).map(([name, values]) => [name, values.slice(begin, end)]),
  );
  return { ...answer, at: answer.at.slice(begin, end), series };
}

/** The newest that is known. */
export const newest = ({ series }: Pick<SeriesAnswer, "series">, name: string): number | null =>
  series[name]?.findLast((value) => value !== null) ?? null;

/** The newest of each name that begins so, added up; null: none is known. */
export function newestSum(answer: Pick<SeriesAnswer, "series">, prefix: string): number | null {
  const values = Object.entries(answer.series)
    .filter(([name]) => name.startsWith(prefix))
    .map(([, values]) => values.at(-1) ?? null)
    .filter((value) => value !== null);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

/** How often connections that ended lasted so long, of all transports but polls, which are many and short by nature. */
export function endedBars({ ended, boundsMs }: SeriesAnswer): Array<{ upToMs: number | undefined; count: number }> {
  const sums = Array.from({ length: boundsMs.length + 1 }, (_, at) =>
    Object.entries(ended).reduce((sum, [transport, counts]) => sum + (transport === "poll" ? 0 : (counts[at] ?? 0)), 0),
  );
  return sums.map((sum, at) => ({ upToMs: boundsMs[at], count: sum - (at === 0 ? 0 : (sums[at - 1] ?? 0)) }));
}
