/**
 * Figures over time, with uPlot: drawn on a canvas, in the panel's colours. Under it stand the names with their newest figure,
 * or that of the time under the pointer or the arrow keys; and all of it as a table, for who does not see the canvas.
 */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { count, moment, timeOfDay } from "./figures.ts";

export interface ChartProps {
  label: string;
  /** Milliseconds since 1970. */
  at: readonly number[];
  lines: ReadonlyArray<{ label: string; values: ReadonlyArray<number | null> }>;
  /** A figure with its unit. */
  told: (value: number | null) => string;
  /** From when to when, if that is more than there are figures of; milliseconds. */
  span?: readonly [number, number];
}

/** Tokens, and dashes: lines are told apart by both. */
const looks: ReadonlyArray<{ token: string; dash: number[] }> = [
  { token: "--run", dash: [] },
  { token: "--done", dash: [6, 3] },
  { token: "--wait", dash: [2, 2] },
  { token: "--stop", dash: [8, 2, 2, 2] },
  { token: "--ansi-5", dash: [4, 2] },
  { token: "--ansi-6", dash: [10, 3] },
  { token: "--ink-2", dash: [1, 3] },
  { token: "--ansi-4", dash: [12, 2, 4, 2] },
];
const lookOf = (line: number) => looks[line % looks.length] ?? { token: "--ink", dash: [] };

const heightPx = 132;
/** Rows of the table: the newest. */
const tableRows = 60;

const inTheme = (token: string): string => getComputedStyle(document.documentElement).getPropertyValue(token);

export function Chart({ label, at, lines, told, span }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [cursor, setCursor] = useState<number>();
  const names = lines.map((line) => line.label).join("\n");
  const tell = useRef(told);
  tell.current = told;
  const range = useRef(span);
  range.current = span;

  // biome-ignore lint/correctness/useExhaustiveDependencies: other lines are another chart
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const axis = { stroke: () => inTheme("--ink-3"), font: "11px IBM Plex Sans, sans-serif" };
    const grid = { stroke: () => inTheme("--rule"), width: 1 };
    const made = new uPlot(
      {
        width: Math.max(120, element.clientWidth),
        height: heightPx,
        legend: { show: false },
        padding: [8, 4, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, sync: { key: "signalbox" }, points: { size: 6 } },
        scales: {
          x: { time: true, range: (_plot, min, max) => spanOf(range.current, min, max) },
          y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            ticks: { show: false },
            size: 22,
            values: (_plot, ticks) => ticks.map(clock),
            space: 64,
          },
          {
            ...axis,
            grid,
            ticks: { show: false },
            size: 62,
            values: (_plot, ticks) => ticks.map((tick) => tell.current(tick)),
            space: 32,
          },
        ],
        series: [
          {},
          ...lines.map((line, index) => ({
            label: line.label,
            stroke: () => inTheme(lookOf(index).token),
            width: 1.5,
            dash: lookOf(index).dash,
            points: { show: false },
            spanGaps: false,
          })),
        ],
        hooks: { setCursor: [({ cursor: { idx } }) => setCursor(idx ?? undefined)] },
      },
      dataOf(at, lines),
      element,
    );
    plot.current = made;
    const sized = new ResizeObserver(() =>
      made.setSize({ width: Math.max(120, element.clientWidth), height: heightPx }),
    );
    sized.observe(element);
    const themed = new MutationObserver(() => made.redraw(false, true));
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      sized.disconnect();
      themed.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [names]);

  useEffect(() => plot.current?.setData(dataOf(at, lines)), [at, lines]);

  /** Arrow keys walk through the times, from the newest. */
  const step = (event: KeyboardEvent) => {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const shown = plot.current;
    if (!shown || at.length === 0) return;
    if (event.key === "Escape") shown.setCursor({ left: -10, top: -10 });
    if (by === 0) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(at.length - 1, (cursor ?? at.length) + by));
    shown.setCursor({ left: shown.valToPos((at[next] ?? 0) / 1_000, "x"), top: 0 });
  };

  const shownAt = cursor === undefined ? undefined : at[cursor];
  const figureOf = (values: ReadonlyArray<number | null>) =>
    (cursor === undefined ? values.at(-1) : values[cursor]) ?? null;
  return (
    <figure className="flex min-w-0 flex-col gap-2" aria-label={label}>
      <div
        ref={place}
        role="slider"
        tabIndex={0}
        aria-label={`${label}: time`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, at.length - 1)}
        aria-valuenow={cursor ?? Math.max(0, at.length - 1)}
        aria-valuetext={textOf(shownAt ?? at.at(-1), lines, figureOf, told)}
        onKeyDown={step}
        className="min-w-0 rounded-sm"
        data-points={at.length}
      />
      <figcaption className="flex min-h-5 flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
        <span className="w-16 text-ink-3">{shownAt === undefined ? "now" : timeOfDay(shownAt)}</span>
        {lines.map((line, index) => (
          <span key={line.label} className="inline-flex items-center gap-1.5">
            <svg width="18" height="4" aria-hidden="true">
              <path
                d="M0 2H18"
                stroke={`var(${lookOf(index).token})`}
                strokeWidth="2"
                strokeDasharray={lookOf(index).dash.join(" ")}
              />
            </svg>
            {line.label} <span className="font-medium text-ink">{told(figureOf(line.values))}</span>
          </span>
        ))}
      </figcaption>
      <AsTable label={label} at={at} lines={lines} told={told} />
    </figure>
  );
}

function AsTable({ label, at, lines, told }: ChartProps) {
  const [open, setOpen] = useState(false);
  const from = Math.max(0, at.length - tableRows);
  return (
    <details className="text-xs" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="cursor-pointer text-ink-3">As a table</summary>
      {open && (
        <section
          className="mt-2 max-h-56 overflow-auto"
          aria-label={`${label} as a table`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
        >
          <p className="pb-1 text-ink-3">
            Showing the newest {count(at.length - from)} of {count(at.length)}
          </p>
          <table className="w-full text-right">
            <thead>
              <tr>
                <th className="text-left font-medium">Time</th>
                {lines.map((line) => (
                  <th key={line.label} className="font-medium">
                    {line.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {at
                .slice(from)
                .map((ms, row) => (
                  <tr key={ms}>
                    <td className="text-left" title={moment(ms)}>
                      {timeOfDay(ms)}
                    </td>
                    {lines.map((line) => (
                      <td key={line.label}>{told(line.values[from + row] ?? null)}</td>
                    ))}
                  </tr>
                ))
                .reverse()}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

const spanOf = (span: readonly [number, number] | undefined, min: number, max: number): [number, number] =>
  span === undefined ? [min, max] : [span[0] / 1_000, span[1] / 1_000];

const clock = (seconds: number): string => timeOfDay(seconds * 1_000).slice(0, 5);

const dataOf = (at: ChartProps["at"], lines: ChartProps["lines"]): uPlot.AlignedData => [
  at.map((ms) => ms / 1_000),
  ...lines.map(({ values }) => [...values]),
];

function textOf(
  ms: number | undefined,
  lines: ChartProps["lines"],
  figureOf: (values: ReadonlyArray<number | null>) => number | null,
  told: ChartProps["told"],
): string {
  if (ms === undefined) return "no figures yet";
  return `${timeOfDay(ms)}: ${lines.map(({ label, values }) => `${label} ${told(figureOf(values))}`).join(", ")}`;
}
