/**
 * The client's session, pure: facts and the time in, effects out.
 *
 * One link at a time carries everything. Below the best way a second one, the candidate, is opened now and then; once
 * the gateway answers on it, it takes over: subscriptions begin there at their positions, so nothing is lost, and what
 * both links brought is dropped by position.
 */
import type { ControlData, Draft, ErrorData, Message } from "@signalbox/protocol";
import { type Backoff, backoffMs } from "./backoff.ts";
import { dataOf, isPublication, retryAfterMs } from "./decode.ts";
import type { Effect, PublishEffect } from "./effects.ts";
import { closed } from "./errors.ts";
import type { Failure, Ladder, Way } from "./ladder.ts";
import { after, isFinal, isUnauthorized, type LinkEvent, reasonOf } from "./link-state.ts";
import type { Item, Outbox } from "./outbox.ts";
import { outgoing } from "./outgoing.ts";
import type { Rider } from "./rider.ts";
import { Subscriptions } from "./subscriptions.ts";
import { type Cause, type Fate, lastMs, never, type Outgoing } from "./transport.ts";
import type { ClientOptions, LinkState, Problem } from "./types.ts";
import { Watching } from "./watching.ts";

/** How long a ping may stay without any answer. */
const pongMs = 10_000;
/** And after a pause of the page or a change of the network, when the link is more likely dead than not. */
const wakePongMs = 3_000;
/** Until the gateway says its own. */
const defaultHeartbeatMs = 25_000;
/** Several changes in a row make one new stream or poll. */
const restartMs = 20;
/** Between a WebSocket's opening and the gateway's first word. */
const answerMs = 10_000;
const silence: Cause = { code: 3001, name: "heartbeat_timeout" };

export interface SessionOptions {
  ways: readonly Way[];
  /** Chooses among them; a client with one way has none. */
  ladder?: Ladder | undefined;
  name?: string | undefined;
  backoff: Backoff;
  /** Decides when to connect again, instead of `backoff`. */
  reconnect?: ClientOptions["reconnect"];
  /** Makes the queue of publishes; a client that only watches has none. */
  outbox?:
    | ((tell: (effect: PublishEffect) => void, newId: () => string, delayMs: (tries: number) => number) => Outbox)
    | undefined;
  /** A refused token can be replaced by asking for another. */
  canRenew: boolean;
  /** 0 ≤ x < 1. */
  random: () => number;
  newId: () => string;
}

