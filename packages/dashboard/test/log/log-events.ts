/** Publications of a process, for the tests of the log. */
import type { Publication } from "@signalbox/protocol";

const channel = "process:p1";

const publication = (epoch: string, offset: number, type: string, data: object): Publication => ({
  id: `${epoch}-${offset}`,
  type,
  timestamp: 1_000 + offset,
  data: { processId: "p1", ...data },
  channel,
  epoch,
  offset,
});

export const output = (offset: number, line: number, more: object = {}, epoch = "e1"): Publication =>
  publication(epoch, offset, "process_output", { stream: "stdout", output: `line ${line}`, line, ...more });

export const metric = (offset: number, epoch = "e1"): Publication =>
  publication(epoch, offset, "process_metric", { cpuPercent: 1, memoryBytes: 1 });

/** So many lines from offset 1 on, with a sample after every `every` lines. */
export function history(lines: number, every = Number.POSITIVE_INFINITY): Publication[] {
  const events: Publication[] = [];
  for (let line = 1; line <= lines; line++) {
    events.push(output(events.length + 1, line));
    if (line % every === 0) events.push(metric(events.length + 1));
  }
  return events;
}
