/** One scrubber rewinds everything: it sets the moment that all views look at. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { ago, exactTimeOfDay, moment } from "../components/figures.ts";
import { useNow } from "../stores/clock.ts";
import { holdMoment, useGoToMoment, useMoment } from "../stores/moment.ts";
import { marksOf, momentsOf, stepFrom } from "./marks.ts";
import { CopyMoment } from "./past-banner.tsx";
import { type Speed, speeds, usePlay } from "./play.ts";
import type { Range } from "./range.ts";
import type { LaneView } from "./source.ts";

interface ScrubberProps {
  lanes: readonly LaneView[];
  /** From the first event to now. */
  whole: Range;
}

/** Of the whole, for each press of a key. */
const keyShare = 0.005;

export function Scrubber({ lanes, whole }: ScrubberProps) {
  const at = useMoment();
  const goTo = useGoToMoment();
  const now = useNow();
  const track = useRef<HTMLDivElement>(null);
  const [speed, setSpeed] = useState<Speed>();
  const moments = useMemo(() => momentsOf(lanes), [lanes]);
  const marks = useMemo(() => marksOf(lanes), [lanes]);
  usePlay(speed, at, whole.to, () => setSpeed(undefined));
  const length = Math.max(1, whole.to - whole.from);
  const shown = Math.min(whole.to, Math.max(whole.from, at ?? whole.to));
  const share = (shown - whole.from) / length;
  const timeAt = (event: PointerEvent): number => {
    const box = track.current?.getBoundingClientRect();
    const part = box === undefined || box.width === 0 ? 1 : (event.clientX - box.left) / box.width;
    return whole.from + Math.max(0, Math.min(1, part)) * length;
  };
  const drag = (event: PointerEvent) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) holdMoment(timeAt(event));
  };
  const release = (event: PointerEvent) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    event.currentTarget.releasePointerCapture(event.pointerId);
    goTo(Math.round(timeAt(event)));
  };
  const step = (by: 1 | -1) => {
    setSpeed(undefined);
    const next = stepFrom(moments, at ?? whole.to + 1, by);
    if (next !== undefined) goTo(next);
    else if (by > 0) goTo(undefined);
  };
  // Where it all began is not known before the lanes are.
  const isReady = lanes.length > 0;
  const key = (event: KeyboardEvent) => {
    if (!isReady) return;
    const by = { ArrowLeft: -1, ArrowRight: 1, PageDown: -20, PageUp: 20 }[event.key];
    const to = event.key === "Home" ? whole.from : by === undefined ? undefined : shown + by * length * keyShare;
    if (event.key === "End") goTo(undefined);
    else if (to !== undefined) goTo(Math.round(Math.min(whole.to, Math.max(whole.from, to))));
    else return;
    event.preventDefault();
  };
  const play = (next: Speed | undefined) => {
    if (next !== undefined && at === undefined) goTo(Math.round(whole.from));
    setSpeed(next);
  };
  // The track is as wide now as then: it must not change under the hand that begins to move it.
  return (
    <section
      aria-label="The moment that is shown"
      className="flex shrink-0 flex-wrap items-center justify-between gap-x-3 border-t border-rule bg-panel px-4 py-1 md:px-6"
    >
      <div className="flex gap-1">
        <Button look="quiet" aria-label="Previous event" title="Previous event" onClick={() => step(-1)}>
          ◂
        </Button>
        <Button
          look="quiet"
          aria-label="Next event"
          title="Next event"
          disabled={at === undefined}
          onClick={() => step(1)}
        >
          ▸
        </Button>
        {speeds.map((one) => (
          <Button
            key={one}
            look="quiet"
            aria-pressed={speed === one}
            aria-label={`Play at ${one} times the speed`}
            onClick={() => play(speed === one ? undefined : one)}
          >
            {speed === one ? "Pause" : `${one}×`}
          </Button>
        ))}
      </div>
      <div
        ref={track}
        role="slider"
        tabIndex={0}
        data-testid="scrubber"
        aria-label="Moment"
        aria-valuemin={Math.round(whole.from)}
        aria-valuemax={Math.round(whole.to)}
        aria-valuenow={Math.round(shown)}
        aria-valuetext={at === undefined ? "now" : moment(at)}
        className="relative order-first h-7 basis-full cursor-ew-resize touch-none"
        aria-disabled={!isReady}
        onPointerDown={(event) => {
          if (!isReady) return;
          setSpeed(undefined);
          event.currentTarget.setPointerCapture(event.pointerId);
          holdMoment(timeAt(event));
        }}
        onPointerMove={drag}
        onPointerUp={release}
        onPointerCancel={release}
        onKeyDown={key}
      >
        <span className="absolute inset-x-0 top-1/2 h-1 -translate-y-1/2 rounded bg-rule" />
        <span
          className="absolute left-0 top-1/2 h-1 -translate-y-1/2 rounded bg-run"
          style={{ width: `${share * 100}%` }}
        />
        <Ticks marks={marks} whole={whole} />
        <span
          className="absolute top-1/2 h-5 w-2 -translate-x-1/2 -translate-y-1/2 rounded-sm border border-panel bg-run shadow-float"
          style={{ left: `${share * 100}%` }}
        />
      </div>
      <div className="flex min-h-8 items-center gap-2 text-[13px]">
        {at === undefined ? (
          <span className="text-ink-2">Now</span>
        ) : (
          <>
            <time title={moment(at)} className="font-mono" data-testid="moment">
              {exactTimeOfDay(at)}
            </time>
            <span className="whitespace-nowrap text-ink-2">{ago(now - at)}</span>
            <Compare at={at} />
            <span className="flex gap-2 max-md:hidden">
              <CopyMoment />
              <Button onClick={() => goTo(undefined)}>Back to now (Esc)</Button>
            </span>
          </>
        )}
      </div>
    </section>
  );
}

/** The other moment that this one is compared with is the one where the button was pressed. */
function Compare({ at }: { at: number }) {
  const navigate = useNavigate();
  const other = useSearch({ strict: false, select: (search) => search.with });
  const set = (next: number | undefined) =>
    void navigate({ to: ".", search: (search) => ({ ...search, with: next }) as typeof search, replace: true });
  return other === undefined ? (
    <Button look="quiet" onClick={() => set(at)} title="Marks this moment; move the scrubber to see what changed">
      Compare from here
    </Button>
  ) : (
    <Button look="quiet" aria-pressed onClick={() => set(undefined)}>
      Compared with {exactTimeOfDay(other)}
    </Button>
  );
}

/** At most this many: they are a pixel wide each. */
const ticksMost = 300;

function Ticks({ marks, whole }: { marks: Float64Array; whole: Range }) {
  const every = Math.max(1, Math.ceil(marks.length / ticksMost));
  const length = Math.max(1, whole.to - whole.from);
  return (
    <span aria-hidden="true">
      {Array.from(marks)
        .filter((_, index) => index % every === 0)
        .map((mark) => (
          <span
            key={mark}
            className="absolute top-1.5 h-1.5 w-px bg-rule-strong"
            style={{ left: `${((mark - whole.from) / length) * 100}%` }}
          />
        ))}
    </span>
  );
}
