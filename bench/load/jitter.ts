/** Each client is away once for a while at a random moment: does it get everything, and how soon after it is back? */
import { publisherOf } from "./crowd.ts";
import type { JitterFigures, JitterJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { meter, nowUs } from "./meter.ts";
import { publishAtRate } from "./pace.ts";
import { seeded } from "./random.ts";
import { Template } from "./template.ts";
import { inGroups, Viewer } from "./viewer.ts";

const arrivals = 64;
/** After the last client is back, for what is still on its way. */
const drainMs = 3_000;

export async function jitter(job: JitterJob): Promise<JitterFigures> {
  const { port, wire, clients, windowMs, awayMs } = job;
  const viewers = Array.from({ length: clients }, () => new Viewer(port, wire));
  await inGroups(viewers, arrivals, (viewer) => viewer.arrive());
  const publisher = await publisherOf(port, wire);
  const replays = new Latencies();
  const chance = seeded(job.seed);
  const { perSecond } = job;
  let sent = 0;
  let lastUs = nowUs();
  const end = meter(job.pid);
  const startUs = nowUs();

  const trips = viewers.map(async (viewer) => {
    viewer.onEvent = () => {
      lastUs = nowUs();
    };
    await pause(chance() * (windowMs - awayMs));
    viewer.leave();
    await pause(awayMs);
    const goal = sent;
    const lostBefore = viewer.sequence.lost;
    const backUs = nowUs();
    viewer.onEvent = (number) => {
      lastUs = nowUs();
      if (number < goal) return;
      // Only who missed nothing has been replayed to.
      if (viewer.sequence.lost === lostBefore) replays.add(lastUs - backUs);
      viewer.onEvent = () => {
        lastUs = nowUs();
      };
    };
    await viewer.arrive();
  });
  await publishAtRate(publisher, {
    template: new Template(job.event),
    perSecond,
    durationMs: windowMs,
    before: 0,
    onSent: (count) => {
      sent = count;
    },
  });
  await Promise.all(trips);
  const untilMs = performance.now() + drainMs;
  while (viewers.some(({ sequence }) => sequence.newest < sent) && performance.now() < untilMs) await pause(10);
  const costs = end();
  for (const each of viewers) each.leave();
  publisher.close();
  const sum = (of: (viewer: Viewer) => number): number => viewers.reduce((total, viewer) => total + of(viewer), 0);
  const lost = sum(({ sequence }) => sequence.lostUpTo(sent));
  return {
    published: sent,
    expected: sent * clients,
    delivered: sent * clients - lost,
    lost,
    again: sum(({ sequence }) => sequence.again),
    retries: sum(({ retries }) => retries),
    elapsedMs: Math.round((lastUs - startUs) / 1000),
    latency: replays.summary(),
    ...costs,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
