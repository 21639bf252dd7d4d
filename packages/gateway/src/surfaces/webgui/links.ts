/** Links to Redis that come back by themselves. */
import { createClient } from "redis";
import type { Counts } from "./counts.ts";

/** Doubled from the first to the last, and each with a chance part, so that nodes do not come back all at once; milliseconds. */
const backoffMs = { first: 100, last: 5_000 };
const connectMs = 5_000;
/** A server that does not answer this is taken for gone after `silentMs`. */
const pingMs = 3_000;
const silentMs = 10_000;

interface LinkEvents {
  /** Also when it came back; then what was subscribed is subscribed again. */
  up?(link: Link): void;
  down?(): void;
}

const unconnected = (url: string, name: string) =>
  createClient({
    ...{ url, name },
    // Whoever gives a command that cannot be sent now knows best what to do about it.
    disableOfflineQueue: true,
    pingInterval: pingMs,
    socket: { connectTimeout: connectMs, socketTimeout: silentMs, reconnectStrategy: waitMs },
  });

export type Link = ReturnType<typeof unconnected>;

/** Tries until it is destroyed. `name`: what CLIENT LIST shows. */
export function openLink(url: string, name: string, counts: Counts, events: LinkEvents = {}): Link {
  const link = unconnected(url, name);
  link.on("error", (error: unknown) => counts.trouble("no link to Redis", error));
  link.on("ready", () => events.up?.(link));
  link.on("reconnecting", () => events.down?.());
  link.connect().catch((error: unknown) => counts.trouble("no link to Redis", error));
  return link;
}

const waitMs = (tries: number): number =>
  Math.min(backoffMs.last, backoffMs.first * 2 ** Math.min(tries, 10)) * (0.5 + Math.random() / 2);
