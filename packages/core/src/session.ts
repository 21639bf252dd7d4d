/** One connection: who it is, what it asked for, what it gets. */
import {
  type CloseName,
  type Control,
  type Draft,
  decodeFrame,
  type ErrorData,
  type ErrorName,
  type Filter,
  isControlType,
  isPattern,
  type Limits,
  type Message,
  matchesPattern,
  namespaceOf,
  type Snapshot,
  type SubscribeData,
  type SubscriptionUpdate,
} from "@signalbox/protocol";
import { errorData } from "./errors.ts";
import { compileFilter, type Test } from "./filter.ts";
import type { Hub } from "./hub.ts";
import { type Failure, hasFailed, type Outbox, type Principal } from "./hub-ports.ts";
import { channelError, namespaceError } from "./intake.ts";
import { PatternSubscription } from "./pattern.ts";
import type { SharedPublication } from "./publication.ts";
import { type Begin, beginSubscription } from "./resume.ts";
import type { Receiver, Subscription } from "./subscription.ts";

/** Messages that may wait while a token is being verified. */
const waitingForAuth = 1_000;

export class Session implements Receiver {
  readonly transport: string;
  readonly limits: Limits;
  readonly openedMs: number;
  /** When the outbox filled up; undefined while it drains. */
  fullSinceMs: number | undefined;
  readonly #hub: Hub;
  readonly #outbox: Outbox;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #patterns = new Map<string, PatternSubscription>();
  readonly #paused = new Set<Subscription>();
  #id: string | undefined;
  #principal: Principal | undefined;
  #authenticating = false;
  #early: Draft[] = [];
  #gone = false;
  #pending = 0;
  #badInARow = 0;
  /** Subscriptions asked for by name; channels that a pattern brought do not count. */
  #named = 0;

  constructor(hub: Hub, outbox: Outbox, principal: Principal | undefined, transport: string) {
    this.#hub = hub;
    this.#outbox = outbox;
    this.#principal = principal;
    this.transport = transport;
    this.limits = hub.options.limits;
    this.openedMs = hub.ports.nowMs();
  }

  /** Made when first asked for: most connections never need it, and a new one takes half a kilobyte. */
  get id(): string {
    this.#id ??= this.#hub.ports.newId();
    return this.#id;
  }

