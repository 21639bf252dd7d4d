/** A link by hand: bytes leave it at a rate, pongs come back after the way there and back. */
import type { Window } from "../../src/transports/websocket/window.ts";

export interface LinkOptions {
  bytesPerSecond: number;
  /** There and back, without waiting behind other bytes. */
  roundTripMs: number;
  /** A way takes up to so much longer, by chance. */
  jitterMs?: number;
  random?: () => number;
}

/** Steps of its clock. */
const stepMs = 1;

export class Link {
  nowMs = 0;
  takenBytes = 0;
  /** Written and not taken. */
  queuedBytes = 0;
  readonly #window: Window;
  readonly #options: LinkOptions;
  #writtenBytes = 0;
  #bytesPerSecond: number;
  /** Behind which byte the probe lies. */
  #probe: { number: number; atBytes: number } | undefined;
  #pong: { number: number; atMs: number } | undefined;

  constructor(window: Window, options: LinkOptions) {
    this.#window = window;
    this.#options = options;
    this.#bytesPerSecond = options.bytesPerSecond;
  }

  /** From now on. */
  set bytesPerSecond(rate: number) {
    this.#bytesPerSecond = rate;
  }

  write(bytes: number): void {
    this.#writtenBytes += bytes;
    this.queuedBytes += bytes;
    if (this.#window.wrote(bytes, this.nowMs)) this.#ping();
  }

  /** One millisecond passes. True if a pong came. */
  step(): boolean {
    this.nowMs += stepMs;
    const taken = Math.min(this.queuedBytes, (this.#bytesPerSecond * stepMs) / 1000);
    this.takenBytes += taken;
    this.queuedBytes -= taken;
    const { roundTripMs, jitterMs = 0, random = () => 0 } = this.#options;
    if (this.#probe !== undefined && this.#writtenBytes - this.queuedBytes >= this.#probe.atBytes - 1e-6) {
      this.#pong = { number: this.#probe.number, atMs: this.nowMs + roundTripMs + jitterMs * random() };
      this.#probe = undefined;
    }
    if (this.#pong === undefined || this.#pong.atMs > this.nowMs) return false;
    const { number } = this.#pong;
    this.#pong = undefined;
    this.#window.answered(number, this.nowMs);
    if (this.#window.probeDue || !this.#window.isLow(this.#window.unseenBytes)) this.#ping();
    return true;
  }

  #ping(): void {
    if (this.#window.probing) return;
    this.#probe = { number: this.#window.probe(this.nowMs), atBytes: this.#writtenBytes };
  }
}
