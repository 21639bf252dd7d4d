/** What is wanted of a producer, so that it makes nothing that nobody sees. */
import type { ControlData, Demand, ErrorData, Message } from "@signalbox/protocol";
import { dataOf, retryAfterMs } from "./decode.ts";
import { outgoing } from "./outgoing.ts";
import { type Listeners, makeListeners } from "./readable.ts";
import type { Ride, Rider } from "./rider.ts";
import type { Outgoing } from "./transport.ts";
import type { Client, Readable } from "./types.ts";

/** After a temporary refusal that does not say when. */
const retryMs = 1_000;

export interface DemandView {
  /** How many connections watch the channel; undefined: it is not known now. */
  viewers: number | undefined;
  /** The widest that any of them shows frames, in pixels; undefined: as wide as they are. */
  maxWidth: number | undefined;
  /** The most publications a second that any of them wants; undefined: all there are. */
  maxHz: number | undefined;
  /** The lease is not held by this producer with this epoch, or may not be. */
  error: ErrorData | undefined;
}

/**
 * The demand for a channel whose lease this producer holds with this epoch; told while somebody listens. It renews the lease
 * once on each link: whoever holds the lease goes on renewing it in time.
 */
export function demand(
  client: Pick<Client, "ride">,
  channel: string,
  lease: { producer: string; epoch: number },
): Readable<DemandView> {
  const store = new Store(client, channel, lease);
  return { snapshot: () => store.snapshot(), subscribe: (listener) => store.subscribe(listener) };
}

class Store implements Rider {
  readonly #client: Pick<Client, "ride">;
  readonly #channel: string;
  readonly #lease: { producer: string; epoch: number };
  #ride: Ride | undefined;
  #listeners: Listeners | undefined;
  #told: Demand | undefined;
  #error: ErrorData | undefined;
  #view: DemandView | undefined;
  #due = true;
  #request: string | undefined;

  constructor(client: Pick<Client, "ride">, channel: string, { producer, epoch }: { producer: string; epoch: number }) {
    this.#client = client;
    this.#channel = channel;
    this.#lease = { producer, epoch };
  }

  snapshot(): DemandView {
    const { viewers, maxWidth, maxHz } = this.#told ?? {};
    this.#view ??= { viewers, maxWidth, maxHz, error: this.#error };
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    if (!this.#ride) {
      this.#due = true;
      this.#error = undefined;
      this.#ride = this.#client.ride(this);
      this.#listeners ??= makeListeners(this.#ride.clock);
    }
    const remove = this.#listeners?.add(listener);
    return () => {
      remove?.();
      if (this.#listeners?.size()) return;
      this.#ride?.end();
      this.#ride = undefined;
      this.#tell(undefined);
    };
  }

  // --- Rider ---

  due(): boolean {
    return this.#due;
  }

  asks(all: boolean): Outgoing[] {
    if (!(all || this.#due)) return [];
    this.#due = false;
    if (this.#error) return [];
    this.#request = this.#ride?.newId() ?? "";
    return [outgoing(this.#request, "lease", { channel: this.#channel, ...this.#lease, demand: this.#told })];
  }

  take(message: Message): boolean {
    const { type, metadata } = message;
    const asked = metadata?.correlationId !== undefined && metadata.correlationId === this.#request;
    if (type === "demand") {
      const { channel, ...told } = dataOf<ControlData["demand"]>(message);
      if (channel === this.#channel) this.#tell(told);
    } else if (type === "error" && asked) this.#refused(dataOf<ErrorData>(message));
    return asked;
  }

  unlink(lost: boolean): void {
    this.#request = undefined;
    this.#due = true;
    if (lost && this.#told) this.#tell(undefined);
  }

  // --- inside ---

  #refused(error: ErrorData): void {
    const ride = this.#ride;
    if (!error.temporary) {
      this.#error = error;
      this.#due = false;
      this.#tell(undefined);
      return;
    }
    ride?.clock.after(retryAfterMs(error) ?? retryMs, () => {
      if (this.#ride !== ride) return;
      this.#due = true;
      ride.look();
    });
  }

  #tell(demand: Demand | undefined): void {
    this.#told = demand;
    this.#view = undefined;
    this.#listeners?.changed();
  }
}
