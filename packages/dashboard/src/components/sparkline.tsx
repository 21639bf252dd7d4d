/** The last minutes of a figure, drawn along the line. */
import { classes } from "./classes.ts";
import { percent } from "./figures.ts";

interface SparklineProps {
  /** Oldest first. */
  values: readonly number[];
  /** The least that is full height: noise of a few percent must not look like load. */
  full?: number;
  width?: number;
  height?: number;
  label: string;
  /** How a sample is read out; as a percentage if absent. */
  figure?: (value: number) => string;
  className?: string;
}

/** Samples that fit side by side. */
const most = 60;

export function Sparkline({
  values,
  full = 30,
  width = 120,
  height = 20,
  label,
  figure = percent,
  className,
}: SparklineProps) {
  const shown = values.slice(-most);
  const ceiling = Math.max(full, ...shown);
  const step = width / (most - 1);
  const y = (value: number): number => height - 1 - (Math.max(0, value) / ceiling) * (height - 3);
  const start = width - (shown.length - 1) * step;
  const points = shown.map((value, at) => `${(start + at * step).toFixed(1)},${y(value).toFixed(1)}`);
  const newest = shown.at(-1);
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      preserveAspectRatio="none"
      className={classes("overflow-visible text-run", className)}
      role="img"
      aria-label={newest === undefined ? `${label}: no figures` : `${label}: ${figure(newest)}`}
    >
      <path d={`M0 ${height - 0.5}H${width}`} stroke="var(--rule)" />
      {points.length > 1 && (
        <>
          <path
            d={`M${points.join("L")}L${width},${height}L${start.toFixed(1)},${height}Z`}
            fill="currentColor"
            opacity="0.14"
          />
          <polyline
            points={points.join(" ")}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.4"
            strokeLinejoin="round"
          />
        </>
      )}
    </svg>
  );
}
