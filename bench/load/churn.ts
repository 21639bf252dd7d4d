/** Connections that subscribe and unsubscribe without end: named channels, unknown ones, patterns. */
import { Connection } from "./connection.ts";
import { publisherOf } from "./crowd.ts";
import type { ChurnFigures, ChurnJob } from "./job.ts";
import { meter } from "./meter.ts";
import { countOf } from "./scan.ts";

/** Cycles of a connection that have no answer yet. */
const cyclesInFlight = 64;
/** The answer to the unsubscribe: a subscribe that was overtaken has one of its own. */
const ended = '"correlationId":"u"';

export async function churn(job: ChurnJob): Promise<ChurnFigures> {
  const { port, wire, cycles, connections } = job;
  const publisher = await publisherOf(port, wire);
  const there = Array.from({ length: job.channels }, (_, index) => `agent:there-${index}`);
  for (const channel of there) {
    const event = {
      type: "agent_status",
      channel,
      data: { agentId: channel.slice(6), agentType: "x", status: "idle" },
    };
    publisher.sendText(JSON.stringify(event));
  }
  const all = await Promise.all(Array.from({ length: connections }, () => Connection.open(port, wire)));
  const end = meter(job.pid);
  let next = 0;
  let done = 0;
  let errors = 0;
  await new Promise<void>((resolve, reject) => {
    for (const connection of all) {
      let open = 0;
      const more = (): void => {
        for (; open < cyclesInFlight && next < cycles; open++) connection.sendText(cycle(job.first + next++, there));
      };
      connection.onEnd = (why) => reject(new Error(`a connection ended after ${done} cycles: ${why}`));
      connection.onText = (bytes, start, stop) => {
        errors += countOf(bytes, start, stop, '"type":"error"');
        const answered = countOf(bytes, start, stop, ended);
        if (answered === 0) return;
        open -= answered;
        done += answered;
        if (done >= cycles) resolve();
        else more();
      };
      more();
    }
  });
  const { cpu, rssBytes } = end();
  for (const each of [...all, publisher]) each.close();
  return { cycles: done, errors, cpuUs: cpu.totalUs, rssBytes };
}

/** A tenth are patterns, four tenths channels that are there, half of them names that nobody ever used. */
function cycle(number: number, there: readonly string[]): string {
  const kind = number % 10;
  const known = there[number % there.length] ?? "agent:there-0";
  const channel = kind === 0 ? `${known}*` : kind < 5 ? known : `agent:nobody-${number}`;
  const unsubscribe = { id: "u", type: "unsubscribe", data: { channel } };
  // Answered after the subscribe, whatever became of it.
  return JSON.stringify([{ id: "s", type: "subscribe", data: { channel, snapshot: kind === 1 } }, unsubscribe]);
}
