/** What an agent finds of its earlier lives: all that outlives kill -9 is in their journals. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readProcess } from "@signalbox/testkit/history";

export interface EarlierLives {
  /** Ids of what was begun: it may have been done. */
  begun: ReadonlySet<string>;
  /** Numbers of jobs that were asked for and not applied. */
  openJobs: readonly number[];
  /** The first that was never asked for. */
  nextJob: number;
}

const prefixOf = (agentId: string): string => `${agentId}-job-`;
export const jobId = (agentId: string, number: number): string => `${prefixOf(agentId)}${number}`;

export function readEarlierLives(folder: string, agentId: string, thisLife: string): EarlierLives {
  const files = readdirSync(folder).filter(
    (name) => name.startsWith(`${agentId}.`) && !name.startsWith(`${thisLife}.`),
  );
  const begun = new Set<string>();
  const asked = new Set<number>();
  const applied = new Set<number>();
  /** Jobs by the attempts to apply them. */
  const applying = new Map<string, number>();
  for (const record of files.flatMap((name) => readProcess(join(folder, name)))) {
    if (record.what === "begin") begun.add(record.id);
    if (record.what === "invoke") {
      const job = Number(record.subject?.slice(prefixOf(agentId).length));
      if (record.op === "ask") asked.add(job);
      if (record.op === "apply") applying.set(record.attempt, job);
    }
    if (record.what === "ok") {
      const job = applying.get(record.attempt);
      if (job !== undefined) applied.add(job);
    }
  }
  return { begun, openJobs: [...asked].filter((job) => !applied.has(job)), nextJob: Math.max(0, ...asked) + 1 };
}
