/** The lanes: drawn on a canvas as large as what is seen, with their names beside it. */
import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { duration, exactTimeOfDay } from "../components/figures.ts";
import { useNow } from "../stores/clock.ts";
import { useMoment } from "../stores/moment.ts";
import { preferences } from "../stores/preferences.ts";
import { useMedia } from "../stores/use-media.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import type { Bar, Mark } from "./bars.ts";
import { axisPx, type Colours, coloursOf, draw, nearest, type Picture, placesOf } from "./draw.ts";
import { marksOf, stepFrom } from "./marks.ts";
import { holding, moved, type Range, zoomed } from "./range.ts";
import type { LaneView } from "./source.ts";
import { useGestures } from "./use-gestures.ts";
import { itemWords, laneTitle } from "./words.ts";

interface LanesProps {
  lanes: readonly LaneView[];
  range: Range;
  whole: Range;
  onRange: (range: Range) => void;
  /** A moment was chosen with the keys. */
  onMoment: (at: number) => void;
  onOpen: (channel: string, item: Bar | Mark) => void;
}

export function Lanes({ lanes, range, whole, onRange, onMoment, onOpen }: LanesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const at = useMoment();
  const now = useNow();
  const { theme } = useReadable(preferences);
  const systemDark = useMedia("(prefers-color-scheme: dark)");
  const [near, setNear] = useState<{ lane: LaneView; item: Bar | Mark; x: number; y: number }>();
  const [size, setSize] = useState({ width: 0, height: 0 });
  const { places, height } = useMemo(() => placesOf(lanes), [lanes]);
  const colours = useRef<Colours>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours are read again when the theme is another
  useEffect(() => {
    colours.current = undefined;
  }, [theme, systemDark]);

  const picture: Picture = {
    ...size,
    ...{ top: scroller.current?.scrollTop ?? 0, range, lanes, layout: places, at, now, near: near?.item },
  };
  const latest = useRef(picture);
  latest.current = picture;
  const due = useRef(0);
  const paint = useRef(() => {
    if (due.current !== 0) return;
    due.current = requestAnimationFrame(() => {
      due.current = 0;
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (!element || !context || latest.current.width === 0) return;
      colours.current ??= coloursOf(element);
      const { width, height: tall } = latest.current;
      const ratio = devicePixelRatio;
      if (element.width !== Math.round(width * ratio) || element.height !== Math.round(tall * ratio)) {
        element.width = Math.round(width * ratio);
        element.height = Math.round(tall * ratio);
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw(context, { ...latest.current, top: scroller.current?.scrollTop ?? 0 }, colours.current);
      element.dataset.drawn = String(latest.current.lanes.reduce((sum, { content }) => sum + content.bars, 0));
    });
  });
  useEffect(() => paint.current());
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(due.current);
      due.current = 0;
    };
  }, []);

  useGestures(canvas, {
    range: () => latest.current.range,
    onRange: (next) => {
      setNear(undefined);
      onRange(next);
    },
    onHover: (x, y) => {
      const found = nearest({ ...latest.current, top: scroller.current?.scrollTop ?? 0 }, x, y);
      setNear(found && { ...found, x, y });
    },
    onLeave: () => setNear(undefined),
    onChoose: (x, y) => {
      const found = nearest({ ...latest.current, top: scroller.current?.scrollTop ?? 0 }, x, y);
      if (found !== undefined) onOpen(found.lane.channel, found.item);
      else onMoment(range.from + (x / Math.max(1, size.width)) * (range.to - range.from));
    },
  });

  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const length = range.to - range.from;
    const middle = at !== undefined && at > range.from && at < range.to ? at : (range.from + range.to) / 2;
    const marked = (by: 1 | -1) => {
      const next = stepFrom(marksOf(lanes), at ?? (by < 0 ? now : range.from), by);
      if (next !== undefined) {
        onRange(holding(range, next));
        onMoment(next);
      }
    };
    const does: Record<string, () => void> = {
      ArrowLeft: () => onRange(moved(range, -length * 0.1)),
      ArrowRight: () => onRange(moved(range, length * 0.1)),
      "+": () => onRange(zoomed(range, 0.7, middle)),
      "=": () => onRange(zoomed(range, 0.7, middle)),
      "-": () => onRange(zoomed(range, 1 / 0.7, middle)),
      Home: () => onRange({ from: whole.from, to: whole.from + length }),
      End: () => onRange({ from: whole.to - length, to: whole.to }),
      "0": () => onRange(whole),
      n: () => marked(1),
      p: () => marked(-1),
    };
    const act = Object.hasOwn(does, event.key) ? does[event.key] : undefined;
    if (act === undefined) return;
    event.preventDefault();
    act();
  };

  return (
    <div
      ref={scroller}
      data-testid="lanes"
      className="relative min-h-0 flex-1 overflow-x-hidden overflow-y-auto border-y border-rule bg-panel"
      onScroll={() => paint.current()}
    >
      <div className="flex" style={{ height: Math.max(height, 1) }}>
        <div className="relative w-44 shrink-0 border-r border-rule max-md:w-24">
          {lanes.map(({ channel }, index) => (
            <LaneName key={channel} channel={channel} y={places[index]?.y ?? 0} height={places[index]?.height ?? 0} />
          ))}
        </div>
        <div className="relative min-w-0 flex-1">
          <div className="sticky top-0" style={{ height: `min(100cqh, ${Math.max(height, axisPx)}px)` }}>
            <canvas
              ref={canvas}
              role="img"
              tabIndex={0}
              aria-label="Lanes over time. Arrow keys move, plus and minus zoom, Home and End go to the ends, n and p to the next and previous mark. What is in view is listed below."
              data-testid="lanes-canvas"
              className="block h-full w-full cursor-crosshair touch-pan-y focus-visible:outline-offset-[-2px]"
              onKeyDown={key}
            />
            {near && <Tip near={near} width={size.width} />}
          </div>
        </div>
      </div>
    </div>
  );
}

