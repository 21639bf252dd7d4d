/** Long polling, spec §7.2: each request names all subscriptions with their positions. */
import { decodeAnswer } from "../decode.ts";
import { reasonOf, unreachable } from "../errors.ts";
import { Http, jsonOf, problemIn } from "../http.ts";
import { Ladder } from "../ladder.ts";
import type { Cause, Transport } from "../transport.ts";
import { poster } from "./post.ts";

/** Proxies commonly cut a request that is silent for 30 s or more. */
const waitMs = 25_000;

export const pollTransport: Transport = {
  name: "poll",
  duplex: false,
  quietMs: waitMs,
  ladder: (ways) => new Ladder(ways),

  open(dial, events) {
    const http = new Http(dial.access);
    const ended = new AbortController();
    let request: AbortController | undefined;

    const end = (cause: Cause): void => {
      if (ended.signal.aborted) return;
      ended.abort();
      request?.abort();
      events.closed(cause);
    };

    const poll = async (signal: AbortSignal): Promise<void> => {
      const { texts, fresh } = events.opening();
      // What was never asked is answered at once; only then is it worth waiting.
      const body = `{"messages":[${texts.join(",")}],"waitMs":${fresh ? 0 : waitMs}}`;
      const response = await http.post("/v1/poll", body, signal);
      const answer = await jsonOf(response);
      const messages = response.ok ? decodeAnswer(answer) : undefined;
      if (signal.aborted) return;
      if (messages) events.received(messages);
      else end({ problem: problemIn(answer, response) });
    };

    const run = async (): Promise<void> => {
      while (!ended.signal.aborted) {
        request = new AbortController();
        const { signal } = request;
        try {
          await poll(signal);
        } catch (error) {
          // Aborted: asked again with other subscriptions.
          if (!signal.aborted) end({ problem: unreachable(reasonOf(error)), unreachable: true });
        }
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
