/**
 * Sends a spool's events in order, one request at a time, until the gateway has them all. Whatever is not answered is
 * sent again; the gateway drops what it had by its sequence number.
 */
import type { Client } from "@signalbox/client";
import { type ErrorData, errorCodes, formatPosition } from "@signalbox/protocol";
import { type Answer, decodeAnswer, retryAfterMs } from "./answer.ts";
import type { Clock } from "./clock.ts";
import type { Spool } from "./spool.ts";

/** The part of the client that is needed: a request with its address and token. */
export type Gateway = Pick<Client, "fetch">;

/** Where sending stands. */
export type SenderState =
  /** The last request was answered well, or none was needed yet. */
  | { at: "live" }
  /** No answer; tried again by itself. */
  | { at: "waiting"; reason: string; attempt: number; retryAtMs: number }
  /** The gateway says no to all (a wrong token, an unknown host); tried again by itself, slowly. */
  | { at: "refused"; error: ErrorData; retryAtMs: number }
  /** Another producer took over: nothing more is sent. */
  | { at: "fenced"; error: ErrorData };

/** The numbers of a leased spool: others publish as the same producer, and its epochs come and go. */
export interface SharedNumbers {
  /** The epoch that the spool's numbers are right for; `undefined` while there is none. */
  readonly epoch: number | undefined;
  /**
   * Resolves when there is an epoch and nobody else uses its numbers, with what ends that; `undefined` when there will be
   * none any more, or `stop` fired.
   */
  enterHeld(stop: AbortSignal): Promise<(() => void) | undefined>;
  /** The gateway expects this number. */
  align(expected: number): void;
  /** The gateway says that the epoch was replaced. */
  fenced(epoch: number): void;
}

export interface SenderOptions {
  clock: Clock;
  /** Absent: nobody else uses the spool's numbers. */
  shared?: SharedNumbers;
  /** 0 ≤ x < 1. */
  random: () => number;
  onState?: (state: SenderState) => void;
  /** One event was refused for good (it breaks a rule of the gateway); the others go on. */
  onRefused?: (number: number, error: ErrorData) => void;
}

/** Under the gateway's limits (1,000 messages, 1 MiB) with room for the producer's numbers. */
const batchEvents = 1_000;
const batchBytes = 524_288;
/** A gateway that answers nothing for this long counts as away. */
const answerMs = 30_000;
const backoff = { minMs: 500, maxMs: 20_000 };

export class Sender {
  readonly #spool: Spool;
  readonly #gateway: Gateway;
  readonly #options: SenderOptions;
  readonly #abort = new AbortController();
  #state: SenderState = { at: "live" };
  #attempt = 0;
  #batchEvents = batchEvents;
  /** Where the gateway last said a sequence broke: twice in one place means rewinding does not help. */
  #gapAt: number | undefined;
  /** Up to this number events were sent whose fate may not be known: nobody else may use the numbers of those. */
  #sentTo = 0;
  #epoch: number | undefined;
  /** Something was appended since the spool was read last. */
  #news = false;
  /** Ends a wait before its time. */
  #wake: (() => void) | undefined;
  /** It waits for events, not for time. */
  #idle = false;
  readonly #stopListening: () => void;
  readonly #done: Promise<void>;

