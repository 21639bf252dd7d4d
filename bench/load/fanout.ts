/** One publisher at a fixed rate, many subscribers: every delivery counted, some of them timed. */
import { crowd, publisherOf } from "./crowd.ts";
import { fill } from "./fill.ts";
import type { FanoutFigures, FanoutJob } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { meter, meterParts, nowUs } from "./meter.ts";
import { publishAtRate } from "./pace.ts";
import { countOf, startsWith } from "./scan.ts";
import { settled } from "./settled.ts";
import { stampedUs, Template } from "./template.ts";

const samplesWanted = 200_000;
/** Deliveries that stop for so long without being complete are lost. */
const stillMs = 2_000;
/** For a server that has got much to do before it is measured. */
const settleMs = 60_000;

export async function fanout(job: FanoutJob): Promise<FanoutFigures> {
  const { port, wire, clients } = job;
  if (job.fill) await fill(job.fill, port, wire);
  const subscribers = await crowd(clients, port, wire);
  // What was filled in is indexed behind, and a pattern is answered before all its channels are joined.
  if (job.fill) await settled(job.pid, settleMs);
  const publisher = await publisherOf(job.publishPort ?? port, wire);
  const template = new Template(job.event);
  const begins = Buffer.from(wire.delivery);
  const latencies = new Latencies();

  let sent = 0;
  let answered = 0;
  let refused = 0;
  let delivered = 0;
  let deliveredBytes = 0;
  let otherTexts = 0;
  let lostConnections = 0;
  let lastUs = nowUs();
  let sampleEvery = 1;

  publisher.onText = (bytes, start, end) => {
    if (wire.answers === undefined) return;
    const no = countOf(bytes, start, end, wire.answers.refused);
    answered += no + countOf(bytes, start, end, wire.answers.kept);
    refused += no;
  };
  for (const each of subscribers) {
    each.onEnd = () => lostConnections++;
    each.onText = (bytes, start, end) => {
      if (!startsWith(bytes, start, end, begins)) {
        otherTexts++;
        return;
      }
      delivered++;
      deliveredBytes += end - start;
      if (delivered % sampleEvery !== 0) return;
      lastUs = nowUs();
      const atUs = stampedUs(bytes, start, end);
      if (atUs >= 0) latencies.add(lastUs - atUs);
    };
  }

  const publish = async (durationMs: number): Promise<void> => {
    sent += await publishAtRate(publisher, {
      template,
      perSecond: job.perSecond,
      durationMs,
      before: sent,
      channels: job.channels,
    });
  };

  const complete = (): boolean =>
    delivered >= (sent - refused) * clients && (wire.answers === undefined || answered >= sent);

  const drain = (): Promise<void> =>
    new Promise((resolve) => {
      const untilMs = performance.now() + job.drainMs;
      let seen = -1;
      let changedMs = performance.now();
      const timer = setInterval(() => {
        const now = performance.now();
        if (delivered + answered !== seen) {
          seen = delivered + answered;
          changedMs = now;
        }
        if (!complete() && now < untilMs && now - changedMs < stillMs) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });

  await publish(job.warmupMs);
  await drain();
  const before = { sent, refused, delivered, otherTexts };
  sampleEvery = Math.max(1, Math.ceil((job.perSecond * clients * (job.windowMs / 1000)) / samplesWanted));
  latencies.clear();

  const endParts = meterParts(job.parts ?? {});
  const end = meter(job.pid);
  const startUs = nowUs();
  await publish(job.windowMs);
  await drain();
  const partsUs = endParts();
  const costs = end(Object.values(partsUs).reduce((sum, us) => sum + us, 0));
  const lost = lostConnections;
  for (const each of [...subscribers, publisher]) each.close();

  const published = sent - before.sent;
  const refusals = refused - before.refused;
  return {
    published,
    refused: refusals,
    expected: (published - refusals) * clients,
    delivered: delivered - before.delivered,
    bytesPerDelivery: deliveredBytes / delivered,
    otherTexts: otherTexts - before.otherTexts,
    lostConnections: lost,
    elapsedMs: Math.round((lastUs - startUs) / 1000),
    latency: latencies.summary(),
    partsUs,
    ...costs,
  };
}
