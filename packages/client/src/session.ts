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
import type { Effect, LinkEffect } from "./effects.ts";
import { problem } from "./errors.ts";
import { type Failure, Ladder } from "./ladder.ts";
import { after, isFinal, isUnauthorized, type LinkEvent, reasonOf } from "./link-state.ts";
import { type Item, Outbox } from "./outbox.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { Cause, Fate, Outgoing } from "./transport.ts";
import type { ClientOptions, LinkState, Problem } from "./types.ts";
import { Watching } from "./watching.ts";

/** How long a ping may stay without any answer. */
const pongMs = 10_000;
/** Until the gateway says its own. */
const defaultHeartbeatMs = 25_000;
/** Several changes in a row make one new stream or poll. */
const restartMs = 20;
/** Between a WebSocket's opening and the gateway's first word. */
const answerMs = 10_000;
const silence: Cause = { code: 3001, name: "heartbeat_timeout" };

export interface SessionOptions {
  ways: Ladder["ways"];
  name: string | undefined;
  backoff: Backoff;
  queue: NonNullable<ClientOptions["queue"]>;
  /** A refused token can be replaced by asking for another. */
  canRenew: boolean;
  /** 0 ≤ x < 1. */
  random: () => number;
  newId: () => string;
}

interface Attempt {
  link: number;
  /** Which of the ways. */
  index: number;
  /** Bytes can flow. */
  opened: boolean;
  /** The first word must come by then. */
  deadlineMs: number | undefined;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #ladder: Ladder;
  readonly #subscriptions: Subscriptions;
  readonly #outbox: Outbox;
  #effects: Effect[] = [];
  #state: LinkState["state"] = "idle";
  #reason: LinkState["reason"];
  #attempt = 0;
  #retryAtMs: number | undefined;
  #offlineSinceMs: number | undefined;
  #stopped: Problem | undefined;
  #hintMs: number | undefined;
  #renewed = false;
  #links = 0;
  #current: Attempt | undefined;
  #candidate: Attempt | undefined;
  #climbAtMs: number | undefined;
  #restartAtMs: number | undefined;
  #heartbeatMs = defaultHeartbeatMs;
  #seenMs = 0;
  #pingedMs: number | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#ladder = new Ladder(options.ways);
    const { newId, queue } = options;
    const delayMs = (tries: number): number => backoffMs(tries, options.random(), options.backoff);
    this.#subscriptions = new Subscriptions(newId, delayMs);
    this.#outbox = new Outbox(queue, (effect) => this.#effects.push(effect), newId, delayMs);
  }

  // --- what the program wants ---

  connect(nowMs: number): void {
    this.#enter("connect", nowMs);
  }

  /** The network or the page came back. */
  wake(nowMs: number): void {
    if (this.#state !== "live") this.#enter("wake", nowMs);
    else if (nowMs - this.#seenMs > this.#quietMs() + pongMs) this.#lose(silence, nowMs, 0);
    else if (this.#way(this.#current)?.duplex) this.#ping(nowMs);
  }

  close(nowMs: number): void {
    this.#stop("close", { problem: problem("closed", "The client was closed.") }, nowMs);
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

  publish(draft: Draft, nowMs: number): Item | Problem {
    this.#enter("need", nowMs);
    return this.#stopped ?? this.#outbox.add(draft, nowMs, this.#state === "live");
  }

  // --- what links tell ---

  /** The attempt has its token and begins now. */
  dialing(link: number, nowMs: number): void {
    const attempt = this.#find(link);
    if (attempt) attempt.deadlineMs = nowMs + this.#ladder.patienceMs(attempt.index);
  }

  opening(link: number, nowMs: number): { texts: string[]; fresh: boolean } {
    const attempt = this.#find(link);
    if (!attempt) return { texts: [], fresh: false };
    if (!attempt.opened && this.#way(attempt)?.duplex) attempt.deadlineMs = nowMs + answerMs;
    attempt.opened = true;
    const id = this.#options.newId();
    const out = [{ id, text: JSON.stringify({ id, type: "connect", data: { client: this.#options.name } }) }];
    // A candidate first has to prove itself; subscriptions stay where they are.
    if (attempt !== this.#current) return { texts: out.map(({ text }) => text), fresh: true };
    const fresh = this.#state !== "live" || (this.#subscriptions.dueMs() ?? Number.POSITIVE_INFINITY) <= nowMs;
    if (!this.#way(attempt)?.duplex) this.#restartAtMs = undefined;
    out.push(...this.#subscriptions.asks(nowMs));
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
    if (link === this.#current?.link) this.#outbox.acked(results, nowMs);
  }

  alive(link: number, nowMs: number): void {
    if (link !== this.#current?.link) return;
    this.#seenMs = nowMs;
    this.#pingedMs = undefined;
  }

  closed(link: number, cause: Cause, nowMs: number): void {
    if (link === this.#candidate?.link) this.#candidateFailed(cause.unreachable ? "unreachable" : "other", nowMs);
    else if (link === this.#current?.link) this.#ended(cause, cause.unreachable ? "unreachable" : "other", nowMs);
  }

  // --- time ---

  /** When `tick` has something to do; `undefined` for never. */
  nextMs(): number | undefined {
    const times = [this.#retryAtMs, this.#current?.deadlineMs, this.#candidate?.deadlineMs];
    if (this.#state === "live") {
      const beat = this.#pingedMs === undefined ? this.#seenMs + this.#quietMs() : this.#pingedMs + pongMs;
      times.push(beat, this.#candidate ? undefined : this.#climbAtMs, this.#outbox.heldUntilMs);
    }
    if (this.#current?.opened) times.push(this.#restartAtMs ?? this.#subscriptions.dueMs());
    let least: number | undefined;
    for (const time of times) if (time !== undefined && !(time >= (least ?? Number.POSITIVE_INFINITY))) least = time;
    return least;
  }

  tick(nowMs: number): void {
    const isDue = (time: number | undefined): boolean => time !== undefined && time <= nowMs;
    if (isDue(this.#candidate?.deadlineMs)) this.#candidateFailed("silent", nowMs);
    if (isDue(this.#current?.deadlineMs)) this.#ended({}, "silent", nowMs);
    if (isDue(this.#retryAtMs)) this.#enter("due", nowMs);
    if (this.#state === "live") {
      if (this.#pingedMs !== undefined && isDue(this.#pingedMs + pongMs)) {
        this.#lose(silence, nowMs);
      } else if (this.#pingedMs === undefined && isDue(this.#seenMs + this.#quietMs())) this.#ping(nowMs);
    }
    if (this.#state === "live" && !this.#candidate && isDue(this.#climbAtMs)) this.#candidate = this.#open(0);
    this.flush(nowMs);
  }

  /** Sends what changed; several changes before it go out together. */
  flush(nowMs: number): void {
    const { link, opened } = this.#current ?? {};
    if (link === undefined || !opened) return;
    const dueMs = this.#subscriptions.dueMs();
    if (dueMs !== undefined && dueMs <= nowMs) {
      if (this.#way(this.#current)?.duplex) this.#send(link, this.#subscriptions.changes(nowMs));
      else this.#restartAtMs ??= nowMs + restartMs;
    }
    if (this.#restartAtMs !== undefined && this.#restartAtMs <= nowMs) {
      this.#restartAtMs = undefined;
      this.#effects.push({ do: "restart", link });
    }
    if (this.#state !== "live") return;
    for (const batch of this.#outbox.take(nowMs)) this.#effects.push({ do: "send", link, batch });
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
      transport: this.#current && this.#way(this.#current)?.name,
      attempt: this.#attempt,
      retryAtMs: this.#retryAtMs,
      offlineSinceMs: this.#offlineSinceMs,
      reason: this.#reason,
      catchingUp,
      queued: this.#outbox.size,
    };
  }

  // --- inside ---

  #message(attempt: Attempt, message: Message, nowMs: number): void {
    const { type } = message;
    const correlationId = message.metadata?.correlationId;
    if (type === "connect") this.#welcomed(attempt, dataOf(message), nowMs);
    else if (attempt !== this.#current) return;
    else if (isPublication(message)) this.#subscriptions.publication(message, nowMs);
    else if (type === "subscription_update") this.#subscriptions.update(message, nowMs);
    else if (type === "ack") this.#outbox.acked(dataOf<ControlData["ack"]>(message).results, nowMs);
    else if (type === "disconnect") this.#hintMs = dataOf<ControlData["disconnect"]>(message).reconnectAfterMs;
    else if (type === "error") {
      const error = dataOf<ErrorData>(message);
      if (error.name === "unauthenticated") this.#ended({ problem: error }, "other", nowMs);
      else if (!this.#outbox.error(error, correlationId, nowMs)) this.#subscriptions.error(error, correlationId, nowMs);
    }
  }

  /** The gateway answered: this way works. */
  #welcomed(attempt: Attempt, { heartbeatMs, limits }: ControlData["connect"], nowMs: number): void {
    const { index } = attempt;
    attempt.deadlineMs = undefined;
    if (attempt === this.#candidate) {
      this.#candidate = undefined;
      this.#drop(this.#current);
      this.#current = attempt;
      this.#subscriptions.unlink(false);
      this.#outbox.requeue();
      this.#restartAtMs = undefined;
    } else if (this.#state === "live") return;
    this.#state = after[this.#state].opened;
    this.#seenMs = nowMs;
    this.#pingedMs = undefined;
    this.#heartbeatMs = heartbeatMs ?? defaultHeartbeatMs;
    this.#outbox.frameBytes = limits?.frameBytes ?? this.#outbox.frameBytes;
    this.#outbox.holdUntilMs = 0;
    this.#attempt = 0;
    this.#renewed = false;
    this.#offlineSinceMs = this.#reason = undefined;
    this.#ladder.worked(index);
    this.#climbLater(nowMs);
  }

  #climbLater(nowMs: number): void {
    const ms = this.#current && this.#ladder.climbMs(this.#current.index, this.#options.random());
    this.#climbAtMs = ms === undefined ? undefined : nowMs + ms;
  }

  #candidateFailed(failure: Failure, nowMs: number): void {
    const { index = 0 } = this.#candidate ?? {};
    this.#drop(this.#candidate);
    this.#candidate = undefined;
    if (failure !== "unreachable" && index + 1 < (this.#current?.index ?? 0)) this.#candidate = this.#open(index + 1);
    else this.#climbLater(nowMs);
  }

  /** The current link ended, or could not be opened. */
  #ended(cause: Cause, failure: Failure, nowMs: number): void {
    const { index = 0 } = this.#current ?? {};
    if (isUnauthorized(cause) && this.#options.canRenew && !this.#renewed) {
      this.#renewed = true;
      this.#lose(cause, nowMs, 0);
    } else if (isUnauthorized(cause) || isFinal(cause)) this.#stop("refused", cause, nowMs);
    else if (this.#state === "live") this.#lose(cause, nowMs);
    else {
      const next = this.#ladder.next(index, failure);
      if (next === undefined) this.#lose(cause, nowMs);
      else {
        this.#drop(this.#current);
        this.#subscriptions.unlink(true);
        this.#current = this.#open(next);
      }
    }
  }

  /** Waits, then tries again. */
  #lose(cause: Cause, nowMs: number, waitMs?: number): void {
    this.#unlink();
    this.#state = after[this.#state].lost;
    this.#reason = reasonOf(cause);
    this.#offlineSinceMs ??= nowMs;
    const hintMs = this.#hintMs ?? (cause.problem && retryAfterMs(cause.problem));
    this.#hintMs = undefined;
    const { random, backoff } = this.#options;
    this.#retryAtMs = nowMs + (waitMs ?? hintMs ?? backoffMs(this.#attempt + 1, random(), backoff));
  }

  #stop(event: "refused" | "close", cause: Cause, nowMs: number): void {
    this.#unlink();
    this.#state = after[this.#state][event];
    this.#reason = reasonOf(cause);
    this.#offlineSinceMs ??= nowMs;
    this.#retryAtMs = undefined;
    this.#stopped = cause.problem ?? { ...problem("closed", this.#reason.name), help: this.#reason.help };
    this.#outbox.rejectAll(this.#stopped);
  }

  #unlink(): void {
    this.#drop(this.#current);
    this.#drop(this.#candidate);
    this.#current = this.#candidate = undefined;
    this.#climbAtMs = this.#restartAtMs = this.#pingedMs = undefined;
    this.#subscriptions.unlink(true);
    this.#outbox.requeue();
  }

  #enter(event: LinkEvent, nowMs: number): void {
    const before = this.#state;
    this.#state = after[before][event];
    if (this.#state !== "connecting" || before === "connecting") return;
    this.#retryAtMs = this.#stopped = undefined;
    this.#offlineSinceMs ??= nowMs;
    this.#attempt++;
    this.#current = this.#open(this.#ladder.start);
  }

  #open(index: number): Attempt {
    const link = ++this.#links;
    const attempt: Attempt = { link, index, opened: false, deadlineMs: undefined };
    const transport = this.#way(attempt)?.name ?? "websocket";
    this.#effects.push({ do: "open", link, transport });
    return attempt;
  }

  #drop(attempt: Attempt | undefined): void {
    if (attempt) this.#effects.push({ do: "drop", link: attempt.link });
  }

  #send(link: number, messages: readonly Outgoing[]): void {
    // One by one: the gateway refuses a frame as a whole.
    for (const message of messages) this.#effects.push({ do: "send", link, batch: [message] } satisfies LinkEffect);
  }

  #ping(nowMs: number): void {
    this.#pingedMs ??= nowMs;
    const id = this.#options.newId();
    const { link, index } = this.#current ?? {};
    if (link === undefined || !this.#ladder.ways[index ?? 0]?.duplex) return;
    this.#send(link, [{ id, text: JSON.stringify({ id, type: "ping" }) }]);
  }

  #quietMs(): number {
    return Math.max(this.#heartbeatMs, this.#way(this.#current)?.quietMs ?? 0);
  }

  #way(attempt: Attempt | undefined): Ladder["ways"][number] | undefined {
    return attempt && this.#ladder.ways[attempt.index];
  }

  #find(link: number): Attempt | undefined {
    return [this.#current, this.#candidate].find((attempt) => attempt?.link === link);
  }
}
