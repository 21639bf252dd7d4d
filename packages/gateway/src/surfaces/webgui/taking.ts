/** What came in, on its way to the hub: in order, batch by batch, and again while the hub cannot take it. */
import type { Draft, PublishResult } from "@signalbox/protocol";
import type { Counts } from "./counts.ts";

interface Options {
  publish(drafts: readonly Draft[]): Promise<readonly PublishResult[]>;
  counts: Counts;
  /** How much may wait. */
  bytes: number;
  entries: number;
}

interface Waiting {
  draft: Draft & { channel: string };
  bytes: number;
}

const batch = 100;
/** Milliseconds to wait where the refusal says none, and at most. */
const retryMs = { least: 50, usual: 500, most: 5_000 };

export class Taking {
  readonly #options: Options;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #pushed = 0;
  #done = 0;
  #marks: Array<{ at: number; resolve: (isDone: boolean) => void }> = [];
  #isBusy = false;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** False: there is no room. */
  push(draft: Draft & { channel: string }, bytes: number): boolean {
    const { bytes: most, entries } = this.#options;
    if (this.#hasEnded || this.#bytes + bytes > most || this.#waiting.length >= entries) return false;
    this.#waiting.push({ draft, bytes });
    this.#bytes += bytes;
    this.#pushed++;
    this.#next();
    return true;
  }

  /** Resolves once what was pushed so far is kept or refused for good; with false if it ended before. */
  settled(): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#done === this.#pushed || this.#hasEnded) resolve(this.#done === this.#pushed);
      else this.#marks.push({ at: this.#pushed, resolve });
    });
  }

  /** What still waits is given up. */
  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    for (const { resolve } of this.#marks.splice(0)) resolve(false);
    this.#waiting = [];
    this.#bytes = 0;
  }

  #next(): void {
    if (this.#isBusy || this.#hasEnded || this.#waiting.length === 0) return;
    this.#isBusy = true;
    const taken = this.#waiting.splice(0, batch);
    this.#options.publish(taken.map(({ draft }) => draft)).then(
      (results) => this.#told(taken, results),
      (error: unknown) => {
        this.#options.counts.trouble("a fault while taking in", error);
        this.#again(taken, retryMs.usual);
      },
    );
  }

  #told(taken: readonly Waiting[], results: readonly PublishResult[]): void {
    const { counts } = this.#options;
    const again: Waiting[] = [];
    let waitMs = 0;
    for (const [index, one] of taken.entries()) {
      const result = results[index];
      if (result !== undefined && "error" in result) {
        const { name, message, temporary, details } = result.error;
        if (temporary) {
          again.push(one);
          waitMs = Math.max(waitMs, Number(details?.retryAfterMs) || retryMs.usual);
          continue;
        }
        counts.refuse(name, message, one.draft.channel);
      } else if (result?.duplicate !== true) counts.taken++;
      this.#done++;
      this.#bytes -= one.bytes;
    }
    this.#again(again, waitMs);
  }

  #again(waiting: Waiting[], waitMs: number): void {
    if (this.#hasEnded) return;
    this.#waiting = waiting.length === 0 ? this.#waiting : [...waiting, ...this.#waiting];
    const reached = this.#marks.findIndex(({ at }) => at > this.#done);
    for (const { resolve } of this.#marks.splice(0, reached < 0 ? this.#marks.length : reached)) resolve(true);
    const go = (): void => {
      this.#isBusy = false;
      this.#next();
    };
    if (waiting.length === 0) go();
    else this.#timer = setTimeout(go, Math.min(retryMs.most, Math.max(retryMs.least, waitMs)));
  }
}
