/** One connection: who it is, what it asked for, what it gets. */
import {
  type CloseName,
  type Control,
  type ControlData,
  type Draft,
  decodeFrame,
  type ErrorData,
  type Health,
  isControlType,
  type LeaseData,
  type Limits,
  type Message,
  type PresenceData,
  type PublishResult,
  type Snapshot,
  type SubscribeData,
  type SubscriptionUpdate,
} from "@signalbox/protocol";
import { errorData } from "./errors.ts";
import type { View } from "./hide/index.ts";
import type { Hub } from "./hub.ts";
import { type Failure, hasFailed, type Outbox, type Principal } from "./hub-ports.ts";
import { type Interest, Interests } from "./interests.ts";
import { type Delivery, type Droppable, lanes, roomFor } from "./lanes.ts";
import type { SharedPublication } from "./publication.ts";
import { IgnoredRefusals } from "./rates/ignored-refusals.ts";
import { noRights, type Rights } from "./rights/rights.ts";
import type { StateMessages } from "./states/messages.ts";
import type { StateWatcher } from "./states/watcher.ts";
import type { Receiver, Subscription } from "./subscription.ts";
import type { Tally } from "./tally.ts";

/** Messages that may wait while a token is being verified. */
const waitingForAuth = 1_000;
/** Kept of what a client calls itself. */
const clientCharacters = 80;
/** A token's end is announced so long before, milliseconds. */
const warnMs = 30_000;

const isControl = ({ type }: Draft): boolean => isControlType(type);

export interface SessionInfo {
  transport: string;
  /** Where the connection comes from, if that is known. */
  address?: string | undefined;
}

export class Session implements Receiver {
  readonly transport: string;
  readonly limits: Limits;
  readonly openedMs: number;
  /** Where it comes from, if that is known. */
  readonly address: string | undefined;
  /** Of those that its hub has admitted. */
  number = 0;
  /** Publications and states given to it so far. */
  given = 0;
  /** What its client calls itself. */
  client: string | undefined;
  /** When the outbox filled up; undefined while it drains. */
  fullSinceMs: number | undefined;
  #hub: Hub;
  readonly #outbox: Outbox;
  readonly #tally: Tally;
  /** Events it was told in gaps `slow` that it would not get; made with the first. */
  #dropped: Health["dropped"] | undefined;
  #interests: Interests | undefined;
  /** Those that wait for room; made for the first one. */
  #paused: Set<Subscription> | undefined;
  #id: string | undefined;
  #principal: Principal | undefined;
  /** What of events it does not see; `undefined`: it sees all. */
  #view: View | undefined;
  /** Messages that wait until a token is verified; `undefined` when none has to. */
  #held: Draft[] | undefined;
  #refusals: IgnoredRefusals | undefined;
  #warned = false;
  #gone = false;
  #pending = 0;
  #badInARow = 0;

