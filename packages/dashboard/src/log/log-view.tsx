/** The rows of a log: drawn only where looked at, and never moving while somebody reads. */
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { preferences } from "../stores/preferences.ts";
import { useReadable } from "../stores/use-readable.ts";
import { anchorAt, offsetOfRow, rowAt, rowTop } from "./drawn-rows.ts";
import { LogRowView } from "./log-row.tsx";
import { lastRows, reachingTo, rowsAround, walk } from "./range.ts";
import type { LogRow } from "./row.ts";
import { type Extent, heightOf, placeAt, scrollTopOf } from "./scroll.ts";
import type { LogSource } from "./source.ts";
import { useHeight } from "./use-size.ts";
import type { View, Viewport } from "./viewport.ts";

const rowPxOf = { comfortable: 20, compact: 18 } as const;
/** After so long without scrolling the bar is put where the rows are. */
const settleMs = 150;
/** Rows that are looked at are asked for no more often than this. */
const askMs = 40;

interface LogViewProps {
  source: LogSource;
  viewport: Viewport;
  found: RegExp | undefined;
  label: string;
  /** Lines in all, as the process's state counts them. */
  totalLines: number;
  onWhole: (row: LogRow) => void;
  onPick: (row: LogRow) => void;
}

export function LogView({ source, viewport, found, label, totalLines, onWhole, onPick }: LogViewProps) {
  const { pages } = source;
  const { lastLine } = useReadable(source);
  const view = useReadable(viewport);
  const { wrap, timestamps, density } = useReadable(preferences);
  const scroller = useRef<HTMLElement>(null);
  const spacer = useRef<HTMLDivElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const viewPx = useHeight(scroller);
  const extent: Extent = { rows: pages.rows, rowPx: rowPxOf[density], viewPx };
  const count = Math.ceil(viewPx / extent.rowPx) + 1;
  /** Where a selection begins. */
  const [selected, setSelected] = useState<number>();
  const looked = view.follow ? lastRows(pages, count) : rowsAround(pages, view.anchor.offset, count);
  const drawn = reachingTo(pages, looked, selected);
  const from = drawn[0] ?? 1;
  const to = drawn.at(-1) ?? 0;
  const atStart = drawn.length === 0 || pages.nearest(from - 1, -1) === undefined;
  const atEnd = drawn.length === 0 || pages.nearest(to + 1, 1) === undefined;
  /** Where things were put last: what a scroll event is measured against. */
  const put = useRef({ scrollTop: 0, layerTop: 0, jumps: -1, outerPx: 0 });
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);

  const place = (settle: boolean) => {
    const [outer, inner, height] = [scroller.current, layer.current, spacer.current];
    if (!outer || !inner || !height) return;
    const layerPx = inner.offsetHeight;
    const tall = atStart && atEnd ? layerPx : Math.max(heightOf(extent), layerPx);
    height.style.height = `${tall}px`;
    let scrollTop =
      settle && !view.follow
        ? scrollTopOf(extent, { index: pages.indexOf(view.anchor.offset), px: view.anchor.px })
        : outer.scrollTop;
    let layerTop = view.follow ? tall - layerPx : scrollTop - view.anchor.px - rowTop(inner, view.anchor.offset);
    if (view.follow) scrollTop = Math.max(0, tall - outer.clientHeight);
    else {
      // At its ends the layer lies at the ends of the bar's range, and never beyond them.
      let shift = 0;
      if (atStart || layerTop < 0) shift = -layerTop;
      else if (atEnd || layerTop + layerPx > tall) shift = tall - layerPx - layerTop;
      layerTop += shift;
      scrollTop += shift;
    }
    inner.style.transform = `translateY(${layerTop}px)`;
    if (Math.abs(outer.scrollTop - scrollTop) > 0.5) outer.scrollTop = scrollTop;
    put.current = { scrollTop: outer.scrollTop, layerTop, jumps: view.jumps, outerPx: outer.clientHeight };
    // Near the end a row cannot be at the top: then the one that is must stay there when more lines come.
    const top = view.follow ? undefined : rowAt(inner, put.current.scrollTop - layerTop);
    if (top && offsetOfRow(top) < view.anchor.offset) viewport.hold(anchorAt(top, put.current), pages.top);
  };

  useLayoutEffect(() => place(put.current.jumps !== view.jumps));

  const wanted = useRef({ from, to });
  wanted.current = { from, to };
  const asking = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Not at every step of a dragged bar, but never much later than it rests.
  useEffect(() => {
    if (to === 0) return;
    asking.current ??= setTimeout(() => {
      asking.current = undefined;
      source.need(wanted.current.from, wanted.current.to);
    }, askMs);
  });

  useEffect(
    () => () => {
      clearTimeout(settling.current);
      clearTimeout(asking.current);
      asking.current = undefined;
    },
    [],
  );

  const latestPlace = useRef(place);
  latestPlace.current = place;

  const scrolled = () => {
    const [outer, inner] = [scroller.current, layer.current];
    if (!outer || !inner) return;
    const { scrollTop } = outer;
    const moved = scrollTop - put.current.scrollTop;
    if (Math.abs(moved) < 0.5) return;
    // Nobody scrolled: the end came up because there is more room.
    if (view.follow && outer.clientHeight !== put.current.outerPx) return latestPlace.current(false);
    put.current.scrollTop = scrollTop;
    clearTimeout(settling.current);
    settling.current = setTimeout(() => latestPlace.current(true), settleMs);
    const far = Math.abs(moved) > Math.max(inner.offsetHeight, 2 * viewPx);
    const bottom = scrollTop + viewPx;
    const ends = far
      ? bottom >= outer.scrollHeight - 1
      : atEnd && bottom >= put.current.layerTop + inner.offsetHeight - 1;
    if (ends && moved > 0) viewport.follow();
    else viewport.hold(far ? farAnchor(scrollTop) : nearAnchor(scrollTop, inner), pages.top);
  };

  const farAnchor = (scrollTop: number): View["anchor"] => {
    const { index, px } = placeAt(extent, scrollTop);
    return { offset: pages.offsetOf(index), px };
  };

  /** The row that is now at the top edge, in pixels as they are: wrapped rows are taller. */
  const nearAnchor = (scrollTop: number, inner: HTMLElement): View["anchor"] => {
    const y = scrollTop - put.current.layerTop;
    if (y < 0) {
      const steps = Math.ceil(-y / extent.rowPx);
      const above = walk(pages, from - 1, -1, steps);
      return { offset: above.at(-1) ?? from, px: above.length < steps ? 0 : steps * extent.rowPx + y };
    }
    const row = rowAt(inner, y);
    if (row) return anchorAt(row, { scrollTop, layerTop: put.current.layerTop });
    const beyond = y - inner.offsetHeight;
    const below = walk(pages, to + 1, 1, Math.floor(beyond / extent.rowPx) + 1);
    return { offset: below.at(-1) ?? to, px: beyond % extent.rowPx };
  };

  /** Reading begins: what is in sight stays. */
  const stay = useCallback(() => {
    const inner = layer.current;
    if (!inner || !viewport.snapshot().follow) return;
    const row = rowAt(inner, Math.max(0, put.current.scrollTop - put.current.layerTop));
    if (row) viewport.hold(anchorAt(row, put.current), pages.top);
  }, [viewport, pages]);

  useEffect(() => {
    const changed = () => {
      const selection = document.getSelection();
      const start = selection?.anchorNode;
      if (!selection || selection.isCollapsed || !start || !layer.current?.contains(start))
        return setSelected(undefined);
      stay();
      const row = (start instanceof HTMLElement ? start : start.parentElement)?.closest<HTMLElement>(".log-row");
      setSelected(row ? offsetOfRow(row) : undefined);
    };
    document.addEventListener("selectionchange", changed);
    return () => document.removeEventListener("selectionchange", changed);
  }, [stay]);

  const keyed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "End") viewport.follow();
    else if (event.key === "Home") viewport.goTo(-1, pages.first, pages.top);
    else if (["ArrowUp", "PageUp"].includes(event.key)) return stay();
    else return;
    event.preventDefault();
  };

  const clicked = ({ target }: MouseEvent) => {
    if (!(target instanceof HTMLElement)) return;
    const element = target.closest<HTMLElement>(".log-row");
    const row = element ? pages.at(offsetOfRow(element)) : undefined;
    if (typeof row !== "object") return;
    if (target.closest("[data-more]")) onWhole(row);
    else if (target.closest("[data-unsent]") && row.unsent) {
      source.fetchUnsent(row.unsent);
      // What is fetched pushes the end away: the reader stays where it begins.
      viewport.hold({ offset: row.unsent.from, px: 0 }, pages.top);
    } else if (target.closest(".log-number") && row.line !== undefined) onPick(row);
  };

  const digits = String(Math.max(lastLine, totalLines, 1_000)).length;
  return (
    <section
      ref={scroller}
      className="log-scroll min-h-0 flex-1"
      data-testid="log"
      data-wrap={wrap}
      data-follow={view.follow}
      data-total-lines={totalLines}
      data-last-line={lastLine}
      data-first-offset={pages.floor}
      data-top-offset={pages.top}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={scrolled}
      onWheel={(event) => event.deltaY < 0 && stay()}
      onTouchMove={stay}
      onKeyDown={keyed}
      onClick={clicked}
    >
      <div ref={spacer} />
      <div ref={layer} className="log-layer" style={{ "--gutter": `${digits}ch` }}>
        {drawn.map((offset) => {
          const row = pages.at(offset);
          return row === undefined || row === "hidden" ? null : (
            <LogRowView
              key={offset}
              offset={offset}
              row={row}
              found={found}
              marked={offset === view.marked}
              timestamps={timestamps}
            />
          );
        })}
      </div>
    </section>
  );
}
