/** What one connection has asked to be sent: channels by name and by pattern, one delivery for each channel. */
import {
  type ErrorData,
  type ErrorName,
  isPattern,
  matchesPattern,
  namespaceOf,
  type SubscribeData,
  type SubscriptionUpdate,
  subscribedChannel,
  subscribedFilter,
} from "@signalbox/protocol";
import { errorData } from "./errors.ts";
import { compileFilter } from "./filter.ts";
import { Gate } from "./gate.ts";
import type { Hub } from "./hub.ts";
import { channelError, namespaceError } from "./intake.ts";
import type { Owner } from "./owner.ts";
import { PatternSubscription } from "./pattern.ts";
import { type Begin, beginSubscription } from "./resume.ts";
import { forbidden } from "./rights/forbidden.ts";
import type { Session } from "./session.ts";
import { AskedStates } from "./states/asked.ts";
import type { Subscription } from "./subscription.ts";

/** One thing that a connection is sent. */
export interface Interest {
  channel: string;
  /** What asked for it: events by the channel's own name or by patterns, or its folded states. */
  kind: "events" | "pattern" | "states";
  /** Patterns that brought the channel. */
  patterns?: string[];
  epoch?: string;
  /** Up to where it was sent or told. */
  offset?: number;
  /** The channel's newest offset. */
  head?: number;
}

export class Interests {
  /** Subscriptions to states are apart from those to events. */
  readonly states: AskedStates;
  readonly #hub: Hub;
  readonly #session: Session;
  readonly #subscriptions = new Map<string, Subscription>();
  /** Made with the first one: an empty map is 200 bytes of each connection. */
  #patterns: Map<string, PatternSubscription> | undefined;
  /** Subscriptions asked for by name; channels that a pattern brought do not count. */
  #named = 0;

  /** Asked for by the client; a pattern counts as one. */
  get count(): number {
    return this.#named + (this.#patterns?.size ?? 0) + this.states.size;
  }

  constructor(hub: Hub, session: Session) {
    this.#hub = hub;
    this.#session = session;
    this.states = new AskedStates(hub.overviews, session);
  }

