/** What a connection has to send when this turn ends: a chain of frames, shared by all connections that have the same. */

export class Bundle {
  /** Of all frames in the chain. */
  readonly bytes: number;
  readonly #before: Bundle | undefined;
  readonly #frame: Uint8Array;
  /** The chain somebody made of this one last: at a fan-out all others want the same next. */
  #next: Bundle | undefined;
  #whole: Uint8Array | undefined;

  constructor(frame: Uint8Array, before?: Bundle) {
    this.#frame = frame;
    this.#before = before;
    this.bytes = (before?.bytes ?? 0) + frame.length;
  }

  /** This chain with one more frame. */
  and(frame: Uint8Array): Bundle {
    let next = this.#next;
    if (next === undefined || next.#frame !== frame) {
      next = new Bundle(frame, this);
      this.#next = next;
    }
    return next;
  }

  /** All frames in one piece, made once for everybody. */
  whole(): Uint8Array {
    this.#whole ??= this.#joined();
    return this.#whole;
  }

  #joined(): Uint8Array {
    if (this.bytes === this.#frame.length) return this.#frame;
    const whole = Buffer.allocUnsafe(this.bytes);
    let end = this.bytes;
    for (let one: Bundle | undefined = this; one !== undefined; one = one.#before) {
      end -= one.#frame.length;
      whole.set(one.#frame, end);
    }
    return whole;
  }
}
