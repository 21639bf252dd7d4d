/** Many agents that say something all the time, and viewers who have all of them before their eyes. */
import { crowd, publisherOf } from "./crowd.ts";
import type { OverviewFigures, OverviewJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { meter, nowUs } from "./meter.ts";
import { publishAtRate } from "./pace.ts";
import { Template } from "./template.ts";

export async function overview(job: OverviewJob): Promise<OverviewFigures> {
  const { port, wire, agents, perSecond } = job;
  const template = new Template(job.event);
  const publisher = await publisherOf(port, wire);
  let published = 0;
  const publish = async (durationMs: number): Promise<void> => {
    published += await publishAtRate(publisher, {
      template,
      perSecond,
      durationMs,
      before: published,
      channels: agents,
    });
  };
  // Each agent has said something before anybody looks.
  await publish(Math.ceil((1_000 * agents) / perSecond));
  await pause(job.settleMs);
  const viewers = await crowd(job.viewers, port, wire);
  let lostConnections = 0;
  let bytes = 0;
  let texts = 0;
  for (const each of viewers) {
    each.onEnd = () => lostConnections++;
    each.onText = (_, start, end) => {
      bytes += end - start;
      texts++;
    };
  }
  await publish(job.warmupMs);
  bytes = texts = 0;
  const before = published;
  const end = meter(job.pid);
  const startUs = nowUs();
  await publish(job.windowMs);
  const elapsedMs = Math.round((nowUs() - startUs) / 1_000);
  const costs = end();
  for (const each of [...viewers, publisher]) each.close();
  const latency = new Latencies().summary();
  return { published: published - before, bytes, texts, lostConnections, elapsedMs, latency, ...costs };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
