/** How well colours can be told apart (WCAG 2.2, relative luminance and contrast ratio). */

export type Rgb = readonly [red: number, green: number, blue: number];

/** `#rgb` and `#rrggbb`. */
export function rgbOf(hex: string): Rgb | undefined {
  const [, short, long] = /^#(?:([0-9a-f]{3})|([0-9a-f]{6}))$/i.exec(hex.trim()) ?? [];
  const digits = long ?? short?.replace(/./g, "$&$&");
  if (digits === undefined) return undefined;
  const at = (place: number): number => Number.parseInt(digits.slice(place, place + 2), 16);
  return [at(0), at(2), at(4)];
}

function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** A colour on the grounds that it stands on. */
export interface Pair {
  ink: string;
  grounds: readonly string[];
  /** What AA asks for: 4.5 for text, 3 for lines and lamps that mean something. */
  least: 4.5 | 3;
}

const plain = ["ground", "panel", "raised"] as const;
const everywhere = [...plain, "sunken"] as const;
const text = (ink: string, ...grounds: readonly string[]): Pair => ({ ink, grounds, least: 4.5 });
const mark = (ink: string, ...grounds: readonly string[]): Pair => ({ ink, grounds, least: 3 });

/** Every pair that is in use, by the names of styles/tokens.css. */
export const pairs: readonly Pair[] = [
  text("ink", ...everywhere, "run-soft", "wait-soft", "stop-soft", "done-soft"),
  text("ink-2", ...everywhere, "run-soft", "wait-soft", "stop-soft"),
  text("ink-3", ...everywhere),
  text("run", ...everywhere, "run-soft"),
  text("wait", ...everywhere, "wait-soft"),
  text("stop", ...everywhere, "stop-soft"),
  text("done", ...everywhere, "done-soft"),
  text("idle", ...everywhere),
  text("panel", "run", "stop"),
  text("mark-ink", "mark"),
  mark("rule-strong", ...plain),
  mark("focus", ...everywhere),
  ...Array.from({ length: 16 }, (_, at) => text(`ansi-${at}`, "panel")),
];
