/**
 * How much may be on its way to one peer: about what it took in the last second. Kernels and proxies take megabytes
 * before a socket pushes back, which on a slow link is minutes; so a ping goes behind the data from time to time, and
 * its pong says that all before it was taken. Pure arithmetic; the connection writes.
 */

/** However slow the link: with less, the frames around messages and the waiting for pongs would be most of it. */
const leastBytes = 8_192;
/** Of a peer that nothing is known about. */
const firstBytes = 65_536;
/** A probe goes out behind so many bytes at the latest, */
export const probeBytes = 16_384;
/** or so much of the window: each is a write and a read of its own, and what a fast peer takes in an eighth of a second is soon enough. */
const probedShare = 1 / 8;
/** What is on its way should be taken after so long. */
const aimMs = 1_000;
/** Pongs that come back within less are not told apart: clocks and turns of the event loop are not that fine. */
const shortestMs = 0.5;
/** Probes are numbered 1 … 255, 1 …: only one is under way at a time. */
const probeNumbers = 255;

export const firstWindowBytes = (outboxBytes: number): number => Math.min(firstBytes, outboxBytes);

export class Window {
  /** How much may be on its way. */
  bytes: number;
  readonly #leastBytes: number;
  readonly #mostBytes: number;
  /** Written up to the probe that is under way; 0 when none is. */
  #probedBytes = 0;
  /** Written behind it, or since the last answer when none is under way. */
  #sinceBytes = 0;
  /** When the first of them was written. */
  #sinceMs = 0;
  /** Of those before the probe. */
  #probedSinceMs = 0;
  /** Those that were written with the probe. */
  #freshBytes = 0;
  #probeMs = 0;
  /** Of the newest probe. */
  number = 0;
  #probing = false;

  /** @param writtenBytes Written before, nobody knows when. */
  constructor(outboxBytes: number, writtenBytes: number) {
    this.bytes = firstWindowBytes(outboxBytes);
    this.#mostBytes = outboxBytes;
    this.#leastBytes = Math.min(leastBytes, outboxBytes);
    this.#sinceBytes = writtenBytes;
    this.#sinceMs = Number.NEGATIVE_INFINITY;
  }

  /** Bytes that were written and are not known to be taken. */
  get unseenBytes(): number {
    return this.#probedBytes + this.#sinceBytes;
  }

  get probing(): boolean {
    return this.#probing;
  }

  /** So much is known to have left that what waited may go on. */
  isLow(waitingBytes: number): boolean {
    return waitingBytes < this.bytes / 2;
  }

  /** True if a probe should go right behind what was written. */
  wrote(bytes: number, nowMs: number): boolean {
    if (this.#sinceBytes === 0) this.#sinceMs = nowMs;
    this.#sinceBytes += bytes;
    if (!this.#probing) {
      this.#freshBytes = bytes;
      return this.probeDue;
    }
    // No pong yet is an answer too: what is before the probe takes that long at least.
    this.#shrink(nowMs - this.#probeMs);
    return false;
  }

  /** Enough was written for one, and none is under way. */
  get probeDue(): boolean {
    const enoughBytes = Math.max(Math.min(probeBytes, this.bytes / 2), this.bytes * probedShare);
    return !this.#probing && this.#sinceBytes >= enoughBytes;
  }

  /** One is written now, behind everything else. Returns its number, 1 to 255. */
  probe(nowMs: number): number {
    this.#probing = true;
    this.#probeMs = nowMs;
    this.#probedBytes = this.#sinceBytes;
    this.#probedSinceMs = this.#sinceMs;
    this.#sinceBytes = 0;
    this.number = (this.number % probeNumbers) + 1;
    return this.number;
  }

  /** A pong with this number came: milliseconds since the probe under way was written; undefined if it is not that one's. */
  answered(number: number, nowMs: number): number | undefined {
    if (!this.#probing || number !== this.number) return undefined;
    const tookMs = Math.max(shortestMs, nowMs - this.#probeMs);
    this.#grow(tookMs, Math.max(shortestMs, nowMs - this.#probedSinceMs));
    this.#shrink(tookMs);
    this.#probing = false;
    this.#probedBytes = 0;
    this.#freshBytes = 0;
    // What lies behind the probe was not begun to be taken before now.
    this.#sinceMs = nowMs;
    return tookMs;
  }

  /**
   * To a second of what the peer is sure to have taken: what was written with the probe in the time since, all
   * before it in the time since the first of it. Both say too little rather than too much, so that a peer to whom
   * little is written is not thought slow, nor fast.
   */
  #grow(freshMs: number, allMs: number): void {
    const perMs = Math.max(this.#freshBytes / freshMs, this.#probedBytes / allMs);
    this.bytes = Math.min(this.#mostBytes, Math.max(this.bytes, Math.floor(perMs * aimMs)));
  }

  /** Where the way of the probe took longer than it should, less may be before the next one. */
  #shrink(tookMs: number): void {
    if (tookMs <= aimMs) return;
    const takenBytes = Math.floor((this.#probedBytes / tookMs) * aimMs);
    this.bytes = Math.min(this.bytes, Math.max(this.#leastBytes, takenBytes));
  }
}