  subscribe(data: SubscribeData, correlationId: string | undefined): void {
    const name = subscribedChannel(data);
    const refusal =
      nameError(name, this.#hub) ?? (data.states ? this.states.refuse(name, data) : this.#refuse(name, data));
    const error = refusal ?? this.#tooMany();
    if (error !== undefined) {
      this.#session.error(error, correlationId);
      return;
    }
    if (data.states) {
      this.states.begin(name, data, correlationId);
      return;
    }
    const { since = "now", snapshot = false } = data;
    const owner = this.#ownerOf(data, snapshot);
    if (isPattern(name)) {
      const pattern = new PatternSubscription(name, this.#session, this, { data, owner, correlationId });
      this.#patterns ??= new Map();
      this.#patterns.set(name, pattern);
      this.#hub.patterns.join(pattern);
    } else {
      this.#own(name, name, owner, { since, snapshot, correlationId });
    }
  }

  unsubscribe(name: string, correlationId: string | undefined): void {
    const pattern = this.#patterns?.get(name);
    const subscription = this.#subscriptions.get(name);
    if (pattern === undefined && !subscription?.owners.has(name)) {
      this.#session.error(errorData("not_subscribed", `${name} is not subscribed`), correlationId);
      return;
    }
    const epoch = subscription?.channel.epoch ?? "";
    const offset = subscription === undefined ? 0 : offsetOf(subscription);
    const ended: SubscriptionUpdate = { channel: name, state: "unsubscribed", epoch, offset };
    // A subscribe that was overtaken has its answer too, and before this one: a later one could be taken for another's.
    const asked =
      pattern === undefined
        ? subscription?.named
        : { correlationId: pattern.correlationId, answered: pattern.announced };
    if (asked?.answered !== true && asked?.correlationId !== undefined) {
      this.#session.update(ended, asked.correlationId);
    }
    if (pattern !== undefined) this.#leavePattern(pattern);
    else if (subscription !== undefined) this.disown(subscription, name);
    this.#session.update(ended, correlationId);
  }

  /** A channel of a pattern: joins it. False: this connection has it through that pattern already. */
  join(pattern: PatternSubscription, channel: string, begin: Begin): boolean {
    if (this.#session.gone || this.#subscriptions.get(channel)?.owners.has(pattern.name)) return false;
    this.#own(channel, pattern.name, pattern.owner, { ...begin, pattern: pattern.name });
    return true;
  }

  /** Takes an owner from a delivery, which ends with its last one. */
  disown(subscription: Subscription, owner: string): void {
    if (subscription.disown(owner) && owner === subscription.channel.name) this.#named--;
    if (subscription.owners.size === 0) this.#forget(subscription);
    else this.#hub.wishesChanged(subscription.channel.name);
  }

  /** Ends a delivery for all its owners, and says why. */
  drop(subscription: Subscription, reason: ErrorName): void {
    const { channel } = subscription;
    if (subscription.owners.has(channel.name)) this.#named--;
    this.#forget(subscription);
    const offset = offsetOf(subscription);
    this.#session.update({ channel: channel.name, state: "unsubscribed", epoch: channel.epoch, offset, reason });
  }

  /** Subscriptions that a new token does not allow end; patterns take up what it allows more. */
  rightsChanged(): void {
    const { rights } = this.#session;
    this.states.rightsChanged();
    for (const pattern of [...(this.#patterns?.values() ?? [])]) {
      if (rights.touches("subscribe", pattern.name)) {
        pattern.rightsChanged();
        continue;
      }
      this.#leavePattern(pattern);
      const { name } = pattern;
      this.#session.update({ channel: name, state: "unsubscribed", epoch: "", offset: 0, reason: "forbidden" });
    }
    for (const subscription of [...this.#subscriptions.values()]) {
      if (!rights.may("subscribe", subscription.channel.name)) this.drop(subscription, "forbidden");
    }
    for (const pattern of this.#patterns?.values() ?? [])
      if (pattern.listing === undefined) this.#hub.patterns.list(pattern);
  }

  /** The connection is gone. */
  end(): void {
    this.states.end();
    for (const pattern of this.#patterns?.values() ?? []) this.#hub.patterns.leave(pattern);
    for (const subscription of this.#subscriptions.values()) this.#hub.leave(subscription);
    this.#patterns = undefined;
    this.#subscriptions.clear();
  }

  /** Patterns first, then states, then channels: those that are behind before those that are not. */
  list(limit: number): Interest[] {
    const told: Interest[] = [];
    for (const channel of this.#patterns?.keys() ?? []) told.push({ channel, kind: "pattern" });
    for (const channel of this.states.names) told.push({ channel, kind: "states" });
    const all = [...this.#subscriptions.values()];
    const late = all.filter(({ behind }) => behind);
    for (const subscription of [...late, ...all.filter(({ behind }) => !behind)]) {
      if (told.length >= limit) break;
      const { name, epoch, top: head } = subscription.channel;
      const patterns = [...subscription.owners.keys()].filter((owner) => owner !== name);
      const brought = patterns.length === 0 ? {} : { patterns };
      told.push({ channel: name, kind: "events", ...brought, epoch, offset: offsetOf(subscription), head });
    }
    return told.slice(0, limit);
  }

  /** How many channels' heads are not reached yet. */
  get behind(): number {
    let behind = 0;
    for (const subscription of this.#subscriptions.values()) if (subscription.behind) behind++;
    return behind;
  }

  #tooMany(): ErrorData | undefined {
    const limit = this.#session.limits.subscriptions;
    if (this.count < limit) return undefined;
    return errorData("too_many_subscriptions", `at most ${limit} subscriptions`, { limit });
  }

  #refuse(name: string, { since = "now", snapshot = false }: SubscribeData): ErrorData | undefined {
    if (this.#patterns?.has(name) || this.#subscriptions.get(name)?.owners.has(name)) {
      return errorData("already_subscribed", `${name} is subscribed already`);
    }
    const { rights } = this.#session;
    // A pattern is denied as a whole only when nothing of it could be allowed.
    if (isPattern(name)) return rights.touches("subscribe", name) ? undefined : forbidden("subscribe", name);
    if (!rights.may("subscribe", name)) return forbidden("subscribe", name);
    const past = since !== "now" || snapshot !== false;
    return past && !rights.may("history", name) ? forbidden("history", name) : undefined;
  }

  #leavePattern(pattern: PatternSubscription): void {
    const { name } = pattern;
    this.#patterns?.delete(name);
    this.#hub.patterns.leave(pattern);
    for (const [channel, joined] of this.#subscriptions) if (matchesPattern(name, channel)) this.disown(joined, name);
  }

  #ownerOf(data: SubscribeData, snapshot: Owner["snapshot"]): Owner {
    const filter = subscribedFilter(data);
    const test = compileFilter(filter, (publication) => this.#hub.tagsOf(publication));
    const types = filter?.types === undefined ? undefined : new Set(filter.types);
    const gate = data.maxHz === undefined ? undefined : new Gate(data.maxHz, this.#hub.wakes);
    const { maxWidth, maxHz, complete = false } = data;
    return { test, types, snapshot, gate, maxWidth, maxHz, complete };
  }

  /** Gives a channel's delivery one more owner, and begins it where that owner wants. */
  #own(channel: string, owner: string, wants: Owner, begin: Begin): void {
    let subscription = this.#subscriptions.get(channel);
    if (subscription === undefined) {
      subscription = this.#hub.enter(channel, this.#session);
      this.#subscriptions.set(channel, subscription);
    }
    subscription.own(owner, wants);
    this.#hub.wishesChanged(channel);
    if (owner === channel) {
      this.#named++;
      subscription.named = begin;
    }
    beginSubscription(this.#hub, this.#session, subscription, owner, begin);
  }

  #forget(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.channel.name);
    this.#session.waitNoMore(subscription);
    this.#hub.leave(subscription);
  }
}

const offsetOf = ({ sent }: Subscription): number => (Number.isFinite(sent) ? sent : 0);

function nameError(name: string, { options: { namespaces } }: Hub): ErrorData | undefined {
  if (name === "*") return undefined;
  return isPattern(name) ? namespaceError(namespaceOf(name), namespaces) : channelError(name, namespaces);
}
