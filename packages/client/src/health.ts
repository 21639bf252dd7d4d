/**
 * `@signalbox/client/health`: how the connection fares, as a store. What goes over the wire is counted between the client and
 * the network, so that programs which do not ask carry none of it.
 */
import type { Message } from "@signalbox/protocol";
import { createClient } from "./client.ts";
import type { Clock } from "./clock.ts";
import { type Deps, defaultDeps } from "./defaults.ts";
import { outgoing } from "./outgoing.ts";
import { type Listeners, makeListeners } from "./readable.ts";
import type { Ride, Rider } from "./rider.ts";
import type { Outgoing, Transport } from "./transport.ts";
import { websocketTransport } from "./transports/websocket.ts";
import type { Client, ClientOptions, LinkState, Readable, TransportName } from "./types.ts";

/** How often the way there and back is timed while somebody looks. */
const sampleMs = 10_000;
/** How often figures that only count are shown anew. */
const showMs = 1_000;

/** Counts are since the client was made. Bytes are those of frames and bodies as they are before the network's own compression. */
export interface Health {
  state: LinkState["state"];
  transport: TransportName | undefined;
  /** There and back, in milliseconds, of the last sample on this link. */
  roundTripMs: number | undefined;
  /** When the last message came, and when the link became live: milliseconds since 1970. */
  lastMessageAtMs: number | undefined;
  connectedAtMs: number | undefined;
  /** How often the link became live again after the first time, and attempts that failed since it last was. */
  reconnects: number;
  failures: number;
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Error messages of the gateway. */
  errors: number;
  /** Statements of what is not coming, and how many events were left out because this connection is slow. */
  gaps: number;
  notSent: number;
  /** Publishes waiting for an answer, and subscriptions still replaying. */
  queued: number;
  catchingUp: number;
}

type Counts = Pick<
  Health,
  "messagesIn" | "messagesOut" | "bytesIn" | "bytesOut" | "errors" | "gaps" | "lastMessageAtMs"
>;

/** A client, and how its connection fares. */
export function createMeasuredClient(
  options: ClientOptions,
  deps: Partial<Deps> = {},
): { client: Client; health: Readable<Health> } {
  const base = { ...defaultDeps(options.compression), ...deps };
  const counts: Counts = {
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    errors: 0,
    gaps: 0,
    lastMessageAtMs: undefined,
  };
  const { clock } = base;
  const socket = websocketTransport(countedSocket(WebSocket, counts), options.compression);
  const transports = deps.transports ?? base.transports.map((way) => (way.name === "websocket" ? socket : way));
  const client = createClient(options, {
    ...base,
    fetch: countedFetch(base.fetch, counts),
    transports: transports.map((way) => countedTransport(way, counts, clock)),
  });
  return { client, health: new HealthStore(client, counts, clock) };
}

class HealthStore implements Readable<Health>, Rider {
  readonly #client: Client;
  readonly #counts: Counts;
  readonly #clock: Clock;
  readonly #listeners: Listeners;
  #view: Health | undefined;
  #connects = 0;
  #connectedAtMs: number | undefined;
  #roundTripMs: number | undefined;
  /** From the first time that a sample is wanted of a live link: to ride would make one. */
  #ride: Ride | undefined;
  #isDue = false;
  #ping: { id: string; atMs: number } | undefined;
  #cancelTimer: (() => void) | undefined;
  #sampleAtMs = 0;

