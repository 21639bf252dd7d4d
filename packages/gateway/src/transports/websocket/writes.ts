/**
 * When connections write what they have: one system call for all that came for one in a turn of the event loop, and under
 * load (pace.ts) in up to 4 ms. Writing goes on for 2 ms at a time, those with little first; in between sockets are read.
 */
import { Bundle } from "./bundle.ts";
import { Line } from "./line.ts";
import { Pace } from "./pace.ts";

export interface Held {
  /** Bytes that `flush` would write. */
  readonly pendingBytes: number;
  flush(): void;
}

/** The clock of the event loop. */
export interface Turns {
  nowMs(): number;
  /** After the sockets of this turn were read. */
  atEnd(run: () => void): void;
  after(ms: number, run: () => void): void;
}

const realTurns: Turns = {
  nowMs: () => performance.now(),
  atEnd: (run) => void setImmediate(run),
  after: (ms, run) => void setTimeout(run, ms),
};

/** Beyond this nothing is gained by more in one system call. */
const enoughBytes = 65_536;
/** Whoever has no more goes first. */
const littleBytes = 16_384;
const sliceMs = 2;
const nothing = new Uint8Array(0);

export class Writes {
  /** What every connection begins with. */
  empty = new Bundle(nothing);
  /** Whoever has so much ought to write, whatever it is. */
  readonly enoughBytes: number;
  readonly #turns: Turns;
  readonly #pace = new Pace();
  #gathered: Held[] = [];
  readonly #little = new Line<Held>();
  readonly #much = new Line<Held>();
  #slicing = false;
  readonly #begin = (): void => {
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const one of gathered) this.#lineUp(one);
    this.#pace.begin(this.#turns.nowMs());
    // Else the next slice has them soon.
    if (!this.#slicing) this.#slice();
  };
  readonly #slice = (): void => {
    this.#slicing = false;
    const beganMs = this.#turns.nowMs();
    let nowMs = beganMs;
    try {
      while (nowMs - beganMs < sliceMs) {
        const one = this.#little.next() ?? this.#much.next();
        if (one === undefined) break;
        one.flush();
        nowMs = this.#turns.nowMs();
      }
      // However much comes for the others: who has much must not wait for ever.
      if (!this.#little.empty) this.#much.next()?.flush();
    } finally {
      this.#pace.spent(nowMs - beganMs);
      // Nobody needs the chains so far any more once they are written.
      if (this.#little.empty && this.#much.empty && this.#gathered.length === 0) this.empty = new Bundle(nothing);
      this.#goOn();
    }
  };

  /** `outboxBytes`: what a connection may have waiting before it gets no more. */
  constructor(outboxBytes: number, turns = realTurns) {
    this.enoughBytes = Math.min(enoughBytes, outboxBytes);
    this.#turns = turns;
  }

  /** It has something that may wait for more: to be called once until its `flush`. */
  gather(one: Held): void {
    this.#gathered.push(one);
    if (this.#gathered.length > 1) return;
    const holdMs = this.#pace.holdMs(this.#turns.nowMs());
    if (holdMs === 0) this.#turns.atEnd(this.#begin);
    else this.#turns.after(holdMs, this.#begin);
  }

  /** It should write when this turn ends, whatever else is held back: to be called once until its `flush`. */
  hurry(one: Held): void {
    this.#lineUp(one);
    this.#goOn();
  }

  #lineUp(one: Held): void {
    if (one.pendingBytes > littleBytes) this.#much.add(one);
    else this.#little.add(one);
  }

  #goOn(): void {
    if (this.#slicing || (this.#little.empty && this.#much.empty)) return;
    this.#slicing = true;
    this.#turns.atEnd(this.#slice);
  }
}
