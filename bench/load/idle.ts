/** Connections that subscribe and then do nothing: what each costs the server in memory. */
import { rssOf } from "../measure/process.ts";
import { crowd } from "./crowd.ts";
import type { IdleFigures, IdleJob } from "./job.ts";
import { meter } from "./meter.ts";

export async function idle(job: IdleJob): Promise<IdleFigures> {
  const { port, wire, pid } = job;
  const first = await crowd(job.firstClients, port, wire);
  await pause(job.settleMs);
  const firstRssBytes = rssOf(pid);

  const end = meter(pid);
  const sinceMs = performance.now();
  const others = await crowd(job.clients, port, wire);
  const connectMs = Math.round(performance.now() - sinceMs);
  const { cpu } = end();
  let lostConnections = 0;
  const all = [...first, ...others];
  for (const each of all) each.onEnd = () => lostConnections++;
  await pause(job.settleMs);
  const rssBytes = rssOf(pid);
  for (const each of all) each.close();
  return {
    connections: job.clients,
    lostConnections,
    connectMs,
    firstRssBytes,
    rssBytes,
    cpuPerConnectionUs: Math.round(cpu.totalUs / job.clients),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
