/** How often in each of the last 24 hours, as bars. */
import { count } from "../components/figures.ts";

const hourMs = 3_600_000;
const height = 22;
const barWidth = 4;

interface HoursProps {
  /** The newest last, as of `updatedAt`. */
  hours: readonly number[];
  updatedAt: number;
  nowMs: number;
}

export function Hours({ hours, updatedAt, nowMs }: HoursProps) {
  const shown = hoursNow(hours, updatedAt, nowMs);
  const most = Math.max(1, ...shown);
  const sum = shown.reduce((all, one) => all + one, 0);
  const width = shown.length * barWidth;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      className="shrink-0 text-ink-3 max-md:hidden"
      role="img"
      aria-label={`${count(sum)} in the last 24 hours`}
    >
      <title>{`${count(sum)} in the last 24 hours, at most ${count(Math.max(...shown, 0))} in one`}</title>
      <path d={`M0 ${height - 0.5}H${width}`} stroke="var(--rule)" />
      {shown.map((times, hour) => {
        const tall = times === 0 ? 0 : Math.max(2, (times / most) * (height - 2));
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: hours are places
            key={hour}
            x={hour * barWidth}
            y={height - tall}
            width={barWidth - 1}
            height={tall}
            fill="currentColor"
          />
        );
      })}
    </svg>
  );
}

/** Hours that have passed since then without any are empty. */
export function hoursNow(hours: readonly number[], updatedAt: number, nowMs: number): number[] {
  const passed = Math.max(0, Math.floor(nowMs / hourMs) - Math.floor(updatedAt / hourMs));
  const none = Array.from({ length: Math.min(passed, 24) }, () => 0);
  return [...Array.from({ length: 24 }, () => 0), ...hours, ...none].slice(-24);
}
