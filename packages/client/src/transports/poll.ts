/** Long polling, spec §7.2: each request names all subscriptions with their positions. */
import { decodeAnswer } from "../decode.ts";
import { reasonOf, unreachable } from "../errors.ts";
import { Http, jsonOf, problemIn } from "../http.ts";
import { Ladder } from "../ladder.ts";
import type { Cause, Transport } from "../transport.ts";
import { poster } from "./post.ts";

/** Proxies commonly cut a request that is silent for 30 s or more. */
const mostWaitMs = 25_000;
/** What fails sooner did not fail of waiting. */
const waitedMs = 1_000;

export const pollTransport: Transport = {
  name: "poll",
  duplex: false,
  quietMs: mostWaitMs,
  ladder: (ways) => new Ladder(ways),

  open(dial, events) {
    const http = new Http(dial.access);
    const ended = new AbortController();
    let request: AbortController | undefined;
    let waitMs = mostWaitMs;

    const end = (cause: Cause): void => {
      if (ended.signal.aborted) return;
      ended.abort();
      request?.abort();
      events.closed(cause);
    };

    const poll = async (signal: AbortSignal): Promise<Cause | undefined> => {
      const { texts, fresh } = events.opening();
      // What was never asked is answered at once; only then is it worth waiting.
      const body = `{"messages":[${texts.join(",")}],"waitMs":${fresh ? 0 : waitMs}}`;
      const response = await http.post("/v1/poll", body, signal);
      const answer = await jsonOf(response);
      const messages = response.ok ? decodeAnswer(answer) : undefined;
      if (!messages) return { problem: problemIn(answer, response) };
      if (!signal.aborted) events.received(messages);
      return undefined;
    };

    const run = async (): Promise<void> => {
      while (!ended.signal.aborted) {
        request = new AbortController();
        const { signal } = request;
        const begunMs = dial.clock.nowMs();
        // Aborted: asked again with other subscriptions.
        const cause = await poll(signal).catch((error: unknown) => ({
          problem: unreachable(reasonOf(error)),
          unreachable: true,
        }));
        if (!cause || signal.aborted) continue;
        if (dial.clock.nowMs() - begunMs < waitedMs) end(cause);
        // Something between here and the gateway waits less long.
        waitMs >>= 1;
        events.alive();
      }
    };

    void run();
    const restart = (): void => request?.abort();
    return {
      send: poster(dial, { ...events, closed: end }, ended.signal),
      restart,
      renew: restart,
      close() {
        ended.abort();
        request?.abort();
      },
    };
  },
};
