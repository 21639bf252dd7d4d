/** Where records come from: what is published, or this page's own frames. */
import type { Client } from "@signalbox/client";
import type { ErrorData, Since } from "@signalbox/protocol";
import { cell } from "../stores/readable.ts";
import { type Frame, listen } from "../stores/tap.ts";
import { masked, recordOf, wantedBy } from "./record.ts";
import { Ring } from "./ring.ts";
import type { InspectorSearch } from "./search.ts";

export interface Source {
  ring: Ring;
  /** Why nothing comes. */
  error: ReturnType<typeof cell<ErrorData | undefined>>;
  /** Begins; returns what ends it. */
  start(): () => void;
}

function sinceOf(text: string | undefined): Since {
  if (text === undefined || text === "now") return "now";
  if (text === "earliest") return "earliest";
  const last = /^last:([1-9]\d{0,5})$/.exec(text)?.[1];
  if (last !== undefined) return { last: Number(last) };
  const [, epoch, offset] = /^(.{1,64}):(\d{1,15})$/.exec(text) ?? [];
  return epoch === undefined ? "now" : { epoch, offset: Number(offset) };
}

export function published(client: Pick<Client, "watch">, search: InspectorSearch): Source {
  const { channel = "*", since, types = "" } = search;
  const ring = new Ring(wantedBy(search));
  const error = cell<ErrorData | undefined>(undefined);
  const named = types.split(",").filter(Boolean);
  return {
    ring,
    error,
    start: () => {
      const watch = client.watch(channel, {
        since: sinceOf(since),
        ...(named.length > 0 ? { filter: { types: named } } : {}),
        onEvents: (events) => {
          for (const event of events) {
            const text = masked(JSON.stringify(event));
            ring.push(recordOf(event, text, { id: ring.nextId, way: "event", atMs: event.timestamp }));
          }
        },
        onGap: (_channel, { from, to }) => ring.gap(to === undefined ? 0 : to - from + 1),
        onError: (refused) => error.set(refused),
      });
      return () => watch.stop();
    },
  };
}

export function ownFrames(search: InspectorSearch): Source {
  const ring = new Ring(wantedBy(search));
  return {
    ring,
    error: cell<ErrorData | undefined>(undefined),
    start: () => listen((frame) => take(ring, frame)),
  };
}

/** A frame may hold several messages: each is a record. */
function take(ring: Ring, { atMs, way, body, request }: Frame): void {
  const push = (message: unknown, text: string) => ring.push(recordOf(message, text, { id: ring.nextId, way, atMs }));
  if (request !== undefined) {
    const [path = request] = request.split("?", 1);
    push({ type: path, id: request, data: {} }, masked(JSON.stringify({ request: masked(request), ...bodyIn(body) })));
    return;
  }
  if (typeof body === "number") {
    push({ type: "(binary)" }, JSON.stringify({ binary: `${body} bytes: compressed, or a part of a large message` }));
    return;
  }
  let messages: unknown;
  try {
    messages = JSON.parse(body);
  } catch {
    push({ type: "(not JSON)" }, JSON.stringify({ text: body.slice(0, 2_000) }));
    return;
  }
  for (const message of [messages].flat()) push(message, masked(JSON.stringify(message)));
}

const bodyIn = (body: string | number): { body?: unknown } => {
  if (typeof body !== "string" || body === "") return {};
  try {
    return { body: JSON.parse(body) };
  } catch {
    return { body };
  }
};