  constructor(spool: Spool, gateway: Gateway, options: SenderOptions) {
    this.#spool = spool;
    this.#gateway = gateway;
    this.#options = options;
    this.#stopListening = spool.onChange(() => {
      this.#news = true;
      if (this.#idle) this.#wake?.();
    });
    this.#done = this.#run();
  }

  get state(): SenderState {
    return this.#state;
  }

  /** Tries at once instead of after the pause. */
  retryNow(): void {
    this.#wake?.();
  }

  /** Ends; the request under way is given up. What was not answered stays in the spool. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#wake?.();
    this.#stopListening();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { shared } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted && this.#state.at !== "fenced") {
      const leave = shared === undefined ? nothing : await shared.enterHeld(signal);
      if (leave === undefined) {
        if (!signal.aborted) this.#enter({ at: "fenced", error: replaced });
        return;
      }
      let some = false;
      try {
        some = await this.#turn(shared?.epoch);
      } finally {
        leave();
      }
      if (!some && !this.#news) await this.#pause(undefined);
    }
  }

  /** Sends a batch, again until its fate is known, or its epoch is over. False: there was nothing to send. */
  async #turn(epoch: number | undefined): Promise<boolean> {
    if (epoch !== this.#epoch) this.#sentTo = 0;
    this.#epoch = epoch;
    do {
      this.#news = false;
      try {
        const first = this.#spool.nextToSend();
        const events = this.#spool.read(first, this.#batchEvents, batchBytes);
        if (events.length === 0) return false;
        await this.#send(first, events);
      } catch (error) {
        // The disk: what it does not give now it may give later.
        await this.#wait(reasonOf(error), 0);
      }
    } while (
      this.#sentTo > this.#spool.acknowledged &&
      !this.#abort.signal.aborted &&
      this.#state.at !== "fenced" &&
      this.#options.shared?.epoch === epoch
    );
    return true;
  }

  async #send(first: number, events: string[]): Promise<void> {
    const before = this.#sentTo;
    this.#sentTo = Math.max(before, first + events.length - 1);
    const answer = await this.#post(events);
    if (this.#abort.signal.aborted) return;
    if (answer.kind === "unreadable") return this.#wait(answer.why, 0);
    if (answer.kind === "refused") {
      if (!isUnsure(answer.error)) this.#sentTo = before;
      return this.#allRefused(answer.error, first, events.length);
    }
    const failed = answer.fates.findIndex((fate) => !fate.ok);
    const kept = failed < 0 ? events.length : failed;
    if (kept > 0) {
      this.#attempt = 0;
      this.#gapAt = undefined;
      this.#batchEvents = batchEvents;
      this.#enter({ at: "live" });
      const newest = answer.fates[kept - 1];
      const position = newest?.ok ? newest.position : undefined;
      this.#spool.acknowledge(first + kept - 1, position && formatPosition(position));
    }
    const fate = answer.fates[failed];
    if (fate === undefined || fate.ok) return;
    if (isUnkept(fate.error)) this.#sentTo = 0;
    else if (!isUnsure(fate.error)) this.#sentTo = before;
    await this.#refused(first + failed, fate.error);
  }

  async #post(events: string[]): Promise<Answer> {
    const late = new AbortController();
    const cancel = this.#options.clock.timer(answerMs, () => late.abort());
    try {
      const response = await this.#gateway.fetch("/v1/events", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: `[${events.join(",")}]`,
        signal: AbortSignal.any([late.signal, this.#abort.signal]),
      });
      return decodeAnswer(response.status, await response.text(), events.length);
    } catch (error) {
      return { kind: "unreadable", why: late.signal.aborted ? `no answer in ${answerMs / 1_000} s` : reasonOf(error) };
    } finally {
      cancel();
    }
  }

  /** The first event that was not kept decides what happens to it and all after it. */
  async #refused(number: number, error: ErrorData): Promise<void> {
    if (error.name === "fenced") return this.#fenced(error);
    if (error.name === "sequence_gap") return this.#closeGap(number, error);
    if (error.temporary) return this.#wait(error.message, retryAfterMs(error));
    if (!isAboutEvent(error)) return this.#waitRefused(error);
    this.#options.onRefused?.(number, error);
    this.#spool.skip(number);
  }

  async #allRefused(error: ErrorData, first: number, count: number): Promise<void> {
    // Something in the request is at fault: smaller ones find out what.
    if (isAboutEvent(error) && count > 1) this.#batchEvents = Math.ceil(count / 2);
    else await this.#refused(first, error);
  }

  /** Of a lease: whether it was taken by another or by a newer one of ours is to be found out first. */
  async #fenced(error: ErrorData): Promise<void> {
    const { shared } = this.#options;
    const { epoch } = this.#spool.progress;
    if (shared === undefined) this.#enter({ at: "fenced", error });
    else shared.fenced(epoch);
  }

  /** The gateway has less than it once acknowledged: send that again, or begin anew with what is still here. */
  #closeGap(number: number, error: ErrorData): Promise<void> | void {
    const expected = error.details?.expected;
    const { shared } = this.#options;
    if (shared !== undefined && typeof expected === "number" && this.#gapAt !== number) {
      this.#gapAt = number;
      shared.align(expected);
      return;
    }
    if (shared !== undefined) {
      this.#gapAt = undefined;
      return this.#wait(error.message, 0);
    }
    const missing = typeof expected === "number" ? this.#spool.progress.base + expected : number;
    if (this.#gapAt === missing || !this.#spool.rewind(missing)) {
      this.#gapAt = undefined;
      this.#spool.renumber();
      return;
    }
    this.#gapAt = missing;
  }

  async #wait(reason: string, leastMs: number): Promise<void> {
    this.#attempt++;
    const ceiling = Math.min(backoff.maxMs, backoff.minMs * 2 ** this.#attempt);
    const ms = Math.max(leastMs, backoff.minMs + this.#options.random() * (ceiling - backoff.minMs));
    this.#enter({ at: "waiting", reason, attempt: this.#attempt, retryAtMs: this.#options.clock.nowMs() + ms });
    await this.#pause(ms);
  }

  async #waitRefused(error: ErrorData): Promise<void> {
    this.#enter({ at: "refused", error, retryAtMs: this.#options.clock.nowMs() + backoff.maxMs });
    await this.#pause(backoff.maxMs);
  }

  #enter(state: SenderState): void {
    const same = state.at === "live" && this.#state.at === "live";
    this.#state = state;
    if (!same) this.#options.onState?.(state);
  }

  /** Until `ms` passed (undefined: for as long as it takes), or something wakes it. */
  #pause(ms: number | undefined): Promise<void> {
    if (this.#abort.signal.aborted) return Promise.resolve();
    this.#idle = ms === undefined;
    return new Promise((resolve) => {
      const cancel = ms === undefined ? undefined : this.#options.clock.timer(ms, () => this.#wake?.());
      this.#wake = () => {
        this.#wake = undefined;
        this.#idle = false;
        cancel?.();
        resolve();
      };
    });
  }
}

/** Other permanent errors are about who sends, or where to, and are the same for every event: skipping would lose all. */
const isAboutEvent = (error: ErrorData): boolean =>
  error.name === "invalid_message" || error.name === "payload_too_big";

/** Whatever was tried before, neither this event nor a later one is kept. */
const isUnkept = (error: ErrorData): boolean => error.name === "sequence_gap" || isAboutEvent(error);

/** The store may have kept it all the same, and said so too late. */
const isUnsure = ({ name }: ErrorData): boolean => name === "unavailable" || name === "internal";

const nothing = (): void => undefined;

const replaced: ErrorData = { name: "fenced", ...errorCodes.fenced, message: "another producer took the lease" };

/** fetch says only "fetch failed"; the cause says why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message !== "" ? cause.message : "code" in cause ? String(cause.code) : cause.name;
}
