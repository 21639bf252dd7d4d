/** All subscriptions of a client: what to ask the gateway, and who gets what it sends. */
import type { ErrorData, Message, Publication, SubscriptionUpdate } from "@signalbox/protocol";
import { matchesPattern } from "@signalbox/protocol";
import { dataOf, placeOf, retryAfterMs } from "./decode.ts";
import { outgoing } from "./outgoing.ts";
import { Subscription } from "./subscription.ts";
import { never, type Outgoing } from "./transport.ts";
import type { Watching } from "./watching.ts";

/** Asking again is free this often, */
const freeTries = 3;
/** and anew when the last time is longer ago than this. */
const forgetTriesMs = 30_000;

export class Subscriptions {
  readonly #all = new Map<string, Subscription>();
  readonly #patterns = new Set<Subscription>();
  /** Of all subscriptions: looked through after every frame, so kept flat. */
  readonly #watches = new Set<Watching>();
  /** Names that the gateway still delivers and nobody wants. */
  readonly #unwanted = new Set<string>();
  /** Events that the gateway did not send because the way here is too slow for them. */
  notSent = 0;
  readonly #newId: () => string;
  readonly #delayMs: (tries: number) => number;

  constructor(newId: () => string, delayMs: (tries: number) => number) {
    this.#newId = newId;
    this.#delayMs = delayMs;
  }

  add(watch: Watching): void {
    let subscription = this.#all.get(watch.name);
    if (!subscription) {
      subscription = new Subscription(watch);
      this.#all.set(watch.name, subscription);
      if (watch.pattern) this.#patterns.add(subscription);
      subscription.held = this.#unwanted.delete(watch.name);
    }
    subscription.add(watch);
    this.#watches.add(watch);
  }

  remove(watch: Watching): void {
    this.#watches.delete(watch);
    const subscription = this.#all.get(watch.name);
    if (!subscription?.watches.delete(watch) || subscription.watches.size) return;
    this.#all.delete(watch.name);
    this.#patterns.delete(subscription);
    if (subscription.held) this.#unwanted.add(watch.name);
  }

  watches(): Iterable<Watching> {
    return this.#watches;
  }

  /** When something must be asked; Infinity if nothing must. */
  dueMs(): number {
    let least = this.#unwanted.size ? 0 : never;
    for (const { due, askAtMs } of this.#all.values()) if (due) least = Math.min(least, askAtMs);
    return least;
  }

  /** What changes the subscriptions of a running link; or `all` of them, for one that begins. */
  asks(nowMs: number, all: boolean): Outgoing[] {
    const out: Outgoing[] = [];
    const leave = (channel: string): unknown => all || out.push(outgoing(this.#newId(), "unsubscribe", { channel }));
    for (const name of this.#unwanted) leave(name);
    this.#unwanted.clear();
    for (const subscription of this.#all.values()) {
      const { name, due, askAtMs, held } = subscription;
      if (askAtMs > nowMs || !(due || all)) continue;
      if (held) leave(name);
      const id = this.#newId();
      out.push(outgoing(id, "subscribe", subscription.ask(id)));
    }
    return out;
  }

  /** The link that knew them is gone. `lost`: no other took its place. */
  unlink(lost: boolean): void {
    this.#unwanted.clear();
    for (const subscription of this.#all.values()) {
      subscription.unlink();
      if (lost) for (const watch of subscription.watches) watch.unlink();
    }
  }

  publication(publication: Publication, nowMs: number): void {
    for (const subscription of this.#covering(publication.channel)) {
      for (const watch of subscription.watches) if (!watch.take(publication)) this.#again(subscription, nowMs);
    }
  }

  update(message: Message, nowMs: number): void {
    const update = dataOf<SubscriptionUpdate>(message);
    const { channel, state, pattern, states } = update;
    // A left-over of somebody who asked for states.
    if (states) return;
    const correlationId = message.metadata?.correlationId;
    if (state === "subscribed") {
      const subscription = this.#all.get(pattern ?? channel);
      if (!subscription) return;
      if (!pattern && correlationId && correlationId === subscription.request) subscription.request = undefined;
      // Before its answer come only left-overs of an earlier request.
      if (subscription.request !== undefined) return;
      const announced = subscription.pattern && !pattern;
      const whole = announced ? subscription.announce(update) : subscription.begin(update);
      if (!whole) this.#again(subscription, nowMs);
    } else if (state === "unsubscribed") {
      if (!correlationId) this.#ended(update, nowMs);
    } else {
      if (update.gap?.reason === "slow")
        for (const count of Object.values(update.gap.counts ?? {})) this.notSent += count;
      for (const subscription of this.#covering(channel)) {
        for (const watch of subscription.watches) {
          if (state === "position" ? !watch.skip(update) : !watch.gap(update)) this.#again(subscription, nowMs);
        }
      }
    }
  }

  /** An error that may be about a subscription. */
  error(error: ErrorData, correlationId: string | undefined, nowMs: number): void {
    const { channel, head } = placeOf(error);
    for (const subscription of [...this.#all.values()]) {
      const asked = correlationId !== undefined && correlationId === subscription.request;
      // A channel of a pattern could not begin, or a delivery broke off: the channel says whose.
      const broke = !correlationId && channel !== undefined && matchesPattern(subscription.name, channel);
      if (!asked && !broke) continue;
      if (asked) {
        subscription.request = undefined;
        // A pattern may be half there; unsubscribing what is not there does no harm.
        subscription.held = subscription.pattern || error.name === "already_subscribed";
      }
      if (error.name === "position_beyond_head") {
        for (const watch of subscription.watches) watch.forget(head, channel);
        this.#again(subscription, nowMs);
      } else if (error.temporary || error.name === "already_subscribed") {
        this.#again(subscription, nowMs, retryAfterMs(error) ?? this.#delayMs(1));
      } else if (asked) this.#refuse(subscription, error);
    }
  }

  /** The gateway ended a delivery by itself. */
  #ended({ channel, reason = "" }: SubscriptionUpdate, nowMs: number): void {
    for (const subscription of this.#covering(channel)) {
      if (reason === "forbidden" && subscription.name === channel) {
        const help = "This token does not allow it any more.";
        this.#refuse(subscription, { name: reason, number: 112, message: reason, temporary: false, help });
      } else this.#again(subscription, nowMs, this.#delayMs(1));
    }
  }

  #refuse(subscription: Subscription, error: ErrorData): void {
    this.#all.delete(subscription.name);
    this.#patterns.delete(subscription);
    for (const watch of subscription.watches) {
      this.#watches.delete(watch);
      watch.refuse(error);
    }
  }

  /** Asks once more from where everybody is. */
  #again(subscription: Subscription, nowMs: number, leastMs = 0): void {
    if (subscription.due || subscription.request !== undefined) return;
    if (nowMs - subscription.triedMs > forgetTriesMs) subscription.tries = 0;
    const tries = subscription.tries++ - freeTries;
    subscription.triedMs = nowMs;
    subscription.due = true;
    subscription.askAtMs = nowMs + Math.max(leastMs, tries < 0 ? 0 : this.#delayMs(tries));
  }

  #covering(channel: string): Subscription[] {
    const exact = this.#all.get(channel);
    const found = exact ? [exact] : [];
    for (const pattern of this.#patterns) if (matchesPattern(pattern.name, channel)) found.push(pattern);
    return found;
  }
}
