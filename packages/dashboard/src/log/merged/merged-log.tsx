/** Logs of several processes as one, by time: the newest lines of each, followed until somebody scrolls up. */
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { count } from "../../components/figures.ts";
import { EndIcon } from "../../components/icons.tsx";
import { useClient } from "../../stores/client.tsx";
import { preferences } from "../../stores/preferences.ts";
import { useReadable } from "../../stores/use-readable.ts";
import { calm } from "../../text/visible.ts";
import { LogRowView } from "../log-row.tsx";
import { createMerged, lastOfEach } from "./merged-source.ts";

const rowPx = { comfortable: 20, compact: 18 } as const;
/** Characters of a process's name beside its lines. */
const nameLength = 20;

export function MergedLog({ processIds }: { processIds: readonly string[] }) {
  const client = useClient();
  const ids = processIds.join("\n");
  const view = useReadable(useMemo(() => createMerged(client, ids.split("\n")), [client, ids]));
  const { density } = useReadable(preferences);
  const [follow, setFollow] = useState(true);
  const leftAt = useRef<string>(undefined);
  const scroller = useRef<HTMLElement>(null);
  const height = rowPx[density];
  const { rows } = view;
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 20,
  });
  const total = rows.length * height;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever there is more to follow
  useLayoutEffect(() => {
    const { current } = scroller;
    if (follow && current) current.scrollTop = current.scrollHeight;
  }, [follow, rows]);
  // Those that were let go stood above: what is read stays where it is.
  const seenCut = useRef(view.cut);
  useLayoutEffect(() => {
    const { current } = scroller;
    if (!follow && current) current.scrollTop -= (view.cut - seenCut.current) * height;
    seenCut.current = view.cut;
  }, [view.cut, follow, height]);
  const last = rows.at(-1)?.key;
  const leave = () => {
    leftAt.current = last;
    setFollow(false);
  };
  const fresh = follow ? 0 : rows.length - 1 - rows.findLastIndex(({ key }) => key === leftAt.current);
  if (rows.length === 0) {
    return (
      <EmptyState title={view.live ? "No output yet" : `Asking the gateway for ${count(processIds.length)} logs`}>
        {[...view.refused].map(([id, why]) => (
          <p key={id}>
            {calm(id)}: {why}
          </p>
        ))}
      </EmptyState>
    );
  }
  return (
    <section aria-label="Merged log" className="flex min-h-72 flex-1 flex-col border-t border-rule">
      <section
        ref={scroller}
        aria-label="Lines of all processes by time"
        data-testid="merged-log"
        className="log-scroll min-h-0 flex-1"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          const atEnd = scrollTop + clientHeight >= scrollHeight - height;
          if (atEnd && !follow) setFollow(true);
        }}
        onWheel={({ deltaY }) => deltaY < 0 && follow && leave()}
        onTouchMove={() => follow && leave()}
        onKeyDown={({ key }) => ["ArrowUp", "PageUp", "Home"].includes(key) && follow && leave()}
      >
        <div style={{ height: total }} />
        <div
          className="log-layer"
          style={{ "--gutter": "7ch", transform: `translateY(${list.getVirtualItems()[0]?.start ?? 0}px)` }}
        >
          {list.getVirtualItems().map(({ index }) => {
            const one = rows[index];
            return (
              one && (
                <div key={one.key} className="flex max-md:[&_.log-time]:hidden" data-process={one.process}>
                  <Link
                    to="/processes/$id"
                    params={{ id: one.process }}
                    search={one.row.line === undefined ? {} : { line: one.row.line }}
                    tabIndex={-1}
                    title={calm(one.process)}
                    className="w-[22ch] shrink-0 truncate px-2 text-ink-3 hover:underline max-md:w-[12ch]"
                  >
                    {calm(one.process.slice(0, nameLength))}
                  </Link>
                  <LogRowView offset={one.row.offset} row={one.row} found={undefined} marked={false} timestamps />
                </div>
              )
            );
          })}
        </div>
      </section>
      <footer className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 border-t border-rule bg-panel px-4 text-[13px] text-ink-3 md:px-6">
        <span>
          Showing {count(rows.length)} of at least {count(rows.length + view.cut)} lines: the last {count(lastOfEach)}{" "}
          events of each process and what came since; each one's own log has all
        </span>
        {view.refused.size > 0 && (
          <span className="text-stop">{[...view.refused.keys()].map(calm).join(", ")}: refused</span>
        )}
        <span className="flex-1" />
        {!follow && (
          <Button look={fresh > 0 ? "strong" : "plain"} className="h-7" onClick={() => setFollow(true)}>
            <EndIcon />
            {fresh > 0 ? `${count(fresh)} new ${fresh === 1 ? "line" : "lines"}` : "Follow the end"}
          </Button>
        )}
      </footer>
    </section>
  );
}
