/**
 * `@signalbox/client/states`: the folded states of all channels of a pattern, for the bytes of what changed, however
 * many events there are. Programs that do not import it do not load it.
 */
import type { ChannelState, ErrorData, Message, SubscriptionUpdate } from "@signalbox/protocol";
import { matchesPattern } from "@signalbox/protocol";
import { dataOf, placeOf, retryAfterMs } from "./decode.ts";
import { outgoing } from "./outgoing.ts";
import { patched } from "./patched.ts";
import { type Listeners, makeListeners } from "./readable.ts";
import type { Ride, Rider } from "./rider.ts";
import type { Outgoing } from "./transport.ts";
import type { Client, PatternView, Readable } from "./types.ts";

/** A view that goes and comes back at once finds its states as they were. */
const lingerMs = 1_000;
/** After a temporary refusal that does not say when. */
const retryMs = 1_000;

export interface StatesOptions {
  /** How many times a second a changed state comes at most. Default 4; the gateway gives at most 20. */
  maxHz?: number;
  /** Only states of this reducer, of this version, are shown: the program knows their shape. */
  reducer?: { readonly name: string; readonly version: number };
}

const shared = new WeakMap<Pick<Client, "ride">, Map<string, Readable<PatternView<unknown>>>>();

/**
 * States of `agent:*` and the like, or of one channel, by channel; kept up while somebody listens. One client has one
 * store for each name: the options are those of who asked for it first.
 */
export function states<State>(
  client: Pick<Client, "ride">,
  name: string,
  options: StatesOptions = {},
): Readable<PatternView<State>> {
  const stores = shared.get(client) ?? new Map<string, Readable<PatternView<unknown>>>();
  shared.set(client, stores);
  const store = stores.get(name) ?? readable(new Store(client, name, options));
  stores.set(name, store);
  // What the gateway folds by this name is said by who asks.
  return store as Readable<PatternView<State>>;
}

/** Its functions may be passed around, as those of every store. */
const readable = (store: Store): Readable<PatternView<unknown>> => ({
  snapshot: () => store.snapshot(),
  subscribe: (listener) => store.subscribe(listener),
});

class Store implements Rider {
  readonly #client: Pick<Client, "ride">;
  readonly #name: string;
  readonly #options: StatesOptions;
  readonly #told = new Map<string, ChannelState>();
  #ride: Ride | undefined;
  #listeners: Listeners | undefined;
  #cancelEnd: (() => void) | undefined;
  #view: PatternView<unknown> | undefined;
  #status: PatternView<unknown>["status"] = "offline";
  #truncated = false;
  #error: ErrorData | undefined;
  /** Nobody listens any more. */
  #leaving = false;
  #due = true;
  /** The gateway has it, or will once it reads what was sent. */
  #held = false;
  #request: string | undefined;
  /** Channels told since it was asked for anew: the others are no more. */
  #fresh: Set<string> | undefined;

  constructor(client: Pick<Client, "ride">, name: string, options: StatesOptions) {
    this.#client = client;
    this.#name = name;
    this.#options = options;
  }

