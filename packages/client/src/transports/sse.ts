/** Server-sent events over fetch, spec §7.1. Other subscriptions mean another stream: it feeds before the old one ends. */
import { decodeText } from "../decode.ts";
import { reasonOf, unreachable } from "../errors.ts";
import { Http, jsonOf, problemIn } from "../http.ts";
import { Ladder } from "../ladder.ts";
import type { Cause, Transport } from "../transport.ts";
import { eventStream } from "./event-stream.ts";
import { poster } from "./post.ts";

/** How long the old stream may go on while the new one says nothing. */
const overlapMs = 5_000;

export const sseTransport: Transport = {
  name: "sse",
  duplex: false,
  // A comment comes every 15 s.
  quietMs: 15_000,
  ladder: (ways) => new Ladder(ways),

  open(dial, events) {
    const http = new Http(dial.access);
    const ended = new AbortController();
    /** The stream that delivers, and the one that is to follow it. */
    let feeding: AbortController | undefined;
    let coming: AbortController | undefined;
    let cancelOverlap = (): void => {};

    const close = (): void => {
      ended.abort();
      cancelOverlap();
      feeding?.abort();
      coming?.abort();
    };
    const end = (cause: Cause): void => {
      if (ended.signal.aborted) return;
      close();
      events.closed(cause);
    };

    const read = async (stream: AbortController): Promise<void> => {
      const body = `[${events.opening().texts.join(",")}]`;
      const response = await http.post("/v1/stream", body, stream.signal, "text/event-stream");
      if (!response.ok || !response.body) {
        const found = problemIn(await jsonOf(response), response);
        if (!stream.signal.aborted) end({ problem: found });
        return;
      }
      const take = eventStream((data) => {
        if (!stream.signal.aborted) events.received(decodeText(data));
      });
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        if (stream.signal.aborted) return;
        if (stream === coming) {
          cancelOverlap();
          feeding?.abort();
          feeding = stream;
          coming = undefined;
        }
        events.alive();
        take(decoder.decode(chunk.value, { stream: true }));
      }
      // The old one may end before the new one speaks.
      if (stream === coming || (stream === feeding && !coming)) end({});
    };

    const start = (): void => {
      coming?.abort();
      const stream = new AbortController();
      coming = stream;
      // A browser opens few connections to one host: the old stream may hold the one that the new stream needs.
      cancelOverlap();
      cancelOverlap = dial.clock.after(overlapMs, () => feeding?.abort());
      read(stream).catch((error: unknown) => {
        const lost = { problem: unreachable(reasonOf(error)), unreachable: true };
        if (!stream.signal.aborted && (stream === coming || !coming)) end(lost);
      });
    };

    start();
    return { send: poster(dial, { ...events, closed: end }, ended.signal), restart: start, renew: start, close };
  },
};
