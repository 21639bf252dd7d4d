/** Carries what one consumer was given to the hub: in order, a batch at a time, and answers the broker when it is kept. */
import type { Draft, ErrorData, PublishResult } from "@signalbox/protocol";
import { type Delivery, type MapOptions, mapDelivery } from "./map.ts";

/** A delivery, with what its answer needs. */
export interface Carried<Handle> {
  readonly delivery: Delivery;
  readonly handle: Handle;
}

export interface CarrierPorts<Handle> {
  publish(drafts: readonly Draft[], done: (results: PublishResult[]) => void): void;
  /** `duplicate`: it was kept before. */
  kept(handle: Handle, duplicate: boolean): void;
  /** For good: it would be refused again. */
  refused(handle: Handle, error: ErrorData): void;
  /** Why nothing can be kept for now; `undefined`: it can again. */
  troubled(why: string | undefined): void;
  /** Others may have it: nothing could be kept for too long. */
  giveBack(why: string): void;
  /** Events of this type may be held back alone, so that what stands beside them would overtake them. */
  goesAlone(type: string): boolean;
  steadyMs(): number;
  pause(ms: number): Promise<void>;
}

/** As many as a commit is worth; the rest waits for the next. */
const batchMessages = 200;
const batchBytes = 1_048_576;
/** Milliseconds between two tries, whatever the error says. */
const pauseMs = { least: 50, most: 5_000 };
/** After so long without a success another node, or a later connection, may do better; milliseconds. */
const giveBackMs = 10_000;

interface Ready<Handle> extends Carried<Handle> {
  readonly draft: Draft;
}

export class Carrier<Handle> {
  readonly #ports: CarrierPorts<Handle>;
  readonly #options: MapOptions;
  /** At most what the broker gives before it wants answers. */
  #waiting: Array<Carried<Handle>> = [];
  #carrying: Promise<void> = Promise.resolve();
  #busy = false;
  #finishing = false;
  #stopped = false;

  constructor(ports: CarrierPorts<Handle>, options: MapOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  take(carried: Carried<Handle>): void {
    if (this.#stopped || this.#finishing) return;
    this.#waiting.push(carried);
    if (this.#busy) return;
    this.#busy = true;
    this.#carrying = this.#carry();
  }

  /** No batch begins any more. Resolves when the one that is on its way has been answered, or was refused for now. */
  async finish(): Promise<void> {
    this.#finishing = true;
    this.#waiting = [];
    await this.#carrying;
    this.#stopped = true;
  }

  /** Nothing is answered any more: there is nobody to hear it. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
  }

  async #carry(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !this.#stopped) await this.#keep(this.#batch());
    } catch (error) {
      // A fault of ours: the broker still has it all.
      this.stop();
      this.#ports.giveBack(error instanceof Error ? error.message : String(error));
    } finally {
      this.#busy = false;
    }
  }

  /** The next ones, in order; what can never be kept is refused on the way. */
  #batch(): Array<Ready<Handle>> {
    const batch: Array<Ready<Handle>> = [];
    let bytes = 0;
    let taken = 0;
    for (const carried of this.#waiting) {
      bytes += carried.delivery.body.length;
      if (batch.length > 0 && (batch.length === batchMessages || bytes > batchBytes)) break;
      const mapped = mapDelivery(carried.delivery, this.#options);
      if (!mapped.ok) {
        taken++;
        this.#ports.refused(carried.handle, mapped.error);
        continue;
      }
      const alone = this.#ports.goesAlone(mapped.draft.type);
      if (alone && batch.length > 0) break;
      taken++;
      batch.push({ ...carried, draft: mapped.draft });
      if (alone) break;
    }
    this.#waiting.splice(0, taken);
    return batch;
  }

  /** Until each one is kept or refused; what comes later waits, or it would overtake. */
  async #keep(batch: ReadonlyArray<Ready<Handle>>): Promise<void> {
    const { steadyMs, pause, troubled, giveBack } = this.#ports;
    const begunMs = steadyMs();
    let left = batch;
    while (left.length > 0) {
      const results = await this.#publish(left.map(({ draft }) => draft));
      if (this.#stopped) return;
      const again: Array<Ready<Handle>> = [];
      let last: ErrorData | undefined;
      for (const [index, ready] of left.entries()) {
        const result = results[index];
        if (result === undefined) again.push(ready);
        else if (!("error" in result)) this.#ports.kept(ready.handle, result.duplicate === true);
        else if (result.error.temporary) {
          again.push(ready);
          last = result.error;
        } else this.#ports.refused(ready.handle, result.error);
      }
      left = again;
      troubled(last?.message);
      if (left.length === 0) return;
      if (steadyMs() - begunMs >= giveBackMs) {
        this.stop();
        giveBack(last?.message ?? "the hub gave no answer");
        return;
      }
      if (this.#finishing) return;
      await pause(Math.min(pauseMs.most, Math.max(pauseMs.least, waitOf(last))));
      if (this.#stopped || this.#finishing) return;
    }
  }

  #publish(drafts: readonly Draft[]): Promise<PublishResult[]> {
    return new Promise((done) => this.#ports.publish(drafts, done));
  }
}

function waitOf(error: ErrorData | undefined): number {
  const wait = error?.details?.retryAfterMs;
  return typeof wait === "number" && Number.isFinite(wait) ? wait : 0;
}
