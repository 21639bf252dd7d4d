/** The clock of the event loop, and what may be put off with it. */

export interface Turns {
  nowMs(): number;
  /** After the sockets of this turn were read. */
  atEnd(run: () => void): void;
  after(ms: number, run: () => void): void;
}

export const realTurns: Turns = {
  nowMs: () => performance.now(),
  atEnd: (run) => void setImmediate(run),
  after: (ms, run) => void setTimeout(run, ms),
};
