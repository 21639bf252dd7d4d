/** A spool and what sends it: events handed in once reach the gateway once. */
import type { Draft, ErrorData } from "@signalbox/protocol";
import type { Clock } from "./clock.ts";
import { type Gateway, Sender, type SenderState, type SharedNumbers } from "./sender.ts";
import type { Spool } from "./spool.ts";

export interface OutboxOptions {
  clock: Clock;
  random: () => number;
  /** Of a leased spool. */
  shared?: SharedNumbers;
  /** Sending changed, events were acknowledged, or the spool became full or free. */
  onChange?: () => void;
  onRefused?: (number: number, error: ErrorData) => void;
}

export class Outbox {
  readonly #spool: Spool;
  readonly #sender: Sender;
  readonly #watchers = new Set<() => void>();

  constructor(spool: Spool, gateway: Gateway, options: OutboxOptions) {
    const changed = (): void => {
      options.onChange?.();
      for (const watcher of this.#watchers) watcher();
    };
    this.#spool = spool;
    spool.onChange(changed);
    this.#sender = new Sender(spool, gateway, {
      clock: options.clock,
      random: options.random,
      ...(options.shared === undefined ? {} : { shared: options.shared }),
      onState: changed,
      ...(options.onRefused === undefined ? {} : { onRefused: options.onRefused }),
    });
  }

  get sender(): SenderState {
    return this.#sender.state;
  }

  get waiting(): number {
    return this.#spool.waiting;
  }

  get full(): boolean {
    return this.#spool.full;
  }

  get diskFault(): string | undefined {
    return this.#spool.diskFault;
  }

  publish(drafts: readonly Draft[]): void {
    this.#spool.append(drafts);
  }

  /**
   * Nothing more is published: waits until the gateway has all, then deletes the spool. Gives up when `leave` fires,
   * and when the gateway says no rather than nothing; then the spool stays. Returns how many events are in it.
   */
  async settle(leave: AbortSignal): Promise<number> {
    const refusedBefore = this.#sender.state.at === "refused" ? this.#sender.state : undefined;
    if (refusedBefore !== undefined) this.#sender.retryNow();
    await new Promise<void>((resolve) => {
      const look = (): void => {
        const state = this.#sender.state;
        const refused = state.at === "fenced" || (state.at === "refused" && state !== refusedBefore);
        if (this.#spool.waiting > 0 && !refused && !leave.aborted) return;
        this.#watchers.delete(look);
        leave.removeEventListener("abort", look);
        resolve();
      };
      this.#watchers.add(look);
      leave.addEventListener("abort", look);
      look();
    });
    await this.#sender.stop();
    const left = this.#spool.waiting;
    if (left === 0) this.#spool.remove();
    else this.#spool.close();
    return left;
  }
}
