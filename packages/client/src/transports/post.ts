/** Publishing beside a stream or a poll, spec §7.3: one request at a time, so that the order is kept. */
import type { PublishResult } from "@signalbox/protocol";
import { decodeResults } from "../decode.ts";
import { reasonOf, unreachable } from "../errors.ts";
import { Http, jsonOf, problemIn } from "../http.ts";
import { joined } from "../outgoing.ts";
import type { Dial, LinkEvents, Outgoing } from "../transport.ts";
import type { Problem } from "../types.ts";

/** A request without an answer for so long is given up, and sent again. */
const answerMs = 30_000;

export function poster({ access, clock }: Dial, { acked, closed }: LinkEvents, ended: AbortSignal) {
  const http = new Http(access);
  const queue: Array<readonly Outgoing[]> = [];
  let busy = false;

  const post = async (batch: readonly Outgoing[]): Promise<PublishResult[] | Problem> => {
    const late = new AbortController();
    const cancel = clock.after(answerMs, () => late.abort());
    try {
      const response = await http.post("/v1/events", joined(batch), AbortSignal.any([late.signal, ended]));
      const answer = await jsonOf(response);
      // A refused request may still say what became of each event.
      return decodeResults(answer) ?? problemIn(answer, response);
    } catch (error) {
      return unreachable(reasonOf(error));
    } finally {
      cancel();
    }
  };

  const run = async (): Promise<void> => {
    busy = true;
    for (let batch = queue.shift(); batch && !ended.aborted; batch = queue.shift()) {
      const answer = await post(batch);
      if (ended.aborted) break;
      if (Array.isArray(answer)) acked(answer);
      else if (answer.name === "unauthenticated") closed({ problem: answer });
      else acked(batch.map(({ id }) => ({ id, error: answer })));
    }
    busy = false;
  };

  return (batch: readonly Outgoing[]): void => {
    queue.push(batch);
    if (!busy) void run();
  };
}
