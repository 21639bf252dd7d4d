/** The same as the picture, for who reads instead of looking: what is in view, oldest first. */
import { useMemo, useState } from "react";
import { count, exactTimeOfDay, moment } from "../components/figures.ts";
import { calm } from "../text/visible.ts";
import type { Bar, Mark } from "./bars.ts";
import { listInView } from "./list.ts";
import type { Range } from "./range.ts";
import type { LaneView } from "./source.ts";
import { itemWords, laneTitle } from "./words.ts";

const listedMost = 200;

interface InViewProps {
  lanes: readonly LaneView[];
  range: Range;
  onOpen: (channel: string, item: Bar | Mark) => void;
}

export function InView({ lanes, range, onOpen }: InViewProps) {
  const [open, setOpen] = useState(false);
  const { items, total } = useMemo(() => listInView(lanes, range, listedMost), [lanes, range]);
  return (
    <details
      className="shrink-0 px-4 py-2 text-[13px] md:px-6"
      data-testid="in-view"
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary className="cursor-pointer text-ink-2">
        As a list: {items.length < total ? `${count(items.length)} of ${count(total)}` : count(total)} in view
      </summary>
      <ol className="mt-2 max-h-64 overflow-y-auto">
        {(open ? items : []).map(({ channel, item }) => {
          const time = "at" in item ? item.at : item.start;
          return (
            <li key={`${channel} ${item.offset} ${item.kind}`}>
              <button
                type="button"
                onClick={() => onOpen(channel, item)}
                className="flex w-full cursor-pointer gap-3 px-1 py-0.5 text-left hover:bg-sunken"
              >
                <time title={moment(time)} className="font-mono text-ink-3">
                  {exactTimeOfDay(time)}
                </time>
                <span className="w-32 shrink-0 truncate">{calm(laneTitle(channel).id)}</span>
                <span className="min-w-0 truncate">{calm(itemWords(item))}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </details>
  );
}
