/** A figure over time as the path of an SVG. */

export interface Frame {
  width: number;
  height: number;
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  /** The value at the lower edge; 100 is the upper one. */
  floor: number;
}

/** In steps: a figure holds until it is measured again. One that was measured once is a line across. */
export function curve(points: ReadonlyArray<{ at: number; value: number }>, frame: Frame): string {
  const { width, height, from, to, floor } = frame;
  const x = (at: number): string => (to === from ? 0 : ((at - from) / (to - from)) * width).toFixed(1);
  const y = (value: number): string =>
    (height - ((Math.min(100, Math.max(floor, value)) - floor) / (100 - floor)) * height).toFixed(1);
  const [first, ...rest] = points;
  if (first === undefined) return "";
  return `M${x(first.at)} ${y(first.value)}${rest.map(({ at, value }) => `H${x(at)}V${y(value)}`).join("")}H${width}`;
}
