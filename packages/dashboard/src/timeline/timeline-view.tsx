/** Lanes with their tools and the list beside them. */

import { useEffect, useMemo, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { count } from "../components/figures.ts";
import { useGoToMoment } from "../stores/moment.ts";
import type { Bar, Mark } from "./bars.ts";
import { InView } from "./in-view.tsx";
import { Lanes } from "./lanes.tsx";
import { fitting, type Range, zoomed } from "./range.ts";
import type { TimelineView } from "./source.ts";

interface TimelineLanesProps {
  view: TimelineView;
  whole: Range;
  /** Channels there are; more than lanes drawn is said. */
  total: number;
  processes: boolean;
  onProcesses: (shown: boolean) => void;
  onOpen: (channel: string, item: Bar | Mark) => void;
}

export function TimelineLanes({ view, whole, total, processes, onProcesses, onOpen }: TimelineLanesProps) {
  const goTo = useGoToMoment();
  const [chosen, setChosen] = useState<Range>();
  // Until somebody moves it, all is in view and what comes is followed.
  const all = useMemo(() => fitting(whole), [whole]);
  const range = chosen ?? all;
  const [shown, setShown] = useState(range);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The list is made when the hand rests.
  useEffect(() => {
    clearTimeout(rest.current);
    rest.current = setTimeout(() => setShown(range), 200);
    return () => clearTimeout(rest.current);
  }, [range]);
  const by = (factor: number) => setChosen(zoomed(range, factor, (range.from + range.to) / 2));
  return (
    <div className="flex min-h-0 flex-1 flex-col" data-loading={view.loading}>
      <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 text-[13px] text-ink-2 md:px-6">
        <span data-testid="timeline-count">{counted(view, total)}</span>
        {view.error !== undefined && <Fault text={view.error} />}
        <span className="flex-1" />
        <Button look="quiet" aria-pressed={processes} onClick={() => onProcesses(!processes)}>
          Processes
        </Button>
        <Button look="quiet" aria-label="Zoom in" onClick={() => by(0.6)}>
          +
        </Button>
        <Button look="quiet" aria-label="Zoom out" onClick={() => by(1 / 0.6)}>
          −
        </Button>
        <Button look="quiet" aria-pressed={chosen === undefined} onClick={() => setChosen(undefined)}>
          {chosen === undefined ? "Following" : "All, and follow"}
        </Button>
      </div>
      {view.lanes.length === 0 ? (
        <EmptyState title={view.loading ? "Asking the gateway for the lanes" : "Nothing has happened yet"}>
          {!view.loading && <p>Steps, tool calls, commands, approvals and tests are drawn here as they happen.</p>}
        </EmptyState>
      ) : (
        <div className="flex min-h-0 flex-1 flex-col [container-type:size]">
          <Lanes
            lanes={view.lanes}
            range={range}
            whole={all}
            onRange={setChosen}
            onMoment={(at) => goTo(Math.round(at))}
            onOpen={onOpen}
          />
        </div>
      )}
      <InView lanes={view.lanes} range={shown} onOpen={onOpen} />
    </div>
  );
}

function counted({ lanes, drawn, looked, kept, loading, capped }: TimelineView, total: number): string {
  const parts = [
    lanes.length < total && !loading
      ? `${count(lanes.length)} of ${count(total)} lanes`
      : `${count(lanes.length)} ${lanes.length === 1 ? "lane" : "lanes"}`,
    `${count(drawn)} bars and marks`,
    looked < kept ? `from ${count(looked)} of ${count(kept)} events` : `from ${count(kept)} events`,
  ];
  if (loading && looked < kept) parts.push("fetching the rest");
  if (capped) parts.push("older ones are not drawn");
  return parts.join(" · ");
}
