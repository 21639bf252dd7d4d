/** How much of the parsers was reached, by the blocks that V8 itself counts. */
import { readFileSync } from "node:fs";
import { type Profiler, Session } from "node:inspector/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "..");
const session = new Session();

export async function startCoverage(): Promise<void> {
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
}

/** A table of the entries' parsers; shares are of functions, and of characters inside functions. */
export async function parserCoverage(entries: readonly { parsers: readonly string[] }[]): Promise<string> {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const files = [...new Set(entries.flatMap(({ parsers }) => parsers))];
  const rows = files.map((file) => {
    const script = result.find(({ url }) => url === pathToFileURL(join(root, file)).href);
    return script === undefined ? `| ${file} | not loaded | |` : row(file, script);
  });
  return ["| parser | functions reached | code reached |", "| --- | --- | --- |", ...rows].join("\n");
}

function row(file: string, { functions }: Profiler.ScriptCoverage): string {
  const source = readFileSync(join(root, file), "utf8");
  // The module itself ran when it was loaded; what counts is what is inside functions.
  const inner = functions.filter(({ ranges }) => (ranges[0]?.startOffset ?? 0) > 0);
  const counts = new Int32Array(source.length).fill(-1);
  // Outer functions come before inner ones, and a function's blocks after itself.
  for (const { ranges } of inner) {
    for (const { startOffset, endOffset, count } of ranges) counts.fill(count, startOffset, endOffset);
  }
  const inside = counts.filter((count) => count >= 0).length;
  const reached = counts.filter((count) => count > 0).length;
  const called = inner.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0).length;
  const share = inside === 0 ? "—" : `${((100 * reached) / inside).toFixed(1)} %`;
  return `| ${file} | ${called} of ${inner.length} | ${share} |`;
}
