/** Where a profiled subject spent its time: the functions with the most time of their own. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../place.ts";

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

/** One text per profile in `directory`; a process writes one for each of its threads. */
export function profileSummaries(directory: string, functions: number): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".cpuprofile"))
    .map((name) => `${name}\n${summary(decode(readFileSync(join(directory, name), "utf8")), functions)}`);
}

/** Written by Node. */
const decode = (text: string): Profile => JSON.parse(text) as Profile;

/** Of the second half: the first has the start, the connecting and the warm-up. */
function summary({ nodes, samples, timeDeltas }: Profile, functions: number): string {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node.callFrame)]));
  const halfUs = timeDeltas.reduce((sum, us) => sum + us, 0) / 2;
  const ownUs = new Map<string, number>();
  let atUs = 0;
  let busyUs = 0;
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? "?";
    const us = timeDeltas[index] ?? 0;
    atUs += us;
    if (atUs < halfUs || name === "(idle)") continue;
    ownUs.set(name, (ownUs.get(name) ?? 0) + us);
    busyUs += us;
  }
  return [...ownUs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, functions)
    .map(([name, us]) => `  ${((100 * us) / busyUs).toFixed(1).padStart(5)} %  ${name}`)
    .join("\n");
}

function nameOf({ functionName, url, lineNumber }: Profile["nodes"][number]["callFrame"]): string {
  const name = functionName || "(anonymous)";
  if (url === "") return name;
  const path = url.startsWith("file:") ? fileURLToPath(url).replace(`${root}/`, "") : url;
  return `${name} ${path}:${lineNumber + 1}`;
}
