/** Events that are there before anything is measured, such as a long history or many channels. */
import { publisherOf } from "./crowd.ts";
import type { Fill, Wire } from "./job.ts";
import { countOf } from "./scan.ts";
import { Template } from "./template.ts";

/** Numbers far from those that are measured, so that ids differ. */
const firstNumber = 500_000_000_000;
const framesInFlight = 8;

/** Resolves when all are acknowledged; throws when one is refused. */
export async function fill(job: Fill, port: number, wire: Wire): Promise<void> {
  const { answers } = wire;
  if (answers === undefined) throw new Error("this subject acknowledges nothing, so nothing can be filled in");
  const publisher = await publisherOf(port, wire);
  const template = new Template(job.frame);
  const total = job.frames * template.events;
  let sent = 0;
  let kept = 0;
  const more = (): void => {
    while (sent < total && sent - kept < framesInFlight * template.events) {
      const bytes = Buffer.allocUnsafe(template.frameBytes);
      template.stamp(bytes, 0, firstNumber + sent, 0, (number) => (number - firstNumber) % job.channels);
      sent += template.events;
      publisher.send(bytes);
    }
  };
  await new Promise<void>((resolve, reject) => {
    publisher.onEnd = (why) => reject(new Error(`filling in ended after ${kept} events: ${why}`));
    publisher.onText = (bytes, start, end) => {
      if (countOf(bytes, start, end, answers.refused) > 0)
        reject(new Error(`filling in was refused: ${bytes.toString("utf8", start, Math.min(end, start + 300))}`));
      kept += countOf(bytes, start, end, answers.kept);
      if (kept >= total) resolve();
      else more();
    };
    more();
  });
  publisher.close();
}