  constructor(hub: Hub, outbox: Outbox, principal: Principal | undefined, { transport, address }: SessionInfo) {
    this.#hub = hub;
    this.#outbox = outbox;
    this.#principal = principal;
    this.#tally = hub.options.tally;
    this.#view = principal && hub.options.hiding.viewOf(principal);
    this.transport = transport;
    this.address = address;
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

  get rights(): Rights {
    return this.#principal?.rights ?? noRights;
  }

  /** What of events it does not see; `undefined`: it sees all. */
  get view(): View | undefined {
    return this.#view;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Nothing is being looked up: every request so far has its answer. */
  get settled(): boolean {
    return this.#pending === 0;
  }

  /** Asked for by the client; a pattern counts as one. */
  get subscriptions(): number {
    return this.#interests?.count ?? 0;
  }

  /** What it is sent, by name; at most `limit`. */
  interests(limit: number): Interest[] {
    return this.#interests?.list(limit) ?? [];
  }

  /** §3.10: how this connection fares. */
  health(): Health {
    const { coalesce, latest } = this.#dropped ?? { coalesce: 0, latest: 0 };
    return {
      queuedBytes: this.#outbox.waitingBytes,
      windowBytes: this.windowBytes,
      behind: this.#interests?.behind ?? 0,
      dropped: { coalesce, latest },
    };
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
    if (this.#held !== undefined) {
      this.#hold(this.#held, drafts);
      return;
    }
    if (this.#principal === undefined) {
      this.#acceptEarly(drafts);
      return;
    }
    this.begin();
    if (!drafts.some(isControl)) {
      this.#publish(drafts);
      this.end();
      return;
    }
    let events: Draft[] = [];
    for (const [index, draft] of drafts.entries()) {
      if (!isControlType(draft.type)) {
        events.push(draft);
        continue;
      }
      this.#publish(events);
      events = [];
      if (this.#held === undefined) this.#control(draft);
      // What came before waits for its token, and so does the rest.
      else this.#hold(this.#held, drafts.slice(index));
      if (this.#gone || this.#held !== undefined) break;
    }
    this.#publish(events);
    this.end();
  }

  /** Counts a message that a surface acts on by itself against the sender's rates. False: it was refused, and must have no effect. */
  charge(draft: Draft): boolean {
    return !this.#gone && this.#principal !== undefined && !this.#isOverRate(this.#principal, draft);
  }

  /** The outbox has room again. */
  drained(): void {
    this.fullSinceMs = undefined;
    this.#hub.connected.unstall(this);
    this.#interests?.states.drained();
    this.#hub.presence.drained(this);
    if (this.#paused === undefined) return;
    const paused = [...this.#paused];
    this.#paused = undefined;
    const lanesOf = paused.map((subscription) => subscription.lane);
    for (const lane of lanes) {
      for (const [index, subscription] of paused.entries()) if (lanesOf[index] === lane) subscription.pump();
    }
    this.#tellSettled();
  }

  /** The connection is gone: forget everything about it. */
  closed(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#interests?.end();
    this.#hub.presence.closed(this);
    this.#hub.demands.closed(this);
    this.#paused = undefined;
    this.#held = undefined;
    this.#hub.connected.left(this);
  }

  /** Looks at the token's end: a warning before it, the connection's end some time after. */
  expire(nowMs: number): void {
    const expiresAt = this.#principal?.expiresAtMs;
    if (expiresAt === undefined) return;
    const closesAt = expiresAt + this.limits.graceMs;
    if (nowMs >= closesAt) this.close("token_expired");
    else if (!this.#warned && nowMs >= expiresAt - warnMs) {
      this.#warned = true;
      this.tell("auth_expiring", { expiresAt, closesAt });
    }
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

  /** `channel`: what it is of; absent for states. */
  full(delivery: Delivery, channel?: string): boolean {
    const { chunking } = this.#outbox;
    if (chunking !== undefined && (delivery === "latest" || chunking === channel)) return true;
    return this.#outbox.waitingBytes >= this.windowBytes * roomFor[delivery];
  }

  wait(subscription: Subscription): void {
    this.#paused ??= new Set();
    this.#paused.add(subscription);
    this.waitForRoom();
  }

  /** Somebody has something to send and no room for it. */
  waitForRoom(): void {
    if (this.fullSinceMs !== undefined) return;
    this.fullSinceMs = this.#hub.ports.nowMs();
    this.#hub.connected.stall(this);
  }

  seen(publication: SharedPublication): SharedPublication {
    return this.#view === undefined ? publication : this.#view.publication(publication);
  }

  publication(publication: SharedPublication): void {
    this.#tally.delivered++;
    this.given++;
    this.#outbox.publication(publication);
  }

  states(messages: StateMessages): void {
    this.#tally.delivered += messages.texts.length;
    this.given += messages.texts.length;
    this.#outbox.states(messages);
  }

  /** A subscription to states that cannot go on. */
  forgetStates(watcher: StateWatcher): void {
    this.#interests?.states.forget(watcher);
  }

  update(update: SubscriptionUpdate, correlationId?: string): void {
    this.tell("subscription_update", update, correlationId);
  }

  snapshot(channel: string, reducer: string | undefined, done: (snapshot: Snapshot | undefined) => void): void {
    if (!this.rights.may("history", channel)) {
      done(undefined);
      return;
    }
    this.#hub.snapshot(channel, reducer, (answer) =>
      done(hasFailed(answer) ? undefined : this.seenState(answer.snapshot)),
    );
  }

  /** A state without what is hidden from this connection. */
  seenState(snapshot: Snapshot | undefined): Snapshot | undefined {
    if (snapshot === undefined || this.#view === undefined) return snapshot;
    return { ...snapshot, state: this.#view.state(snapshot.state) };
  }

  dropped(delivery: Droppable, count: number): void {
    this.#dropped ??= { coalesce: 0, latest: 0 };
    this.#dropped[delivery] += count;
    this.#tally.dropped[delivery] += count;
  }

  tooSlow(): void {
    if (this.#gone) return;
    this.#tally.slowCloses++;
    this.close("slow_consumer");
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
    this.#interests?.drop(subscription, failure.failed);
  }

  /** A subscription that could not begin. */
  abandon(subscription: Subscription, owner: string, error: ErrorData, correlationId: string | undefined): void {
    this.error(error, correlationId);
    this.#interests?.disown(subscription, owner);
  }

  waitNoMore(subscription: Subscription): void {
    this.#paused?.delete(subscription);
  }

  // --- inside ---

  get windowBytes(): number {
    return this.#outbox.windowBytes ?? this.limits.outboxBytes;
  }

  #welcome({ id, data }: Draft): void {
    const { client, chunks: asked, compression: read = [] } = (data ?? {}) as ControlData["connect"];
    this.client = client?.slice(0, clientCharacters);
    const chunks = asked === true && this.#outbox.chunk?.() === true;
    const compression = this.#outbox.compress?.(read) ?? [];
    this.tell(
      "connect",
      {
        ...this.#hub.welcome(this.#principal),
        ...(chunks ? { chunks } : {}),
        ...(compression.length === 0 ? {} : { compression }),
      },
      id,
    );
  }

  /** Made with the first request: many connections only publish. Their tenant is settled by then. */
  #asked(): Interests {
    this.#interests ??= new Interests(this.#hub, this);
    return this.#interests;
  }

  #tellSettled(): void {
    if (this.#pending === 0 && !this.#gone) this.#outbox.settled?.();
  }

  #hold(held: Draft[], drafts: readonly Draft[]): void {
    if (held.length + drafts.length > waitingForAuth) this.close("too_many_errors");
    else held.push(...drafts);
  }

  /** What was held back goes on, in its order. */
  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (held.length > 0) this.accept(held);
  }

  #acceptEarly(drafts: readonly Draft[]): void {
    for (const [index, draft] of drafts.entries()) {
      if (draft.type === "auth_request") {
        if (this.#check(draft)) {
          this.#held = [];
          this.#authenticate(draft, () => this.#release());
        }
      } else if (draft.type === "ping") {
        this.tell("pong", this.health(), draft.id);
      } else if (draft.type === "disconnect") {
        this.close("goodbye");
      } else {
        this.error(errorData("unauthenticated", `${draft.type} needs a token first`), draft.id);
        this.#badInARow++;
        if (this.#badInARow >= this.limits.badMessages) this.close("too_many_errors");
      }
      if (this.#gone) return;
      // Being verified, or verified at once: the rest takes the ordinary way.
      if (this.#held !== undefined || this.#principal !== undefined) {
        this.accept(drafts.slice(index + 1));
        return;
      }
    }
  }

  #authenticate(draft: Draft, then: () => void = () => {}): void {
    const { token } = draft.data as { token: string };
    this.begin();
    this.#hub.ports.authenticate(token, this.address, (answer) => {
      if (!this.#gone) this.#authenticated(answer, draft.id);
      if (!this.#gone) then();
      this.end();
    });
  }

  #authenticated(answer: Principal | Failure, correlationId: string | undefined): void {
    const before = this.#principal;
    const refusal = hasFailed(answer) ? answer : this.#refuse(before, answer);
    if (hasFailed(answer) || refusal !== undefined) {
      const { failed, message, details } = refusal ?? { failed: "internal", message: "no answer" };
      this.tell("auth_failure", errorData(failed, message, details), correlationId);
      this.close("unauthorized");
      return;
    }
    this.#principal = answer;
    this.#view = this.#hub.options.hiding.viewOf(answer);
    if (answer.expiresAtMs !== before?.expiresAtMs) this.#warned = false;
    if (before === undefined) this.#settleIn(answer);
    else this.#hub.connected.expiryChanged(this);
    const principal = { kind: answer.kind, id: answer.id };
    const expiry = answer.expiresAtMs === undefined ? {} : { expiresAt: answer.expiresAtMs };
    this.tell("auth_success", { principal, ...expiry }, correlationId);
    if (before === undefined) return;
    this.#interests?.rightsChanged();
    this.#hub.presence.rightsChanged(this);
    this.#hub.demands.rightsChanged(this, (channel) => answer.rights.may("publish", channel));
  }

  #refuse(before: Principal | undefined, now: Principal): Failure | undefined {
    if (before === undefined) return this.#hub.options.hubOf(now).connected.full(now);
    if (before.key === now.key) return undefined;
    return { failed: "unauthenticated", message: "the new token speaks for somebody else" };
  }

  /** From the hub where it waited to its tenant's. */
  #settleIn(principal: Principal): void {
    this.#hub.connected.handOver(this);
    this.#hub = this.#hub.options.hubOf(principal);
    this.#hub.connected.admit(this, principal);
  }

  #publish(events: readonly Draft[]): void {
    const principal = this.#principal;
    if (events.length === 0 || principal === undefined) return;
    this.#badInARow = 0;
    this.begin();
    let begun = false;
    this.#hub.publish(
      events,
      { principal, address: this.address },
      (results) => {
        this.tell("ack", { results }, events.length === 1 ? results[0]?.id : undefined);
        this.#countRefusals(results);
        this.end();
      },
      () => {
        begun = true;
        if (this.#held !== undefined) this.#release();
      },
    );
    if (!begun) this.#held = [];
  }

  #countRefusals(results: readonly PublishResult[]): void {
    for (const result of results) {
      if ("error" in result && result.error.name === "rate_limited") this.#refusedForRate();
    }
  }