function LaneName({ channel, y, height }: { channel: string; y: number; height: number }) {
  const { kind, id } = laneTitle(channel);
  const name = <span className="block truncate font-medium">{calm(id)}</span>;
  return (
    <div
      className="absolute inset-x-0 flex flex-col justify-center overflow-hidden border-b border-rule px-3 text-[13px]"
      style={{ top: y, height }}
      title={calm(channel)}
    >
      {kind === "agent" ? (
        <Link to="/agents/$id" params={{ id }} className="hover:underline">
          {name}
        </Link>
      ) : kind === "process" ? (
        <Link to="/processes/$id" params={{ id }} className="hover:underline">
          {name}
        </Link>
      ) : kind === "session" ? (
        <Link to="/sessions/$id" params={{ id }} className="hover:underline">
          {name}
        </Link>
      ) : (
        name
      )}
      <span className="truncate text-xs text-ink-3">{calm(kind)}</span>
    </div>
  );
}

function Tip({ near, width }: { near: { item: Bar | Mark; x: number; y: number }; width: number }) {
  const { item, x, y } = near;
  const right = x > width / 2;
  return (
    <div
      role="status"
      className="pointer-events-none absolute z-10 max-w-72 rounded-md border border-rule bg-raised px-2.5 py-1.5 text-xs shadow-float"
      style={{ top: y + 14, ...(right ? { right: width - x + 8 } : { left: x + 8 }) }}
    >
      <p className="font-semibold break-words">{calm(itemWords(item))}</p>
      <p className="text-ink-2">
        {"at" in item
          ? exactTimeOfDay(item.at)
          : `${exactTimeOfDay(item.start)} · ${Number.isFinite(item.end) ? duration(item.end - item.start) : "goes on"}`}
      </p>
      <p className="text-ink-3">Click: open the event</p>
    </div>
  );
}