interface Attempt {
  readonly link: number;
  /** Its place among the ways. */
  readonly index: number;
  readonly way: Way;
  /** Bytes can flow. */
  opened: boolean;
  /** The first word must come by then. */
  deadlineMs: number;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #pauseMs: (tries: number) => number;
  readonly #subscriptions: Subscriptions;
  readonly #outbox: Outbox | undefined;
  readonly #riders = new Set<Rider>();
  #effects: Effect[] = [];
  #state: LinkState["state"] = "idle";
  #reason: LinkState["reason"];
  /** Since the last success, or since somebody or something asked for another try. */
  #attempt = 0;
  /** When the first of them began. */
  #triesFromMs = 0;
  #retryAtMs = never;
  #offlineSinceMs: number | undefined;
  #stopped: Problem | undefined;
  #hintMs: number | undefined;
  #renewed = false;
  #links = 0;
  #current: Attempt | undefined;
  #candidate: Attempt | undefined;
  #climbAtMs = never;
  #restartAtMs = never;
  #heartbeatMs = defaultHeartbeatMs;
  #seenMs = 0;
  /** A ping that has no answer yet. */
  #pingedMs = never;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#pauseMs = (tries) => backoffMs(tries, options.random(), options.backoff);
    this.#subscriptions = new Subscriptions(options.newId, this.#pauseMs);
    this.#outbox = options.outbox?.((effect) => this.#effects.push(effect), options.newId, this.#pauseMs);
  }

  // --- what the program wants ---

  connect(nowMs: number): void {
    this.#enter("connect", nowMs);
  }

  /** The network or the page came back, or changed. */
  wake(nowMs: number): void {
    if (this.#state === "live" && nowMs - this.#seenMs > this.#quietMs() + pongMs) this.#lose(silence, nowMs);
    if (this.#state === "live") this.#ping(nowMs - (pongMs - wakePongMs));
    else this.#enter("wake", nowMs);
  }

  close(nowMs: number): void {
    this.#stop("close", { problem: closed("The client was closed.") }, nowMs);
  }

  watch(name: string, options: Watching["options"], nowMs: number): Watching {
    const watch = new Watching(name, options, (effect) => this.#effects.push(effect));
    this.#subscriptions.add(watch);
    this.#enter("need", nowMs);
    return watch;
  }

  unwatch(watch: Watching): void {
    this.#subscriptions.remove(watch);
  }

  ride(rider: Rider, nowMs: number): void {
    this.#riders.add(rider);
    this.#enter("need", nowMs);
  }

  alight(rider: Rider): void {
    this.#riders.delete(rider);
  }

  publish(draft: Draft, nowMs: number): Item | Problem {
    this.#enter("need", nowMs);
    const live = this.#state === "live";
    return this.#stopped ?? this.#outbox?.add(draft, nowMs, live) ?? closed("This client only watches.");
  }

  // --- what links tell ---

  /** The attempt has its token and begins now. */
  dialing(link: number, nowMs: number): void {
    const attempt = this.#find(link);
    if (attempt) attempt.deadlineMs = nowMs + (this.#options.ladder?.patienceMs(attempt.index) ?? lastMs);
  }

  opening(link: number, nowMs: number): { texts: string[]; fresh: boolean } {
    const attempt = this.#find(link);
    const out: Outgoing[] = [];
    let fresh = this.#state !== "live" || this.#dueMs() <= nowMs;
    if (attempt) {
      const { opened, way } = attempt;
      if (!opened && way.duplex) attempt.deadlineMs = nowMs + answerMs;
      attempt.opened = true;
      out.push(outgoing(this.#options.newId(), "connect", { client: this.#options.name, ...way.asks }));
      // A candidate first has to prove itself; subscriptions stay where they are.
      if (attempt !== this.#current || this.#options.ladder?.doubts(attempt.index)) fresh = true;
      else {
        this.#restartAtMs = never;
        out.push(...this.#asks(nowMs, true, !way.duplex));
      }
    }
    return { texts: out.map(({ text }) => text), fresh };
  }

  received(link: number, messages: readonly Message[], nowMs: number): void {
    this.alive(link, nowMs);
    for (const message of messages) {
      // An earlier message of the same frame may have ended the link.
      const attempt = this.#find(link);
      if (attempt) this.#message(attempt, message, nowMs);
    }
  }

  acked(link: number, results: readonly Fate[], nowMs: number): void {
    if (link === this.#current?.link) this.#outbox?.acked(results, nowMs);
  }

  alive(link: number, nowMs: number): void {
    if (link !== this.#current?.link) return;
    this.#seenMs = nowMs;
    this.#pingedMs = never;
  }

  closed(link: number, cause: Cause, nowMs: number): void {
    if (link === this.#candidate?.link) this.#candidateFailed(nowMs);
    else if (link === this.#current?.link) this.#ended(cause, cause.unreachable ? "unreachable" : "other", nowMs);
  }

  /** While it lives: what will end it, or that nothing will. */
  warned(link: number, problem: Problem | undefined): void {
    if (link === this.#current?.link) this.#reason = problem && reasonOf({ problem });
  }

  // --- time ---

  /** When `tick` has something to do; Infinity for never. */
  nextMs(): number {
    const { deadlineMs = never } = this.#current ?? {};
    const next = Math.min(this.#retryAtMs, deadlineMs, this.#candidate?.deadlineMs ?? never);
    if (this.#state !== "live") return next;
    return Math.min(
      next,
      this.#restartAtMs < never ? this.#restartAtMs : this.#dueMs(),
      this.#beatMs(),
      this.#candidate ? never : this.#climbAtMs,
      this.#outbox?.heldUntilMs ?? never,
    );
  }

  tick(nowMs: number): void {
    if ((this.#candidate?.deadlineMs ?? never) <= nowMs) this.#candidateFailed(nowMs);
    if ((this.#current?.deadlineMs ?? never) <= nowMs) this.#ended({}, "silent", nowMs);
    if (this.#retryAtMs <= nowMs) this.#enter("due", nowMs);
    if (this.#state === "live" && this.#beatMs() <= nowMs) {
      if (this.#pingedMs < never) this.#lose(silence, nowMs);
      else {
        this.#ping(nowMs);
        this.#pingedMs = nowMs;
      }
    }
    if (this.#state === "live" && !this.#candidate && this.#climbAtMs <= nowMs) this.#candidate = this.#open(0);
    this.flush(nowMs);
  }

  /** Sends what changed; several changes before it go out together. */
  flush(nowMs: number): void {
    if (this.#state !== "live") return;
    const { link = 0, way } = this.#current ?? {};
    if (this.#dueMs() <= nowMs) {
      if (way?.duplex) this.#send(...this.#asks(nowMs, false, false));
      else this.#restartAtMs = Math.min(this.#restartAtMs, nowMs + restartMs);
    }
    if (this.#restartAtMs <= nowMs) {
      this.#restartAtMs = never;
      this.#effects.push({ do: "restart", link });
    }
    for (const batch of this.#outbox?.take(nowMs) ?? []) this.#effects.push({ do: "send", link, batch });
  }

  // --- what is shown ---

  takeEffects(): Effect[] {
    for (const watch of this.#subscriptions.watches()) {
      watch.cut();
      const status = watch.statusNow(this.#state === "live");
      if (status === watch.status) continue;
      watch.status = status;
      this.#effects.push({ do: "state", watch });
    }
    const taken = this.#effects;
    this.#effects = [];
    return taken;
  }

  linkState(): LinkState {
    let catchingUp = 0;
    for (const { status } of this.#subscriptions.watches()) {
      if (status === "subscribing" || status === "catching_up") catchingUp++;
    }
    return {
      state: this.#state,
      transport: this.#current?.way.name,
      attempt: this.#attempt,
      retryAtMs: this.#retryAtMs < never ? this.#retryAtMs : undefined,
      offlineSinceMs: this.#offlineSinceMs,
      reason: this.#reason,
      catchingUp,
      queued: this.#outbox?.size ?? 0,
      notSent: this.#subscriptions.notSent,
    };
  }

  // --- inside ---

  #message(attempt: Attempt, message: Message, nowMs: number): void {
    const { type } = message;
    const correlationId = message.metadata?.correlationId;
    if (type === "connect") this.#welcomed(attempt, dataOf(message), nowMs);
    else if (attempt !== this.#current || [...this.#riders].some((rider) => rider.take(message))) return;
    else if (isPublication(message)) this.#subscriptions.publication(message, nowMs);
    else if (type === "subscription_update") this.#subscriptions.update(message, nowMs);
    else if (type === "ack") this.#outbox?.acked(dataOf<ControlData["ack"]>(message).results, nowMs);
    else if (type === "disconnect") this.#hintMs = dataOf<ControlData["disconnect"]>(message).reconnectAfterMs;
    else if (type === "error") {
      const error = dataOf<ErrorData>(message);
      if (error.name === "unauthenticated") this.#ended({ problem: error }, "other", nowMs);
      else if (!this.#outbox?.error(error, correlationId, nowMs))
        this.#subscriptions.error(error, correlationId, nowMs);
    }
  }

  /** When something must be asked. */
  #dueMs(): number {
    for (const rider of this.#riders) if (rider.due()) return 0;
    return this.#subscriptions.dueMs();
  }

  #asks(nowMs: number, all: boolean, again: boolean): Outgoing[] {
    const asks = this.#subscriptions.asks(nowMs, all);
    for (const rider of this.#riders) asks.push(...rider.asks(all, again));
    return asks;
  }

  #unsubscribed(lost: boolean): void {
    this.#subscriptions.unlink(lost);
    for (const rider of this.#riders) rider.unlink(lost);
  }

  /** The gateway answered: this way works. */
  #welcomed(attempt: Attempt, { heartbeatMs, limits }: ControlData["connect"], nowMs: number): void {
    attempt.deadlineMs = never;
    if (attempt === this.#candidate) {
      this.#candidate = undefined;
      this.#drop(this.#current);
      this.#current = attempt;
      this.#unsubscribed(false);
      this.#outbox?.requeue();
    } else if (this.#state === "live") return;
    this.#state = after[this.#state].opened;
    this.#seenMs = nowMs;
    this.#pingedMs = never;
    this.#heartbeatMs = heartbeatMs ?? defaultHeartbeatMs;
    this.#outbox?.begin(limits?.frameBytes);
    this.#attempt = 0;
    this.#renewed = false;
    this.#offlineSinceMs = this.#reason = undefined;
    this.#options.ladder?.worked(attempt.index, nowMs);
    this.#climbLater(nowMs);
  }

  #climbLater(nowMs: number): void {
    const { ladder, random } = this.#options;
    this.#climbAtMs = nowMs + (ladder?.climbMs(this.#current?.index ?? 0, random()) ?? never);
  }

  #candidateFailed(nowMs: number): void {
    const { index = 0 } = this.#candidate ?? {};
    this.#drop(this.#candidate);
    this.#candidate = undefined;
    if (index + 1 < (this.#current?.index ?? 0)) this.#candidate = this.#open(index + 1);
    else this.#climbLater(nowMs);
  }

  /** The current link ended, or could not be opened. */
  #ended(cause: Cause, failure: Failure, nowMs: number): void {
    if (isUnauthorized(cause) && this.#options.canRenew && !this.#renewed) {
      this.#renewed = true;
      this.#lose(cause, nowMs);
      this.#enter("due", nowMs);
    } else if (isFinal(cause)) this.#stop("refused", cause, nowMs);
    else {
      const how = this.#state === "live" ? "lost" : failure;
      const next = this.#options.ladder?.next(this.#current?.index ?? 0, how, nowMs);
      if (next === undefined) this.#lose(cause, nowMs);
      else {
        this.#unlink();
        this.#current = this.#open(next);
      }
    }
  }

  /** Waits, then tries again. */
  #lose(cause: Cause, nowMs: number): void {
    const waitMs = this.#delayMs(nowMs);
    this.#leave("lost", cause, nowMs);
    // When to come back the gateway may say, but not whether.
    const asked = this.#hintMs ?? (cause.problem && retryAfterMs(cause.problem));
    this.#retryAtMs = nowMs + (waitMs < never ? (asked ?? waitMs) : never);
    this.#hintMs = undefined;
  }

  /** How long until the next attempt; Infinity: until somebody connects. */
  #delayMs(nowMs: number): number {
    const { random, reconnect } = this.#options;
    const tries = this.#attempt;
    return reconnect ? reconnect(tries, tries && nowMs - this.#triesFromMs, random()) : this.#pauseMs(tries + 1);
  }

  #stop(event: "refused" | "close", cause: Cause, nowMs: number): void {
    const { name, help } = this.#leave(event, cause, nowMs);
    this.#stopped = cause.problem ?? { ...closed(name), help };
    this.#outbox?.rejectAll(this.#stopped);
  }

  #leave(event: LinkEvent, cause: Cause, nowMs: number): NonNullable<LinkState["reason"]> {
    this.#unlink();
    this.#state = after[this.#state][event];
    this.#offlineSinceMs ??= nowMs;
    this.#retryAtMs = never;
    this.#reason = reasonOf(cause);
    return this.#reason;
  }

  #unlink(): void {
    this.#drop(this.#current);
    this.#drop(this.#candidate);
    this.#current = this.#candidate = undefined;
    this.#restartAtMs = never;
    this.#unsubscribed(true);
    this.#outbox?.requeue();
  }

  #enter(event: LinkEvent, nowMs: number): void {
    const next = after[this.#state][event];
    if (next === this.#state) return;
    // Something new makes this try as good as a first one.
    if (event !== "due") this.#attempt = 0;
    if (event === "wake" && this.#delayMs(nowMs) === never) return;
    this.#state = next;
    this.#retryAtMs = never;
    this.#stopped = undefined;
    this.#offlineSinceMs ??= nowMs;
    if (!this.#attempt++) this.#triesFromMs = nowMs;
    this.#current = this.#open(this.#options.ladder?.start ?? 0);
  }

  #open(index: number): Attempt | undefined {
    const way = this.#options.ways[index];
    if (!way) return undefined;
    const link = ++this.#links;
    this.#effects.push({ do: "open", link, transport: way.name });
    return { link, index, way, opened: false, deadlineMs: never };
  }

  #drop(attempt: Attempt | undefined): void {
    if (attempt) this.#effects.push({ do: "drop", link: attempt.link });
  }

  /** One by one: the gateway refuses a frame as a whole. */
  #send(...messages: readonly Outgoing[]): void {
    const { link = 0 } = this.#current ?? {};
    for (const message of messages) this.#effects.push({ do: "send", link, batch: [message] });
  }

  /** Where pings can be sent; elsewhere only waiting shows whether there is life. */
  #ping(asOfMs: number): void {
    if (!this.#current?.way.duplex) return;
    this.#pingedMs = Math.min(this.#pingedMs, asOfMs);
    this.#send(outgoing(this.#options.newId(), "ping", {}));
  }

  #quietMs(): number {
    return Math.max(this.#heartbeatMs, this.#current?.way.quietMs ?? 0);
  }

  /** When silence must be broken, or has lasted too long. */
  #beatMs(): number {
    return this.#pingedMs < never ? this.#pingedMs + pongMs : this.#seenMs + this.#quietMs();
  }

  #find(link: number): Attempt | undefined {
    return [this.#current, this.#candidate].find((attempt) => attempt?.link === link);
  }
}
