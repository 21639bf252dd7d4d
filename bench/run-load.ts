/** Runs the load generator in its own process, on its own core, and gives what it measured. */
import { join } from "node:path";
import { firstLine, startChild } from "./child.ts";
import { decodeFigures, type FiguresOf, type Job } from "./load/job.ts";
import { loadCore, pinned, root } from "./place.ts";

/** Beyond the job's own deadline, for starting and ending the process. */
const spareMs = 5_000;

export async function runLoad<Kind extends Job["kind"]>(job: Job & { kind: Kind }): Promise<FiguresOf[Kind]> {
  const [command, args] = pinned(loadCore, process.execPath, [join(import.meta.dirname, "load/main.ts")]);
  const child = await startChild(command, args, { cwd: root, stdin: "pipe" });
  child.process.stdin?.end(JSON.stringify(job));
  try {
    const line = await firstLine(child, "the load generator", job.deadlineMs + spareMs, (text) =>
      text.startsWith("{") ? text : undefined,
    );
    return decodeFigures(job.kind, line);
  } finally {
    await child.end(1_000);
  }
}
