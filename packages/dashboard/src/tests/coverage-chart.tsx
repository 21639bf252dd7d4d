/** Coverage over time: lines, branches and functions, told apart by dashes as well as by their words. */
import { count, moment, percent } from "../components/figures.ts";
import { curve } from "./curve.ts";
import type { Coverage } from "./test-fold.ts";

const size = { width: 480, height: 96 } as const;

const series = [
  { name: "lines", title: "Lines", dashes: undefined, ink: "text-run" },
  { name: "branches", title: "Branches", dashes: "6 3", ink: "text-ink" },
  { name: "functions", title: "Functions", dashes: "1.5 3", ink: "text-done" },
] as const;

export function CoverageChart({ points, cut }: { points: readonly Coverage[]; cut: number }) {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return null;
  const drawn = series.flatMap((one) => {
    const known = points.flatMap(({ at, [one.name]: value }) => (value === undefined ? [] : [{ at, value }]));
    return known.length === 0 ? [] : [{ ...one, known }];
  });
  const lowest = Math.min(...drawn.flatMap(({ known }) => known.map(({ value }) => value)));
  // From a round figure below the least, so that a percent more is seen.
  const floor = Math.max(0, Math.floor((lowest - 1) / 10) * 10);
  const frame = { ...size, from: first.at, to: last.at, floor };
  return (
    <figure className="flex flex-col gap-2" data-testid="coverage">
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        className="h-24 w-full overflow-visible"
        preserveAspectRatio="none"
        role="img"
        aria-label={`Coverage from ${moment(first.at)} to ${moment(last.at)}: ${drawn
          .map(({ title, known }) => `${title} ${said(known)}`)
          .join("; ")}`}
      >
        <path d={`M0 .5H${size.width}M0 ${size.height - 0.5}H${size.width}`} stroke="var(--rule)" />
        {drawn.map(({ name, dashes, ink, known }) => (
          <path
            key={name}
            d={curve(known, frame)}
            className={ink}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.75"
            strokeDasharray={dashes}
            vectorEffect="non-scaling-stroke"
          />
        ))}
      </svg>
      <figcaption className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
        {drawn.map(({ name, title, dashes, ink, known }) => (
          <span key={name} className="flex items-center gap-1.5">
            <svg width="22" height="8" aria-hidden="true" className={ink}>
              <path d="M0 4H22" stroke="currentColor" strokeWidth="1.75" strokeDasharray={dashes} />
            </svg>
            {title} <strong className="text-ink">{percent(known.at(-1)?.value ?? 0)}</strong>
          </span>
        ))}
        <span className="text-ink-3">
          {floor} to 100 %, {count(points.length)} measured
          {cut > 0 && ` (the last of ${count(points.length + cut)})`}
        </span>
      </figcaption>
    </figure>
  );
}

const said = (known: ReadonlyArray<{ value: number }>): string => {
  const [from, to] = [known[0]?.value ?? 0, known.at(-1)?.value ?? 0];
  return from === to ? percent(to) : `from ${percent(from)} to ${percent(to)}`;
};
