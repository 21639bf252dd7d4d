/** What lies within some times, of all lanes, in the order of time. */
import type { Bar, Mark } from "./bars.ts";
import { firstAtLeast } from "./cull.ts";
import type { Range } from "./range.ts";
import type { LaneView } from "./source.ts";

export interface Listed {
  channel: string;
  item: Bar | Mark;
}

/** The first `most` of them, and how many there are. */
export function listInView(
  lanes: readonly LaneView[],
  { from, to }: Range,
  most: number,
): { items: Listed[]; total: number } {
  const items: Listed[] = [];
  let total = 0;
  for (const { channel, content } of lanes) {
    const found: Listed[] = [];
    const stretch = <Item extends Bar | Mark>(list: readonly Item[], timeOf: (item: Item) => number, begin: number) => {
      const time = (index: number): number => {
        const item = list[index];
        return item === undefined ? 0 : timeOf(item);
      };
      const end = firstAtLeast(list.length, time, to);
      total += Math.max(0, end - begin);
      for (const item of list.slice(begin, Math.min(end, begin + most))) found.push({ channel, item });
    };
    for (const { bars, reach } of content.levels) {
      stretch(
        bars,
        ({ start }) => start,
        firstAtLeast(bars.length, (index) => reach[index] ?? 0, from),
      );
    }
    const { marks } = content;
    stretch(
      marks,
      ({ at }) => at,
      firstAtLeast(marks.length, (index) => marks[index]?.at ?? 0, from),
    );
    items.push(...found);
  }
  items.sort((a, b) => timeOf(a.item) - timeOf(b.item));
  return { items: items.slice(0, most), total };
}

const timeOf = (item: Bar | Mark): number => ("at" in item ? item.at : item.start);
