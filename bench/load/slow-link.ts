/** One client behind a slow link, and how soon it hears what matters. */
import { crowd, publisherOf } from "./crowd.ts";
import type { SlowLinkFigures, SlowLinkJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { meter, nowUs } from "./meter.ts";
import { publishAtRate } from "./pace.ts";
import { openSlowRelay } from "./slow-relay.ts";
import { Template } from "./template.ts";

export async function slowLink(job: SlowLinkJob): Promise<SlowLinkFigures> {
  const { port, wire, pid, settleMs, urgentEvents, pauseMs, waitMs } = job;
  const relay = await openSlowRelay(port);
  // The relay is no name that the server knows.
  const throughRelay = { ...wire, headers: { ...wire.headers, host: `127.0.0.1:${port}` } };
  const [viewer] = await crowd(1, relay.port, throughRelay);
  if (viewer === undefined) throw new Error("no viewer");
  relay.bytesPerSecond = job.bytesPerSecond;
  let lostConnections = 0;
  let arrived = 0;
  let onArrival = (): void => {};
  viewer.onEnd = () => lostConnections++;
  viewer.onText = (bytes, start, end) => {
    if (!bytes.subarray(start, end).includes(job.urgentMark)) return;
    arrived++;
    onArrival();
  };
  const end = meter(pid);
  const startUs = nowUs();
  const durationMs = settleMs + urgentEvents * (waitMs + pauseMs);
  const publishers = await Promise.all(job.streams.map(() => publisherOf(port, wire)));
  // They end with their connections, or when the last urgent event has had its time.
  for (const [index, { event, perSecond }] of job.streams.entries()) {
    const publisher = publishers[index];
    if (publisher) void publishAtRate(publisher, { template: new Template(event), perSecond, durationMs, before: 0 });
  }
  await pause(settleMs);
  const speaker = await publisherOf(port, wire);
  const latencies = new Latencies();
  const delaysMs: number[] = [];
  let notArrived = 0;
  let mostBytesBetween = 0;
  for (let n = 1; n <= urgentEvents; n++) {
    const before = { arrived, bytes: relay.passedBytes, us: nowUs() };
    const came = new Promise<void>((resolve) => {
      onArrival = resolve;
      setTimeout(resolve, waitMs);
    });
    speaker.sendText(job.urgent);
    await came;
    const us = nowUs() - before.us;
    if (arrived === before.arrived) notArrived++;
    else latencies.add(us);
    delaysMs.push(us / 1_000);
    mostBytesBetween = Math.max(mostBytesBetween, relay.passedBytes - before.bytes);
    await pause(pauseMs);
  }
  const costs = end();
  for (const each of [viewer, speaker, ...publishers]) each.close();
  relay.close();
  const elapsedMs = Math.round((nowUs() - startUs) / 1_000);
  const latency = latencies.summary();
  return { delaysMs, notArrived, mostBytesBetween, lostConnections, elapsedMs, latency, ...costs };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
