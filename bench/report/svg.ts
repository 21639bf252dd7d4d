/** Small plots as SVG text: bars, and curves on logarithmic axes. Colours follow the reader's light or dark theme. */

interface Bar {
  label: string;
  value: number;
  /** Drawn in the product's colour. */
  own: boolean;
}

interface Curve {
  label: string;
  points: readonly { x: number; y: number }[];
}

const width = 760;
const left = 240;
const right = 100;
const line = 26;
const colours = ["#2f81f7", "#bf5af2", "#d29922", "#3fb950"];
const quiet = "#8b949e";

export function bars(title: string, unit: string, all: readonly Bar[]): string {
  const most = Math.max(...all.map(({ value }) => value), Number.MIN_VALUE);
  const rows = all.map(({ label, value, own }, index) => {
    const y = 56 + index * line;
    const length = Math.max(1, ((width - left - right) * value) / most);
    return (
      `<text class="t" x="${left - 8}" y="${y + 13}" text-anchor="end">${escaped(label)}</text>` +
      `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="18" rx="2" fill="${own ? colours[0] : quiet}"/>` +
      `<text class="t" x="${(left + length + 6).toFixed(1)}" y="${y + 13}">${shown(value)}</text>`
    );
  });
  return svg(title, unit, 66 + all.length * line, rows);
}

/** Points that are not above zero cannot stand on a logarithmic axis and are left out. */
export function curvesOf(title: string, unit: string, all: readonly Curve[]): string {
  const height = 360;
  const kept = all.map(({ label, points }) => ({ label, points: points.filter(({ x, y }) => x > 0 && y > 0) }));
  const xs = decades(kept.flatMap(({ points }) => points.map(({ x }) => x)));
  const ys = decades(kept.flatMap(({ points }) => points.map(({ y }) => y)));
  const area = { left: 70, right: width - 30, top: 60, bottom: height - 60 };
  const xAt = (x: number): number => area.left + (area.right - area.left) * along(x, xs);
  const yAt = (y: number): number => area.bottom - (area.bottom - area.top) * along(y, ys);
  const grid = [
    ...exponents(xs).map(
      (e) =>
        `<line class="g" x1="${xAt(10 ** e)}" x2="${xAt(10 ** e)}" y1="${area.top}" y2="${area.bottom}"/>` +
        `<text class="t" x="${xAt(10 ** e)}" y="${area.bottom + 18}" text-anchor="middle">${shown(10 ** e)}</text>`,
    ),
    ...exponents(ys).map(
      (e) =>
        `<line class="g" x1="${area.left}" x2="${area.right}" y1="${yAt(10 ** e)}" y2="${yAt(10 ** e)}"/>` +
        `<text class="t" x="${area.left - 8}" y="${yAt(10 ** e) + 4}" text-anchor="end">${shown(10 ** e)}</text>`,
    ),
  ];
  const lines = kept.map(({ label, points }, index) => {
    const colour = colours[index % colours.length];
    const places = points.map(({ x, y }) => `${xAt(x).toFixed(1)},${yAt(y).toFixed(1)}`);
    const dots = places.map((place) => {
      const [x, y] = place.split(",");
      return `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`;
    });
    return (
      `<polyline points="${places.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}` +
      `<text x="${area.left + index * 150}" y="${height - 14}" fill="${colour}">${escaped(label)}</text>`
    );
  });
  return svg(title, unit, height, [...grid, ...lines]);
}

/** The whole powers of ten around all values, as exponents. */
function decades(values: readonly number[]): { from: number; to: number } {
  if (values.length === 0) return { from: 0, to: 1 };
  const from = Math.floor(Math.log10(Math.min(...values)));
  return { from, to: Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values)))) };
}

const exponents = ({ from, to }: { from: number; to: number }): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

const along = (value: number, { from, to }: { from: number; to: number }): number =>
  (Math.log10(value) - from) / (to - from);

function svg(title: string, unit: string, height: number, body: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 12px system-ui, sans-serif }
.h { font-size: 15px; font-weight: 600; fill: #1f2328 }
.t { fill: #59636e }
.g { stroke: #d1d9e0; stroke-width: 1 }
.b { fill: #ffffff }
@media (prefers-color-scheme: dark) { .h { fill: #f0f6fc } .t { fill: #9198a1 } .g { stroke: #3d444d } .b { fill: #0d1117 } }
</style>
<rect class="b" width="${width}" height="${height}" rx="6"/>
<text class="h" x="16" y="24">${escaped(title)}</text>
<text class="t" x="16" y="42">${escaped(unit)}</text>
${body.join("\n")}
</svg>
`;
}

const shown = (value: number): string => value.toLocaleString("en-US", { maximumSignificantDigits: 3 });

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
