/** Measures what browsers load against size-budgets.ts: a byte too many fails, and the largest modules are named. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import type { Finding } from "./finding.ts";
import { root } from "./repository.ts";
import { type Budget, type BundleBudget, bundles, dashboard } from "./size-budgets.ts";

interface Budgets {
  bundles: readonly BundleBudget[];
  dashboard: Budget & { page: string };
}

export interface SizeReport {
  /** One line for each budget that is kept or could not be looked at. */
  lines: string[];
  findings: Finding[];
}

const why = "every visitor waits for these bytes; make it smaller, or raise the budget and say what it bought";
const largestShown = 5;

export async function checkSize(at: string = root, budgets: Budgets = { bundles, dashboard }): Promise<SizeReport> {
  const report: SizeReport = { lines: [], findings: [] };
  for (const budget of budgets.bundles) {
    const { bytes, parts } = await bundled(at, budget);
    judge(report, budget, "scripts/size-budgets.ts", bytes, parts);
  }
  const { page } = budgets.dashboard;
  if (existsSync(join(at, page))) {
    const parts = firstLoad(join(at, page)).map((file) => ({
      name: relative(at, file),
      bytes: gzipped(readFileSync(file)),
    }));
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    judge(report, budgets.dashboard, page, bytes, parts);
  } else report.lines.push(`${budgets.dashboard.name}: skipped, it is not built (npm run build)`);
  return report;
}

interface Part {
  name: string;
  bytes: number;
}

function judge(
  report: SizeReport,
  { name, mostBytes, goalBytes }: Budget,
  file: string,
  bytes: number,
  parts: readonly Part[],
): void {
  const goal = bytes > goalBytes ? `; goal ${shown(goalBytes)}` : "";
  if (bytes <= mostBytes) {
    report.lines.push(`${name}: ${shown(bytes)} of ${shown(mostBytes)}${goal}`);
    return;
  }
  const largest = [...parts].sort((a, b) => b.bytes - a.bytes).slice(0, largestShown);
  const over = `${shown(bytes)} is ${shown(bytes - mostBytes)} over ${shown(mostBytes)}`;
  const list = largest.map((part) => `${part.name} ${shown(part.bytes)}`).join(", ");
  report.findings.push({ file, what: `${name}: ${over}; largest: ${list}`, why });
}

const shown = (bytes: number): string => `${bytes.toLocaleString("en-US")} B`;

/** The same level as servers that compress once and keep it. */
const gzipped = (text: string | Uint8Array): number => gzipSync(text, { level: 9 }).length;

/** The entry with all it needs, as one minified module; its parts are counted before minifying and gzip. */
async function bundled(
  at: string,
  { entry, external = [] }: Pick<BundleBudget, "entry" | "external">,
): Promise<{ bytes: number; parts: Part[] }> {
  const name = join(at, "size-entry.ts");
  const bundle = await rolldown({
    input: name,
    cwd: at,
    platform: "browser",
    external: [...external],
    resolve: { conditionNames: ["source", "import", "default"] },
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === name ? id : null),
        load: (id) => (id === name ? entry : null),
      },
    ],
  });
  try {
    const { output } = await bundle.generate({ format: "esm", minify: true });
    const [{ code, modules }] = output;
    const parts = Object.entries(modules).map(([id, { renderedLength }]) => ({
      name: relative(at, id),
      bytes: renderedLength,
    }));
    return { bytes: gzipped(code), parts };
  } finally {
    await bundle.close();
  }
}

/** Scripts, styles and preloaded modules that the page names, and what those scripts import at once. */
function firstLoad(page: string): string[] {
  const html = readFileSync(page, "utf8");
  const found = new Set<string>();
  const add = (from: string, reference: string): void => {
    const file = resolve(dirname(from), reference);
    if (!/\.(js|css)$/.test(file) || found.has(file) || !existsSync(file)) return;
    found.add(file);
    if (!file.endsWith(".js")) return;
    // Of minified modules: `import"./a.js"`, `import{b}from"./b.js"`, `export{c}from"./c.js"`; not `import("./d.js")`.
    for (const [, one = ""] of readFileSync(file, "utf8").matchAll(/(?:\bimport|\bfrom)\s*["'](\.[^"']+)["']/g)) {
      add(file, one);
    }
  };
  for (const [, one = ""] of html.matchAll(/\b(?:src|href)="([^"]+)"/g)) add(page, one);
  return [...found];
}
