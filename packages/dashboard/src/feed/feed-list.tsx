/** What happened, newest first: cards, messages and lines, of one channel or several, now or up to a moment. */

import { useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { EmptyState } from "../components/empty-state.tsx";
import { Fault } from "../components/fault.tsx";
import { count } from "../components/figures.ts";
import { useClient } from "../stores/client.tsx";
import { useMoment } from "../stores/moment.ts";
import { toast } from "../stores/toasts.ts";
import { useReadable } from "../stores/use-readable.ts";
import { type FeedItem, filtered, itemsOf } from "./cards.ts";
import { createFeed } from "./feed.ts";
import { FeedRow } from "./feed-row.tsx";
import { FeedTools, readKinds, wordsOf } from "./feed-tools.tsx";
import { type MergedView, mergeFeeds } from "./merged.ts";
import { useFeedMoment } from "./use-feed-moment.ts";

const rowPx = 36;

/** One channel's, or those of all who take part. */
export function FeedList({ channel, label }: { channel: string; label: string }) {
  const channels = useMemo(() => [channel], [channel]);
  return <FeedOf channels={channels} label={label} />;
}

export function FeedOf({ channels, label }: { channels: readonly string[]; label: string }) {
  const client = useClient();
  const at = useMoment();
  const key = channels.join(" ");
  const feeds = useMemo(() => key.split(" ").map((channel) => createFeed(client, channel)), [client, key]);
  const feed = useMemo(() => mergeFeeds(feeds), [feeds]);
  const view = useReadable(feed);
  useFeedMoment(feeds);
  const scroller = useRef<HTMLDivElement>(null);
  const search = useSearch({ strict: false });
  const wanted = typeof search.event === "string" ? search.event : undefined;
  /** What is read stays: away from the top, the list is kept as it was. */
  const [held, setHeld] = useState<MergedView>();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [fetching, setFetching] = useState(false);
  const shown = at === undefined ? (held ?? view) : view;
  const fresh = held && at === undefined ? Math.max(0, view.total - held.total) : 0;
  const all = useMemo(() => itemsOf(shown.events, dayOf), [shown.events]);
  const kinds = readKinds(search.kinds);
  const words = wordsOf(search.q);
  const filterKey = `${[...kinds].join()} ${words.join(" ")}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for kinds and words
  const items = useMemo(() => filtered(all, { kinds, words }), [all, filterKey]);
  const list = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 10,
  });
  const toggle = (item: FeedItem) => {
    const next = new Set(open);
    if (!next.delete(item.key)) next.add(item.key);
    setOpen(next);
    setHeld((now) => now ?? view);
  };
  const release = () => {
    setHeld(undefined);
    scroller.current?.scrollTo({ top: 0 });
  };
  const older = () => {
    if (fetching) return;
    setFetching(true);
    setHeld(undefined);
    feed
      .older()
      .catch((error: unknown) => toast(error instanceof Error ? error.message : String(error), "bad"))
      .finally(() => setFetching(false));
  };
  const atEnd = (list.getVirtualItems().at(-1)?.index ?? -1) >= items.length - 1;
  const reads = (scroller.current?.scrollTop ?? 0) > rowPx;
  // Older ones come below what is read: nothing moves.
  useEffect(() => {
    if (atEnd && reads && view.more && !fetching) older();
  });
  const marked = wanted === undefined ? undefined : items.find((item) => holds(item, wanted));
  const found = marked?.key;
  const went = useRef<string>(undefined);
  useEffect(() => {
    if (found === undefined || went.current === wanted) return;
    went.current = wanted;
    setOpen((before) => new Set([...before, found]));
    list.scrollToIndex(
      items.findIndex(({ key: one }) => one === found),
      { align: "center" },
    );
  });

  return (
    <section aria-label={label} className="flex min-h-0 flex-1 flex-col">
      <FeedTools channels={channels} view={shown} items={items.length} all={all.length} filtering={filterKey !== " "}>
        {fresh > 0 && (
          <Button className="h-7" onClick={release}>
            {count(fresh)} new
          </Button>
        )}
        {view.error !== undefined && <Fault text={view.error} />}
      </FeedTools>
      {items.length === 0 ? (
        <Nothing view={shown} past={at !== undefined} filtering={all.length > 0} />
      ) : (
        <div
          ref={scroller}
          className="min-h-0 flex-1 overflow-auto bg-panel"
          data-testid="feed"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          onScroll={({ currentTarget }) => {
            if (currentTarget.scrollTop > rowPx) setHeld((now) => now ?? view);
            else if (open.size === 0) setHeld(undefined);
          }}
        >
          <div style={{ height: list.getTotalSize() }} className="relative">
            {list.getVirtualItems().map(({ index, key: itemKey, start }) => {
              const item = items[index];
              return (
                item && (
                  <div
                    key={itemKey}
                    ref={list.measureElement}
                    data-index={index}
                    data-marked={item === marked || undefined}
                    className="absolute inset-x-0 top-0 border-b border-rule data-marked:outline-2 data-marked:-outline-offset-2 data-marked:outline-focus"
                    style={{ transform: `translateY(${start}px)` }}
                  >
                    <FeedRow
                      item={item}
                      several={channels.length > 1}
                      open={open.has(item.key)}
                      onToggle={() => toggle(item)}
                    />
                  </div>
                )
              );
            })}
          </div>
          <p className="px-4 py-3 text-center text-[13px] text-ink-3" data-testid="feed-end">
            {view.more
              ? fetching
                ? "Fetching older events"
                : "Older events are fetched as you scroll"
              : shown.gone > 0
                ? `This is where it begins: ${count(shown.gone)} older events are no longer kept`
                : "This is where it began"}
          </p>
          {view.more && !fetching && (
            <div className="flex justify-center pb-3">
              <Button look="quiet" className="h-7" onClick={older}>
                Load older
              </Button>
            </div>
          )}
        </div>
      )}
    </section>
  );
}

/** `CHANNEL@OFFSET`, or an offset where there is one channel only. */
function holds(item: FeedItem, wanted: string): boolean {
  if (item.is === "gap" || item.is === "day") return false;
  return item.events.some(({ channel, offset }) => wanted === `${channel}@${offset}` || wanted === String(offset));
}

const dayOf = (ms: number): string => new Date(ms).toLocaleDateString("en-GB");

function Nothing({ view, past, filtering }: { view: MergedView; past: boolean; filtering: boolean }) {
  const title =
    view.status === "loading"
      ? "Asking the gateway for events"
      : filtering
        ? "No loaded event fits"
        : past
          ? "Nothing had happened yet"
          : "No events yet";
  return (
    <EmptyState title={title}>
      {filtering && view.status !== "loading" ? (
        <p>Other kinds or words may; older events are not loaded yet.</p>
      ) : null}
    </EmptyState>
  );
}
