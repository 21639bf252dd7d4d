/** Figures as people read them. */

// Made once: a list of moving figures makes thousands of them a second, and `toLocaleString` looks its rules up each time.
const whole = new Intl.NumberFormat("en");
/** There are no times beyond, and what senders say may be. */
const lastMs = 8_640_000_000_000_000;
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** `1,234`. */
export const count = (value: number): string => whole.format(value);

/** `12 %`; one digit after the point below ten. */
export const percent = (value: number): string => `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} %`;

/** `82 MB`, in powers of 1,000. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let left = value;
  let unit = 0;
  while (left >= 999.5 && unit < units.length - 1) {
    left /= 1_000;
    unit++;
  }
  return `${left < 10 && unit > 0 ? left.toFixed(1) : Math.round(left)} ${units[unit]}`;
}

/** `0.4 s`, `42 s`, `3 m 05 s`, `2 h 10 m`, `3 d 4 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${Math.floor(seconds * 10) / 10} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${two(Math.floor(seconds % 60))} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${two(Math.floor((seconds % 3_600) / 60))} m`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

/** `just now`, `12 s ago`, `3 m ago`, `2 h ago`, `4 d ago`. */
export function ago(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** `14:03:22`, in the viewer's zone. */
export const timeOfDay = (ms: number): string => new Date(ms).toLocaleTimeString("en-GB");

/** `14:03:22.123`. */
export const exactTimeOfDay = (ms: number): string =>
  `${timeOfDay(ms)}.${String(Math.floor(((ms % 1_000) + 1_000) % 1_000)).padStart(3, "0")}`;

/** `20 Nov 2026, 14:03:22`. */
export const moment = (ms: number): string => (Math.abs(ms) <= lastMs ? exact.format(ms) : "no time that there is");

const two = (value: number): string => String(value).padStart(2, "0");