  /** Whoever goes on in spite of refusals is cut off: answering them costs as much as serving others. */
  #refusedForRate(): void {
    if (this.#gone) return;
    this.#refusals ??= new IgnoredRefusals(this.limits.ignoredRefusals);
    if (this.#refusals.oneMore(this.#hub.ports.steadyMs())) this.close("too_fast");
  }

  #isOverRate(principal: Principal, draft: Draft): boolean {
    const over = this.#hub.overRate(principal, this.address, draft.type, this.#hub.ports.steadyMs());
    if (over === undefined) return false;
    this.error(errorData(over.failed, over.message, over.details), draft.id);
    this.#refusedForRate();
    return true;
  }

  #lease({ id, data }: Draft, principal: Principal): void {
    this.begin();
    const { demand } = data as LeaseData;
    this.#hub.steering.leases.ask(data as LeaseData, { principal, address: this.address }, (answer) => {
      if (hasFailed(answer)) this.error(errorData(answer.failed, answer.message, answer.details), id);
      else {
        this.tell("lease", answer, id);
        const { channel, epoch, state } = answer;
        if (!this.#gone && state === "held" && epoch !== undefined) {
          this.#hub.demands.bind(channel, this, epoch, demand);
        }
      }
      this.end();
    });
  }

  #presence({ id, data }: Draft, principal: Principal): void {
    const { presence } = this.#hub;
    this.begin();
    presence.whenMet(() => {
      if (!this.#gone) {
        const answer = presence.ask(this, this.#principal ?? principal, data as PresenceData);
        if (hasFailed(answer)) this.error(errorData(answer.failed, answer.message, answer.details), id);
        else this.tell("presence", answer, id);
      }
      this.end();
    });
  }

  #unsubscribe({ channel, states = false }: ControlData["unsubscribe"], correlationId: string | undefined): void {
    if (states) this.#asked().states.unsubscribe(channel, correlationId);
    else this.#asked().unsubscribe(channel, correlationId);
  }

  /** The data of a control message, checked against its schema. */
  #check(draft: Draft): boolean {
    const checked = this.#hub.options.catalogue.checkControl(draft.type, draft.data ?? {});
    if (!checked.ok) this.refuse(checked.path, checked.rule, draft.id);
    return checked.ok;
  }
  #control(draft: Draft): void {
    const principal = this.#principal;
    if (principal === undefined || this.#isOverRate(principal, draft) || !this.#check(draft)) return;
    const badBefore = this.#badInARow;
    this.#badInARow = 0;
    switch (draft.type) {
      case "connect":
        this.#welcome(draft);
        break;
      case "ping":
        this.tell("pong", this.health(), draft.id);
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
        this.#asked().subscribe(draft.data as SubscribeData, draft.id);
        break;
      case "unsubscribe":
        this.#unsubscribe(draft.data as ControlData["unsubscribe"], draft.id);
        break;
      case "lease":
        this.#lease(draft, principal);
        break;
      case "presence":
        this.#presence(draft, principal);
        break;
      default:
        this.#badInARow = badBefore;
        this.refuse("/type", `must not be ${draft.type}: only the gateway sends that`, draft.id);
    }
  }
}
