/** Streams of different rates and sizes at once, every viewer of all of them: does one hold up another? */
import { crowd, publisherOf } from "./crowd.ts";
import type { MixedFigures, MixedJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { meter, nowUs } from "./meter.ts";
import { publishAtRate } from "./pace.ts";
import { idOf, startsWith } from "./scan.ts";
import { stampedUs, Template } from "./template.ts";

const drainMs = 5_000;

interface Stream {
  delivered: number;
  sent: number;
  latencies: Latencies;
}

export async function mixed(job: MixedJob): Promise<MixedFigures> {
  const { port, wire } = job;
  const begins = Buffer.from(wire.delivery);
  const streams = new Map<string, Stream>(
    job.streams.map(({ name }) => [name.charAt(0), { delivered: 0, sent: 0, latencies: new Latencies() }]),
  );
  let lostConnections = 0;
  let bytesRead = 0;
  let lastUs = nowUs();
  const viewers = await crowd(job.viewers, port, wire);
  for (const each of viewers) {
    each.onEnd = () => lostConnections++;
    each.onText = (bytes, start, end) => {
      if (!startsWith(bytes, start, end, begins)) return;
      const stream = streams.get(idOf(bytes, start, end)?.letter ?? "");
      if (stream === undefined) return;
      stream.delivered++;
      bytesRead += end - start;
      lastUs = nowUs();
      stream.latencies.add(lastUs - stampedUs(bytes, start, end));
    };
  }
  const sources = await Promise.all(
    job.streams.flatMap(({ name, events, perSecond }) =>
      events.map(async (event) => {
        const publisher = await publisherOf(port, wire);
        return { letter: name.charAt(0), publisher, template: new Template(event), perSecond };
      }),
    ),
  );
  let publishedBefore = 0;
  const publish = async (durationMs: number): Promise<void> => {
    const before = publishedBefore;
    await Promise.all(
      sources.map(async ({ letter, publisher, template, perSecond }) => {
        const sent = await publishAtRate(publisher, { template, perSecond, durationMs, before });
        const stream = streams.get(letter);
        if (stream) stream.sent += sent;
        publishedBefore = Math.max(publishedBefore, before + sent);
      }),
    );
    const untilMs = performance.now() + drainMs;
    const behind = (): boolean =>
      [...streams.values()].some(({ delivered, sent }) => delivered < sent * job.viewers) &&
      performance.now() < untilMs;
    while (behind()) await pause(5);
  };
  await publish(job.warmupMs);
  for (const stream of streams.values()) {
    stream.latencies.clear();
    stream.delivered = 0;
    stream.sent = 0;
  }
  bytesRead = 0;
  const end = meter(job.pid);
  const startUs = nowUs();
  await publish(job.windowMs);
  const costs = end();
  const lost = lostConnections;
  for (const { publisher } of sources) publisher.close();
  for (const each of viewers) each.close();
  const all = job.streams.map(({ name }) => ({ name, stream: streams.get(name.charAt(0)) }));
  return {
    streams: Object.fromEntries(
      all.flatMap(({ name, stream }) =>
        stream
          ? [
              [
                name,
                {
                  expected: stream.sent * job.viewers,
                  delivered: stream.delivered,
                  latency: stream.latencies.summary(),
                },
              ],
            ]
          : [],
      ),
    ),
    bytes: bytesRead,
    lostConnections: lost,
    elapsedMs: Math.round((lastUs - startUs) / 1000),
    latency: streams.get(job.streams[0]?.name.charAt(0) ?? "")?.latencies.summary() ?? new Latencies().summary(),
    ...costs,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
