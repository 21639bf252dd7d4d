/**
 * Who replays next: work that is due at once for thousands of connections is done in slices, connection by connection,
 * so that live events, heartbeats and newcomers are served in between.
 */

/** Does at most about `room` of the work there is and says how much that was. One with more to do asks again. */
type Work = (room: number) => number;

interface Queue {
  works: Work[];
  /** Works before this one are done: to shift a long array copies it. */
  next: number;
}

/** One unit is an event of up to 1 KiB to one connection. A connection gets so many before it is another's turn. */
const slice = 256;

export class Turns {
  readonly #unitsPerTurn: number;
  readonly #soon: (run: () => void) => void;
  /** By connection, in the order of their turns. */
  readonly #waiting = new Map<object, Queue>();
  #left: number;
  #working = false;
  #coming = false;
  readonly #turn = (): void => {
    this.#coming = false;
    this.#left = this.#unitsPerTurn;
    try {
      for (const [owner, queue] of this.#waiting) {
        if (this.#left <= 0) break;
        // Comes last from now on, if there is more.
        this.#waiting.delete(owner);
        const work = queue.works[queue.next++];
        if (queue.next < queue.works.length) this.#waiting.set(owner, shortened(queue));
        if (work !== undefined) this.#do(work);
      }
    } finally {
      if (this.#waiting.size > 0) this.#come();
    }
  };

  /** `soon` calls back in a later turn of the event loop. */
  constructor(unitsPerTurn: number, soon: (run: () => void) => void) {
    this.#unitsPerTurn = unitsPerTurn;
    this.#left = unitsPerTurn;
    this.#soon = soon;
  }

  /** Does the work at once if nobody waits and this turn has room, else when it is this owner's turn. */
  take(owner: object, work: Work): void {
    if (!this.#working && this.#waiting.size === 0 && this.#left > 0) {
      this.#do(work);
      return;
    }
    const queue = this.#waiting.get(owner);
    if (queue === undefined) this.#waiting.set(owner, { works: [work], next: 0 });
    else queue.works.push(work);
    this.#come();
  }

  #do(work: Work): void {
    this.#working = true;
    try {
      const used = work(Math.min(slice, this.#left));
      this.#left -= used;
      // What was used up comes back in the next turn.
      if (used > 0) this.#come();
    } finally {
      this.#working = false;
    }
  }

  #come(): void {
    if (this.#coming) return;
    this.#coming = true;
    this.#soon(this.#turn);
  }
}

/** What was done is cut off once it is the half. */
function shortened(queue: Queue): Queue {
  if (queue.next * 2 > queue.works.length) {
    queue.works.splice(0, queue.next);
    queue.next = 0;
  }
  return queue;
}