  constructor(client: Client, counts: Counts, clock: Clock) {
    this.#client = client;
    this.#counts = counts;
    this.#clock = clock;
    this.#listeners = makeListeners(clock);
    client.link.subscribe(() => this.#onLink());
  }

  snapshot(): Health {
    const next = this.#look();
    const before = this.#view;
    if (!before || keysOf(next).some((key) => next[key] !== before[key])) this.#view = next;
    return this.#view ?? next;
  }

  subscribe(listener: () => void): () => void {
    const remove = this.#listeners.add(listener);
    if (!this.#cancelTimer) this.#tick();
    return () => {
      remove();
      if (this.#listeners.size()) return;
      this.#cancelTimer?.();
      this.#cancelTimer = undefined;
    };
  }

  // --- riding along, for pings of its own ---

  due(): boolean {
    return this.#isDue;
  }

  asks(): Outgoing[] {
    if (!this.#isDue || !this.#ride) return [];
    this.#isDue = false;
    this.#ping = { id: this.#ride.newId(), atMs: this.#clock.nowMs() };
    return [outgoing(this.#ping.id, "ping", {})];
  }

  take({ type, metadata }: Message): boolean {
    if (!this.#ping || type !== "pong" || metadata?.correlationId !== this.#ping.id) return false;
    this.#timed(this.#ping.atMs);
    this.#ping = undefined;
    return true;
  }

  unlink(): void {
    this.#isDue = false;
    this.#ping = this.#roundTripMs = undefined;
  }

  // --- inside ---

  #look(): Health {
    const { state, transport, attempt, queued, catchingUp, notSent } = this.#client.link.snapshot();
    return {
      state,
      transport,
      roundTripMs: this.#roundTripMs,
      connectedAtMs: this.#connectedAtMs,
      reconnects: Math.max(0, this.#connects - 1),
      failures: state === "connecting" ? attempt - 1 : attempt,
      ...this.#counts,
      notSent,
      queued,
      catchingUp,
    };
  }

  #onLink(): void {
    const isLive = this.#client.link.snapshot().state === "live";
    if (!isLive) this.#connectedAtMs = this.#roundTripMs = undefined;
    else if (this.#connectedAtMs === undefined) {
      this.#connects++;
      this.#connectedAtMs = this.#clock.nowMs();
      if (this.#cancelTimer) this.#sample();
    }
    this.#listeners.changed();
  }

  /** While somebody looks. */
  #tick(): void {
    const before = this.#view;
    if (this.#clock.nowMs() >= this.#sampleAtMs) this.#sample();
    if (this.snapshot() !== before) this.#listeners.changed();
    this.#cancelTimer = this.#clock.after(showMs, () => this.#tick());
  }

  #sample(): void {
    this.#sampleAtMs = this.#clock.nowMs() + sampleMs;
    const { state, transport } = this.#client.link.snapshot();
    if (state !== "live") return;
    if (transport === "websocket") {
      this.#ride ??= this.#client.ride(this);
      this.#isDue = true;
      this.#ride.look();
    } else void this.#request();
  }

  /** Beside a stream or a poll nothing can be sent but requests. */
  async #request(): Promise<void> {
    const atMs = this.#clock.nowMs();
    try {
      const response = await this.#client.fetch("/health/live");
      this.#timed(atMs);
      await response.body?.cancel();
    } catch {
      // The link will tell what is wrong.
    }
  }

  #timed(atMs: number): void {
    this.#roundTripMs = this.#clock.nowMs() - atMs;
    this.#listeners.changed();
  }
}

const keysOf = (health: Health): Array<keyof Health> => Object.keys(health) as Array<keyof Health>;

const hasGap = (data: unknown): boolean => typeof data === "object" && data !== null && "gap" in data;

const utf8 = new TextEncoder();
const sizeOf = (data: unknown): number => {
  if (typeof data === "string") return utf8.encode(data).length;
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : 0;
};

const countedSocket = (Socket: typeof WebSocket, counts: Counts): typeof WebSocket =>
  class extends Socket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => {
        counts.bytesIn += sizeOf(data);
      });
    }

    override send(data: Parameters<WebSocket["send"]>[0]): void {
      counts.bytesOut += sizeOf(data);
      super.send(data);
    }
  };

const countedFetch =
  (fetcher: typeof fetch, counts: Counts): typeof fetch =>
  async (input, init) => {
    counts.bytesOut += sizeOf(init?.body);
    const response = await fetcher(input, init);
    if (!response.body) return response;
    const counting = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        counts.bytesIn += chunk.byteLength;
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(counting), response);
  };

const countedTransport = (way: Transport, counts: Counts, clock: Clock): Transport => ({
  ...way,
  open(dial, events) {
    const link = way.open(dial, {
      ...events,
      opening() {
        const opening = events.opening();
        counts.messagesOut += opening.texts.length;
        return opening;
      },
      received(messages) {
        counts.messagesIn += messages.length;
        counts.lastMessageAtMs = clock.nowMs();
        for (const message of messages) {
          if (message.type === "error") counts.errors++;
          else if (message.type === "subscription_update" && hasGap(message.data)) counts.gaps++;
        }
        events.received(messages);
      },
    });
    return {
      send(batch) {
        counts.messagesOut += batch.length;
        link.send(batch);
      },
      restart: () => link.restart(),
      renew: (token) => link.renew(token),
      close: () => link.close(),
    };
  },
});
