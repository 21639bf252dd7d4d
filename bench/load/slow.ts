/** Clients that read, alone and then beside others that never do. */
import { rssOf } from "../measure/process.ts";
import { crowd, publisherOf } from "./crowd.ts";
import type { SlowFigures, SlowJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { meter, nowUs } from "./meter.ts";
import { publishAtRate } from "./pace.ts";
import { startsWith } from "./scan.ts";
import { stampedUs, Template } from "./template.ts";

const drainMs = 3_000;
/** For those that never read to find out, at last, how they were ended. */
const lookMs = 3_000;

export async function slow(job: SlowJob): Promise<SlowFigures> {
  const { port, wire, pid, perSecond } = job;
  const begins = Buffer.from(wire.delivery);
  const latencies = new Latencies();
  let delivered = 0;
  let healthyLost = 0;
  let lastUs = nowUs();
  const healthy = await crowd(job.healthy, port, wire);
  for (const each of healthy) {
    each.onEnd = () => healthyLost++;
    each.onText = (bytes, start, end) => {
      if (!startsWith(bytes, start, end, begins)) return;
      delivered++;
      lastUs = nowUs();
      latencies.add(lastUs - stampedUs(bytes, start, end));
    };
  }
  const publisher = await publisherOf(port, wire);
  const template = new Template(job.event);
  let sent = 0;
  const publish = async (durationMs: number): Promise<void> => {
    sent += await publishAtRate(publisher, { template, perSecond, durationMs, before: sent });
    const untilMs = performance.now() + drainMs;
    while (delivered < sent * job.healthy && performance.now() < untilMs) await pause(5);
  };
  await publish(job.aloneMs / 2);
  latencies.clear();
  await publish(job.aloneMs);
  const alone = latencies.summary();

  const ended: Record<string, number> = {};
  let open = job.slow;
  const others = await crowd(job.slow, port, wire);
  for (const each of others) {
    each.onEnd = (why) => {
      open--;
      const how = /^close (\d+)/.exec(why)?.[1] ?? "cut";
      ended[how] = (ended[how] ?? 0) + 1;
    };
    each.pause();
  }
  const rssBeforeBytes = rssOf(pid);
  let rssMostBytes = rssBeforeBytes;
  const watching = setInterval(() => {
    rssMostBytes = Math.max(rssMostBytes, rssOf(pid));
  }, 200);
  latencies.clear();
  const before = { sent, delivered };
  const end = meter(pid);
  const startUs = nowUs();
  await publish(job.besideMs);
  const costs = end();
  clearInterval(watching);
  const latency = latencies.summary();
  const got = delivered - before.delivered;
  for (const each of others) each.resume();
  const untilMs = performance.now() + lookMs;
  while (open > 0 && performance.now() < untilMs) await pause(20);
  if (open > 0) ended.open = open;
  for (const each of [...others, ...healthy, publisher]) each.close();
  return {
    alone,
    rssBeforeBytes,
    rssMostBytes,
    healthyExpected: (sent - before.sent) * job.healthy,
    healthyDelivered: got,
    healthyLost,
    ended,
    elapsedMs: Math.round((lastUs - startUs) / 1000),
    latency,
    ...costs,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
