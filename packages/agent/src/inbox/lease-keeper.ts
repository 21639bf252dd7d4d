/**
 * Takes the lease of a channel and keeps it (§12): renews it in time, begins a new epoch when it had ended, and stops for good
 * when another producer took over.
 */
import type { Problem, Readable } from "@signalbox/client";
import { type Asked, type Asker, ask, refusedMs, retryMs, wait } from "../ask.ts";
import { Value } from "../value.ts";

export interface LeaseState {
  /**
   * waiting: not yet held, or no renewal was answered for its whole time; tried again by itself. held: it is at work.
   * fenced: another took over, for good. refused: the gateway says no; tried again by itself, slowly, unless it is the channel
   * that may not be followed. released: closed here.
   */
  state: "waiting" | "held" | "fenced" | "refused" | "released";
  /** Of the lease that was held here last. Absent before the first one, and from its end to the next one. */
  epoch?: number;
  /** With waiting and fenced: who holds it. */
  holder?: { producer: string; epoch: number };
  /** With waiting and refused: what the gateway said, or that it said nothing. */
  problem?: Problem;
}

export interface LeaseOptions extends Asker {
  channel: string;
  /** As events name it. */
  producer: string;
  /** 15,000 if absent. */
  ttlMs?: number | undefined;
  progressMs?: number | undefined;
  /** Even if another producer holds it. */
  takeOver?: boolean | undefined;
}

const defaultTtlMs = 15_000;

export class LeaseKeeper {
  readonly #options: LeaseOptions;
  readonly #ttlMs: number;
  readonly #state = new Value<LeaseState>({ state: "waiting" });
  readonly #stop = new AbortController();
  /** Ends a pause before its time. */
  #wake = new AbortController();
  #epoch: number | undefined;
  /** When the gateway last said that it is held. */
  #heldMs = 0;
  #tries = 0;
  #last: LeaseState = { state: "released" };
  readonly #done: Promise<void>;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? defaultTtlMs;
    this.#done = this.#run();
  }

  get state(): Readable<LeaseState> & Pick<Value<LeaseState>, "until"> {
    return this.#state;
  }

  /** Of the lease that is held here, as far as anybody has said. */
  get epoch(): number | undefined {
    return this.#epoch;
  }

  /** Somebody says that it is not held any more: asks at once. */
  check(): void {
    this.#wake.abort();
  }

  /** Ends it. Whether the gateway heard of that is not waited for longer than a renewal would be. */
  async release(): Promise<void> {
    if (this.#stop.signal.aborted) return this.#done;
    this.#stop.abort();
    await this.#done;
    const epoch = this.#epoch;
    this.#epoch = undefined;
    const { state } = this.#state.snapshot();
    if (state !== "fenced") this.#state.set(this.#last);
    if (epoch === undefined) return;
    const about = `producer=${encodeURIComponent(this.#options.producer)}&epoch=${epoch}`;
    const question = { path: `${this.#path}?${about}`, method: "DELETE", withinMs: this.#patienceMs };
    await ask(this.#options, question, new AbortController().signal);
  }

  /** Its holder cannot do its work, for good: ends it. */
  refuse(problem: Problem): void {
    this.#last = { state: "refused", problem };
    void this.release();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const ms = await this.#once();
      if (ms === undefined) return;
      await wait(this.#options.clock, ms, AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  /** Asks for it, or for its renewal. Returns the pause until the next time; `undefined`: never. */
  async #once(): Promise<number | undefined> {
    const { producer, takeOver, progressMs } = this.#options;
    const epoch = this.#epoch;
    const times = { ttlMs: this.#ttlMs, ...(progressMs === undefined ? {} : { progressMs }) };
    const body =
      epoch === undefined ? { producer, ...times, ...(takeOver === true ? { takeOver } : {}) } : { producer, epoch };
    const question = { path: this.#path, method: "PUT", body, withinMs: this.#patienceMs };
    const asked = await ask(this.#options, question, this.#stop.signal);
    if (this.#stop.signal.aborted && !asked.ok) return undefined;
    const taken = asked.ok ? epochIn(asked.answer) : undefined;
    if (taken === undefined) return this.#failed(asked);
    this.#epoch = taken;
    this.#tries = 0;
    this.#heldMs = this.#options.clock.nowMs();
    const { state } = this.#state.snapshot();
    if (epoch !== taken || state !== "held") this.#state.set({ state: "held", epoch: taken });
    // A third of its time, so that two renewals may be lost; less at random, so that a thousand agents do not come at once.
    return (this.#ttlMs / 3) * (0.8 + 0.2 * this.#options.random());
  }

  #failed(asked: Asked): number | undefined {
    const problem = asked.ok ? strangeAnswer : asked.problem;
    const { name } = problem;
    const holder = holderIn(problem);
    if (name === "fenced") {
      this.#epoch = undefined;
      this.#state.set({ state: "fenced", ...(holder === undefined ? {} : { holder }) });
      return undefined;
    }
    if (this.#epoch !== undefined && (name === "wrong_state" || name === "not_found")) {
      // It has ended; or the gateway knows nothing any more.
      this.#epoch = undefined;
      this.#state.set({ state: "waiting", problem });
      return 0;
    }
    if (name === "leased") {
      this.#state.set({ state: "waiting", problem, ...(holder === undefined ? {} : { holder }) });
      return Math.min(refusedMs, this.#ttlMs / 3);
    }
    const known = this.#epoch === undefined ? {} : { epoch: this.#epoch };
    if (!problem.temporary) {
      this.#state.set({ state: "refused", problem, ...known });
      return refusedMs;
    }
    // What was held may still be.
    const isOver = this.#options.clock.nowMs() - this.#heldMs >= this.#ttlMs;
    if (this.#epoch === undefined || isOver) this.#state.set({ state: "waiting", problem, ...known });
    return Math.min(retryMs(this.#options, ++this.#tries, problem), Math.max(1_000, this.#ttlMs / 3));
  }

  get #path(): string {
    return `/v1/leases/${encodeURIComponent(this.#options.channel)}`;
  }

  /** An answer that comes later than this is too late to be of use. */
  get #patienceMs(): number {
    return Math.max(1_000, Math.min(10_000, this.#ttlMs / 3));
  }
}

const strangeAnswer: Problem = {
  name: "bad_answer",
  number: 0,
  message: "the answer names no epoch",
  temporary: true,
  help: "Something else answers in the gateway's place.",
};

function epochIn(answer: unknown): number | undefined {
  const epoch: unknown = typeof answer === "object" && answer !== null ? Reflect.get(answer, "epoch") : undefined;
  return typeof epoch === "number" ? epoch : undefined;
}

function holderIn({ details }: Problem): { producer: string; epoch: number } | undefined {
  const { producer, epoch } = details ?? {};
  return typeof producer === "string" && typeof epoch === "number" ? { producer, epoch } : undefined;
}
