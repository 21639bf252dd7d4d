/** A channel's events, newest first, each in words and, opened, as it is. */
import type { Publication } from "@signalbox/protocol";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { classes } from "../components/classes.ts";
import { EmptyState } from "../components/empty-state.tsx";
import { count, exactTimeOfDay, moment } from "../components/figures.ts";
import { ChevronIcon } from "../components/icons.tsx";
import { useClient } from "../stores/client.tsx";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calmLines } from "../text/visible.ts";
import { describe } from "./describe.ts";
import { createFeed } from "./feed.ts";

const rowPx = 32;

export function FeedList({ channel, label }: { channel: string; label: string }) {
  const client = useClient();
  const feed = useMemo(() => createFeed(client, channel), [client, channel]);
  const view = useReadable(feed);
  const scroller = useRef<HTMLDivElement>(null);
  /** What is read stays: away from the top, the list is kept as it was. */
  const [held, setHeld] = useState<readonly Publication[]>();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const events = held ?? view.events;
  const fresh = held ? (view.events.at(-1)?.offset ?? 0) - (held.at(-1)?.offset ?? 0) : 0;
  const at = (index: number): Publication | undefined => events[events.length - 1 - index];
  const list = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => idOf(at(index)),
    overscan: 10,
  });
  const toggle = (id: string) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
    setHeld(events);
  };
  const release = () => {
    setHeld(undefined);
    scroller.current?.scrollTo({ top: 0 });
  };
  const older = () => {
    setHeld(undefined);
    feed.older().catch((error: unknown) => toast(error instanceof Error ? error.message : String(error), "bad"));
  };
  const oldest = events[0]?.offset ?? 0;

  return (
    <section aria-label={label} className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-10 flex-wrap items-center gap-3 border-y border-rule bg-panel px-4 text-[13px] text-ink-2 md:px-6">
        <h2 className="font-semibold text-ink">Events</h2>
        <span>
          Showing {count(events.length)} of {count(view.top)}
        </span>
        {fresh > 0 && (
          <Button className="h-7" onClick={release}>
            {count(fresh)} new
          </Button>
        )}
        {oldest > view.floor && (
          <Button look="quiet" className="h-7" onClick={older}>
            Load older
          </Button>
        )}
        {view.error !== undefined && <span className="text-stop">{view.error}</span>}
      </div>
      {events.length === 0 ? (
        <EmptyState title={view.status === "loading" ? "Asking the gateway for events" : "No events yet"}>
          {null}
        </EmptyState>
      ) : (
        <div
          ref={scroller}
          className="min-h-0 flex-1 overflow-auto bg-panel"
          data-testid="feed"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          onScroll={({ currentTarget }) => {
            if (currentTarget.scrollTop > rowPx) setHeld((now) => now ?? events);
            else if (open.size === 0) setHeld(undefined);
          }}
        >
          <div style={{ height: list.getTotalSize() }} className="relative">
            {list.getVirtualItems().map(({ index, key, start }) => {
              const event = at(index);
              return (
                event && (
                  <div
                    key={key}
                    ref={list.measureElement}
                    data-index={index}
                    className="absolute inset-x-0 top-0 border-b border-rule"
                    style={{ transform: `translateY(${start}px)` }}
                  >
                    <FeedRow event={event} open={open.has(idOf(event))} onToggle={() => toggle(idOf(event))} />
                  </div>
                )
              );
            })}
          </div>
        </div>
      )}
    </section>
  );
}

const idOf = (event: Publication | undefined): string => (event ? `${event.epoch}:${event.offset}` : "");

const bad = /error|fail|alert/;

function FeedRow({ event, open, onToggle }: { event: Publication; open: boolean; onToggle: () => void }) {
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        className="flex min-h-8 w-full cursor-pointer items-center gap-3 px-4 text-left text-[13px] hover:bg-raised md:px-6"
      >
        <ChevronIcon className={classes("h-3 w-3 text-ink-3", open && "rotate-90")} />
        <time title={moment(event.timestamp)} className="font-mono text-ink-3">
          {exactTimeOfDay(event.timestamp)}
        </time>
        <span
          className={classes(
            "w-44 shrink-0 truncate font-mono max-md:w-28",
            bad.test(event.type) ? "text-stop" : "text-ink-2",
          )}
        >
          {event.type}
        </span>
        <span className="min-w-0 flex-1 truncate">{describe(event)}</span>
        <span className="text-ink-3 max-md:hidden">{count(event.offset)}</span>
      </button>
      {open && (
        <pre className="overflow-x-auto bg-sunken px-4 py-2 font-mono text-xs whitespace-pre-wrap md:px-6">
          {calmLines(JSON.stringify(event, undefined, 2))}
        </pre>
      )}
    </>
  );
}
