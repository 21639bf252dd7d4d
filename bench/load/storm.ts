/** Everybody was there, lost the connection, missed events, and comes back at once. */
import { publisherOf } from "./crowd.ts";
import { fill } from "./fill.ts";
import type { StormFigures, StormJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { meter, nowUs } from "./meter.ts";
import { publishAtRate } from "./pace.ts";
import { countOf } from "./scan.ts";
import { settled } from "./settled.ts";
import { Template } from "./template.ts";
import { inGroups, Viewer } from "./viewer.ts";

/** Handshakes under way together: a listen backlog of 511 must not decide what is measured. */
const handshakes = 400;
const arrivals = 64;
const perSecond = 2_000;
/** For a server to notice that connections ended. */
const settleMs = 500;
const stillMs = 5_000;
/** For a server that indexes what was filled in. */
const quietMs = 120_000;

export async function storm(job: StormJob): Promise<StormFigures> {
  const { port, wire, pid } = job;
  if (job.fill) {
    await fill(job.fill, port, wire);
    await settled(pid, quietMs);
  }
  const viewers = Array.from({ length: job.clients }, () => new Viewer(port, wire));
  await inGroups(viewers, arrivals, (viewer) => viewer.arrive());

  const publisher = await publisherOf(port, wire);
  const template = new Template(job.event);
  let answered = 0;
  publisher.onText = (bytes, start, end) => {
    if (wire.answers) answered += countOf(bytes, start, end, wire.answers.kept);
  };
  let sent = 0;
  const publish = async (count: number): Promise<void> => {
    sent += await publishAtRate(publisher, {
      template,
      perSecond,
      durationMs: (1000 * count) / perSecond,
      before: sent,
    });
    if (wire.answers) await until(() => answered >= sent, stillMs);
  };
  // One that all have: some subjects give a position with events only.
  await publish(1);
  await until(() => viewers.every((viewer) => viewer.sequence.newest === 1), stillMs);
  for (const each of viewers) each.leave();
  await pause(settleMs);
  await publish(job.missed);
  await pause(settleMs);

  const head = sent;
  const latencies = new Latencies();
  const before = viewers.reduce((sum, { delivered }) => sum + delivered, 0);
  const retriesBefore = viewers.reduce((sum, { retries }) => sum + retries, 0);
  let atHead = 0;
  let lastUs = nowUs();
  const end = meter(pid);
  const startUs = nowUs();
  for (const each of viewers) {
    each.onEvent = (number) => {
      lastUs = nowUs();
      if (number !== head) return;
      atHead++;
      latencies.add(lastUs - startUs);
    };
  }
  await inGroups(viewers, handshakes, (viewer) => viewer.arrive());
  await until(() => atHead >= viewers.length || nowUs() - lastUs > stillMs * 1000, job.deadlineMs);
  const costs = end();
  // What comes twice may come late.
  await pause(settleMs);
  for (const each of [...viewers]) each.leave();
  publisher.close();
  const sum = (of: (viewer: Viewer) => number): number => viewers.reduce((total, viewer) => total + of(viewer), 0);
  return {
    allAtHeadMs: atHead >= viewers.length ? Math.round((lastUs - startUs) / 1000) : null,
    atHead,
    replayed: sum(({ delivered }) => delivered) - before,
    lost: sum(({ sequence }) => sequence.lostUpTo(head)),
    again: sum(({ sequence }) => sequence.again),
    retries: sum(({ retries }) => retries) - retriesBefore,
    elapsedMs: Math.round((lastUs - startUs) / 1000),
    latency: latencies.summary(),
    ...costs,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(done: () => boolean, withinMs: number): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!done() && performance.now() < untilMs) await pause(5);
}
