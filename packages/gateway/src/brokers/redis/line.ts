/** A link that is made anew whenever it is lost, without end, to wherever the server is then. */
import { StoreAway } from "@signalbox/core";
import type { Link } from "./link.ts";
import { times } from "./options.ts";

export interface LineOptions {
  /** Looks where it has to lead, and makes the link. `LineGone`: nowhere any more. */
  open(): Promise<Link>;
  onUp?(link: Link): void;
  /** At once; and `onAway` when it has been down for longer than a moment. After that comes `onUp`. */
  onDown?(): void;
  onAway?(why: string): void;
  /** There is nothing at the other end any more; it is closed. */
  onGone?(): void;
  /** Milliseconds between attempts at most; default `times.backoffMost`. */
  mostMs?: number | undefined;
}

/** There is nothing at the other end any more: its commands have to go another way. */
export class LineGone extends Error {
  override name = "LineGone";
}

interface Waiting {
  resolve(link: Link): void;
  reject(error: Error): void;
}

export class Line {
  readonly #options: LineOptions;
  readonly #mostMs: number;
  #link: Link | undefined;
  #waiting: Waiting[] = [];
  /** It has been down for longer than a moment. */
  #isAway = false;
  #why = "not connected yet";
  #moment: NodeJS.Timeout | undefined;
  #pause: { timer: NodeJS.Timeout; end(): void } | undefined;
  #attempt = 0;
  #upMs = 0;
  #isClosed = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#mostMs = options.mostMs ?? times.backoffMost;
    // That it was never there yet is no outage.
    this.#startMoment(times.connect);
    void this.#connect();
  }

  /** Absent while it is down. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** Why it has been down for longer than a moment. */
  get away(): string | undefined {
    return this.#isAway ? this.#why : undefined;
  }

  /** For a moment it waits for one; then StoreAway says why there is none. */
  up(): Promise<Link> {
    if (this.#link !== undefined) return Promise.resolve(this.#link);
    if (this.#isClosed) return Promise.reject(new LineGone("closed"));
    if (this.#isAway) return Promise.reject(this.#away());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** This link leads to the wrong place; another one is made. */
  drop(link: Link, why: string): void {
    if (this.#link !== link) return;
    link.close();
    this.#lost(why);
  }

  /** Something has changed: the next attempt is made now. */
  hurry(): void {
    this.#pause?.end();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#moment);
    this.#pause?.end();
    this.#link?.close();
    this.#link = undefined;
    this.#rejectAll(new LineGone("closed"));
  }

  async #connect(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const link = await this.#options.open();
        if (this.#isClosed) link.close();
        else this.#has(link);
        return;
      } catch (error) {
        if (error instanceof LineGone) {
          this.close();
          this.#options.onGone?.();
          return;
        }
        this.#why = (error as Error).message;
      }
      await this.#wait();
    }
  }

  #has(link: Link): void {
    this.#link = link;
    this.#upMs = performance.now();
    link.onLost = (why) => this.#lost(why);
    clearTimeout(this.#moment);
    this.#isAway = false;
    this.#options.onUp?.(link);
    for (const { resolve } of this.#waiting.splice(0)) resolve(link);
  }

  #lost(why: string): void {
    this.#link = undefined;
    this.#why = why;
    // A server that accepts and ends links at once is not asked the faster for it.
    if (performance.now() - this.#upMs > this.#mostMs) this.#attempt = 0;
    this.#startMoment(times.moment);
    this.#options.onDown?.();
    void this.#wait().then(() => this.#connect());
  }

  #startMoment(ms: number): void {
    this.#moment = setTimeout(() => {
      this.#isAway = true;
      this.#rejectAll(this.#away());
      this.#options.onAway?.(this.#why);
    }, ms);
  }

  #wait(): Promise<void> {
    const most = Math.min(this.#mostMs, times.backoffLeast * 2 ** this.#attempt++);
    const ms = most * (0.5 + 0.5 * Math.random());
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#pause = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#pause = { timer, end };
    });
  }

  #away = (): StoreAway => new StoreAway(`Redis is out of reach: ${this.#why}`);

  #rejectAll(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