  get principal(): Principal | undefined {
    return this.#principal;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Nothing is being looked up: every request so far has its answer. */
  get settled(): boolean {
    return this.#pending === 0;
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  get replayEvents(): number {
    return this.limits.replayEvents;
  }

  get replayBytes(): number {
    return this.limits.replayBytes;
  }

  /** One text frame from the network. */
  receive(text: string): void {
    if (this.#gone) return;
    const decoded = decodeFrame(text, this.limits);
    if (decoded.ok) this.accept(decoded.drafts);
    else if (decoded.fatal) this.close("bad_message");
    else this.refuse(decoded.path, decoded.rule, decoded.id);
  }

  /** A message that breaks a rule: an error each, and the end when they do not stop. */
  refuse(path: string, rule: string, correlationId?: string): void {
    this.error(errorData("invalid_message", `${path || "the message"} ${rule}`, { path, rule }), correlationId);
    this.#badInARow++;
    if (this.#badInARow >= this.limits.badMessages) this.close("too_many_errors");
  }

  /** Messages already decoded, in order. */
  accept(drafts: readonly Draft[]): void {
    if (this.#gone) return;
    if (this.#principal === undefined) {
      this.#acceptEarly(drafts);
      return;
    }
    this.begin();
    let events: Draft[] = [];
    for (const draft of drafts) {
      if (!isControlType(draft.type)) {
        events.push(draft);
        continue;
      }
      this.#publish(events);
      events = [];
      this.#control(draft);
      if (this.#gone) break;
    }
    this.#publish(events);
    this.end();
  }

  /** The outbox has room again. */
  drained(): void {
    this.fullSinceMs = undefined;
    this.#hub.unstall(this);
    if (this.#paused.size === 0) return;
    const paused = [...this.#paused];
    this.#paused.clear();
    for (const subscription of paused) subscription.pump();
    this.#tellSettled();
  }

  /** The connection is gone: forget everything about it. */
  closed(): void {
    if (this.#gone) return;
    this.#gone = true;
    for (const pattern of this.#patterns.values()) this.#hub.leavePattern(pattern);
    for (const subscription of this.#subscriptions.values()) this.#hub.leave(subscription);
    this.#patterns.clear();
    this.#subscriptions.clear();
    this.#paused.clear();
    this.#early = [];
    this.#hub.left(this);
  }

  close(code: CloseName): void {
    if (this.#gone) return;
    this.closed();
    this.#outbox.close(code);
  }

  tell<Type extends Control["type"]>(
    type: Type,
    data: Extract<Control, { type: Type }>["data"],
    correlationId?: string,
  ): void {
    if (this.#gone) return;
    const message: Message = { id: this.#hub.ports.newId(), type, timestamp: this.#hub.ports.nowMs(), data };
    if (correlationId !== undefined) message.metadata = { correlationId };
    this.#outbox.control(message);
  }

  error(data: ErrorData, correlationId?: string): void {
    this.tell("error", data, correlationId);
  }

  // --- Receiver: what subscriptions use ---

  full(): boolean {
    return this.#outbox.waitingBytes >= this.limits.outboxBytes;
  }

  wait(subscription: Subscription): void {
    this.#paused.add(subscription);
    if (this.fullSinceMs !== undefined) return;
    this.fullSinceMs = this.#hub.ports.nowMs();
    this.#hub.stall(this);
  }

  publication(publication: SharedPublication): void {
    this.#outbox.publication(publication);
  }

  update(update: SubscriptionUpdate, correlationId?: string): void {
    this.tell("subscription_update", update, correlationId);
  }

  snapshot(channel: string, done: (snapshot: Snapshot | undefined) => void): void {
    this.#hub.snapshot(channel, (answer) => done(hasFailed(answer) ? undefined : answer.snapshot));
  }

  begin(): void {
    this.#pending++;
  }

  end(): void {
    this.#pending--;
    this.#tellSettled();
  }

  fail(subscription: Subscription, failure: Failure): void {
    this.error(errorData(failure.failed, failure.message, { ...failure.details, channel: subscription.channel.name }));
    this.#drop(subscription, failure.failed);
  }

  // --- patterns ---

  /** A channel of a pattern: joins it unless this connection has it through that pattern already. */
  join(pattern: PatternSubscription, channel: string, begin: Begin): void {
    if (this.#gone || this.#subscriptions.get(channel)?.owners.has(pattern.name)) return;
    this.#own(channel, pattern.name, pattern.filter, { ...begin, pattern: pattern.name });
  }

  // --- inside ---

  #tellSettled(): void {
    if (this.#pending === 0 && !this.#gone) this.#outbox.settled?.();
  }

  #acceptEarly(drafts: readonly Draft[]): void {
    for (const [index, draft] of drafts.entries()) {
      if (this.#authenticating) {
        if (this.#early.length >= waitingForAuth) this.close("too_many_errors");
        else this.#early.push(draft);
      } else if (draft.type === "auth_request") {
        this.#authenticate(draft);
      } else if (draft.type === "ping") {
        this.tell("pong", {}, draft.id);
      } else if (draft.type === "disconnect") {
        this.close("goodbye");
      } else {
        this.error(errorData("unauthenticated", `${draft.type} needs a token first`), draft.id);
        this.#badInARow++;
        if (this.#badInARow >= this.limits.badMessages) this.close("too_many_errors");
      }
      if (this.#gone) return;
      // Verified at once: the rest is ordinary.
      if (this.#principal !== undefined) {
        this.accept(drafts.slice(index + 1));
        return;
      }
    }
  }

  #authenticate(draft: Draft): void {
    if (!this.#check(draft)) return;
    const { token } = draft.data as { token: string };
    this.#authenticating = true;
    this.begin();
    this.#hub.ports.authenticate(token, (answer) => {
      this.#authenticating = false;
      if (!this.#gone) this.#authenticated(answer, draft.id);
      this.end();
    });
  }

  #authenticated(answer: Principal | Failure, correlationId: string | undefined): void {
    if (hasFailed(answer)) {
      this.tell("auth_failure", errorData(answer.failed, answer.message), correlationId);
      this.close("unauthorized");
      return;
    }
    const before = this.#principal;
    if (before !== undefined && (before.id !== answer.id || before.kind !== answer.kind)) {
      this.tell("auth_failure", errorData("unauthenticated", "the new token speaks for somebody else"), correlationId);
      this.close("unauthorized");
      return;
    }
    this.#principal = answer;
    this.#hub.admitted(this);
    const principal = { kind: answer.kind, id: answer.id };
    const expiry = answer.expiresAtMs === undefined ? {} : { expiresAt: answer.expiresAtMs };
    this.tell("auth_success", { principal, ...expiry }, correlationId);
    const early = this.#early;
    this.#early = [];
    if (early.length > 0) this.accept(early);
  }

  #publish(events: readonly Draft[]): void {
    const principal = this.#principal;
    if (events.length === 0 || principal === undefined) return;
    this.#badInARow = 0;
    this.begin();
    this.#hub.publish(events, principal, (results) => {
      this.tell("ack", { results }, events.length === 1 ? results[0]?.id : undefined);
      this.end();
    });
  }

  /** The data of a control message, checked against its schema. */
  #check(draft: Draft): boolean {
    const checked = this.#hub.options.catalogue.checkControl(draft.type, draft.data ?? {});
    if (!checked.ok) this.refuse(checked.path, checked.rule, draft.id);
    return checked.ok;
  }

  #control(draft: Draft): void {
    if (!this.#check(draft)) return;
    const badBefore = this.#badInARow;
    this.#badInARow = 0;
    switch (draft.type) {
      case "connect":
        this.tell("connect", this.#hub.welcome(this.#principal), draft.id);
        break;
      case "ping":
        this.tell("pong", {}, draft.id);
        break;
      case "pong":
        break;
      case "disconnect":
        this.close("goodbye");
        break;
      case "auth_request":
        this.#authenticate(draft);
        break;
      case "subscribe":
        this.#subscribe(draft.data as SubscribeData, draft.id);
        break;
      case "unsubscribe":
        this.#unsubscribe((draft.data as { channel: string }).channel, draft.id);
        break;
      default:
        this.#badInARow = badBefore;
        this.refuse("/type", `must not be ${draft.type}: only the gateway sends that`, draft.id);
    }
  }

  #subscribe(data: SubscribeData, correlationId: string | undefined): void {
    const name = data.channel ?? `${data.resource}:${data.id}`;
    const pattern = isPattern(name);
    const wrong =
      pattern && name === "*"
        ? undefined
        : pattern
          ? namespaceError(namespaceOf(name), this.#hub.options.namespaces)
          : channelError(name, this.#hub.options.namespaces);
    if (wrong !== undefined) this.error(wrong, correlationId);
    else if (this.#patterns.has(name) || this.#subscriptions.get(name)?.owners.has(name)) {
      this.error(errorData("already_subscribed", `${name} is subscribed already`), correlationId);
    } else if (this.#named + this.#patterns.size >= this.limits.subscriptions) {
      const limit = this.limits.subscriptions;
      this.error(errorData("too_many_subscriptions", `at most ${limit} subscriptions`, { limit }), correlationId);
    } else {
      const test = compileFilter(filterOf(data), (publication) => this.#hub.tagsOf(publication));
      if (pattern) this.#subscribePattern(name, data, test, correlationId);
      else {
        const { since = "now", snapshot = false } = data;
        this.#own(name, name, test, { since, snapshot, correlationId });
      }
    }
  }

  #subscribePattern(
    name: string,
    data: SubscribeData,
    filter: Test | undefined,
    correlationId: string | undefined,
  ): void {
    const pattern = new PatternSubscription(name, this, filter, data, correlationId);
    this.#patterns.set(name, pattern);
    this.#hub.joinPattern(pattern);
  }

  /** Gives a channel's delivery one more owner, and begins it where that owner wants. */
  #own(channel: string, owner: string, test: Test | undefined, begin: Begin): void {
    let subscription = this.#subscriptions.get(channel);
    if (subscription === undefined) {
      subscription = this.#hub.enter(channel, this);
      this.#subscriptions.set(channel, subscription);
    }
    subscription.owners.set(owner, test);
    if (owner === channel) this.#named++;
    beginSubscription(this.#hub, this, subscription, owner, begin);
  }

  /** A subscription that could not begin. */
  abandon(subscription: Subscription, owner: string, error: ErrorData, correlationId: string | undefined): void {
    this.error(error, correlationId);
    this.#disown(subscription, owner);
  }

  #unsubscribe(name: string, correlationId: string | undefined): void {
    const pattern = this.#patterns.get(name);
    const subscription = this.#subscriptions.get(name);
    if (pattern === undefined && !subscription?.owners.has(name)) {
      this.error(errorData("not_subscribed", `${name} is not subscribed`), correlationId);
      return;
    }
    if (pattern !== undefined) {
      this.#patterns.delete(name);
      this.#hub.leavePattern(pattern);
      for (const [channel, joined] of this.#subscriptions) {
        if (matchesPattern(name, channel)) this.#disown(joined, name);
      }
    } else if (subscription !== undefined) {
      this.#disown(subscription, name);
    }
    const epoch = subscription?.channel.epoch ?? "";
    const offset = subscription !== undefined && Number.isFinite(subscription.sent) ? subscription.sent : 0;
    this.update({ channel: name, state: "unsubscribed", epoch, offset }, correlationId);
  }

  #disown(subscription: Subscription, owner: string): void {
    if (subscription.owners.delete(owner) && owner === subscription.channel.name) this.#named--;
    if (subscription.owners.size === 0) this.#forget(subscription);
  }

  #forget(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.channel.name);
    this.#paused.delete(subscription);
    this.#hub.leave(subscription);
  }

  #drop(subscription: Subscription, reason: ErrorName): void {
    const { channel } = subscription;
    if (subscription.owners.has(channel.name)) this.#named--;
    this.#forget(subscription);
    const offset = Number.isFinite(subscription.sent) ? subscription.sent : 0;
    this.update({ channel: channel.name, state: "unsubscribed", epoch: channel.epoch, offset, reason });
  }
}

function filterOf(data: SubscribeData): Filter | undefined {
  if (data.resource === undefined || data.events === undefined) return data.filter;
  const prefix = `${data.resource}_`;
  const types = data.events.map((event) => (event.startsWith(prefix) ? event : `${prefix}${event}`));
  return { ...data.filter, types: [...types, ...(data.filter?.types ?? []), ...data.events] };
}