  snapshot(): PatternView<unknown> {
    this.#view ??= {
      channels: new Map(
        [...this.#told].filter(([, told]) => this.#shows(told)).map(([channel, { state }]) => [channel, state]),
      ),
      status: this.#status,
      truncated: this.#truncated,
      error: this.#error,
    };
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#cancelEnd?.();
    this.#cancelEnd = undefined;
    if (!this.#ride) {
      this.#leaving = this.#held = false;
      this.#due = true;
      this.#ride = this.#client.ride(this);
      this.#listeners ??= makeListeners(this.#ride.clock);
    }
    const remove = this.#listeners?.add(listener);
    return () => {
      remove?.();
      if (!this.#listeners?.size() && this.#ride)
        this.#cancelEnd ??= this.#ride.clock.after(lingerMs, () => this.#end());
    };
  }

  // --- Rider ---

  due(): boolean {
    return this.#due;
  }

  asks(all: boolean, again: boolean): Outgoing[] {
    const newId = this.#ride?.newId ?? String;
    const channel = this.#name;
    const out: Outgoing[] = [];
    if (!(all || this.#due)) return out;
    if (this.#held && !all) out.push(outgoing(newId(), "unsubscribe", { channel, states: true }));
    this.#due = this.#held = false;
    if (this.#leaving || this.#error) return out;
    const id = newId();
    const { maxHz } = this.#options;
    const positions: Record<string, { epoch: string; offset: number }> = {};
    if (again) for (const [of, { epoch, offset }] of this.#told) positions[of] = { epoch, offset };
    else this.#fresh = new Set();
    out.push(outgoing(id, "subscribe", { channel, states: true, patches: true, maxHz, positions }));
    this.#request = id;
    this.#held = true;
    if (this.#status === "offline") this.#show("subscribing");
    return out;
  }

  take(message: Message): boolean {
    const { type, metadata } = message;
    const id = metadata?.correlationId;
    const asked = id !== undefined && id === this.#request;
    if (type === "channel_state") {
      const told = dataOf<ChannelState>(message);
      if ((told.pattern ?? told.channel) !== this.#name) return false;
      this.#state(told);
    } else if (type === "subscription_update") {
      const update = dataOf<SubscriptionUpdate>(message);
      if (!update.states || (update.pattern ?? update.channel) !== this.#name) return false;
      if (!id || asked) this.#update(update);
    } else if (type === "error" && asked) this.#refused(dataOf<ErrorData>(message));
    else {
      if (type === "error") this.#leftOut(dataOf<ErrorData>(message));
      return false;
    }
    return true;
  }

  unlink(lost: boolean): void {
    this.#held = false;
    this.#request = undefined;
    this.#due = true;
    if (lost && this.#status !== "refused") this.#show("offline");
  }

  // --- inside ---

  /** Its shape is known. */
  #shows({ reducer, version, state }: ChannelState): boolean {
    const { reducer: wanted } = this.#options;
    return state !== undefined && (!wanted || (reducer === wanted.name && version === wanted.version));
  }

  /** A state that is too big to be sent: it is not asked for again until it is another. */
  #leftOut(error: ErrorData): void {
    const { channel, head } = placeOf(error);
    if (!channel || !error.details?.states || !matchesPattern(this.#name, channel)) return;
    this.#told.set(channel, { channel, reducer: "", version: 0, ...head });
    this.#fresh?.add(channel);
    this.#show(this.#status);
  }

  #state(told: ChannelState): void {
    const { channel, epoch, since, patch } = told;
    let { state } = told;
    if (patch) {
      const before = this.#told.get(channel);
      try {
        if (before?.epoch !== epoch || before.offset !== since) throw new Error(channel);
        state = patched(before.state, patch);
      } catch {
        // It must have been lost on the way: all states come again.
        this.#again();
        return;
      }
    }
    this.#told.set(channel, { ...told, state });
    this.#fresh?.add(channel);
    this.#show(this.#status);
  }

  #update({ channel, pattern, state, truncated = false, reason = "" }: SubscriptionUpdate): void {
    if (state === "subscribed") {
      this.#request = undefined;
      this.#truncated = truncated;
      for (const known of this.#told.keys()) if (this.#fresh?.has(known) === false) this.#told.delete(known);
      this.#fresh = undefined;
      this.#show("live");
    } else if (pattern !== undefined) {
      this.#told.delete(channel);
      this.#show(this.#status);
    } else {
      this.#held = false;
      if (reason !== "forbidden") this.#later(retryMs);
      else
        this.#refuse({
          name: reason,
          number: 112,
          message: reason,
          temporary: false,
          help: "This token does not allow it any more.",
        });
    }
  }

  #refused(error: ErrorData): void {
    this.#request = undefined;
    this.#held = error.name === "already_subscribed";
    if (this.#held) this.#again();
    else if (error.temporary) this.#later(retryAfterMs(error) ?? retryMs);
    else this.#refuse(error);
  }

  #refuse(error: ErrorData): void {
    this.#error = error;
    this.#told.clear();
    this.#show("refused");
  }

  /** Unsubscribes, and asks anew. */
  #again(): void {
    if (this.#request === undefined) this.#due = true;
  }

  #later(ms: number): void {
    const ride = this.#ride;
    ride?.clock.after(ms, () => {
      if (this.#ride !== ride) return;
      this.#due = true;
      ride.look();
    });
  }

  #show(status: PatternView<unknown>["status"]): void {
    this.#status = status;
    this.#view = undefined;
    this.#listeners?.changed();
  }

  #end(): void {
    const ride = this.#ride;
    this.#leaving = this.#due = true;
    ride?.look();
    ride?.end();
    this.#ride = this.#cancelEnd = this.#error = undefined;
    this.#told.clear();
    this.#show("offline");
  }
}
