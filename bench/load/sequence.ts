/** Whether one client got the events 1, 2, 3 … of one publisher, each once and in order. */
export class Sequence {
  /** The newest number had. */
  newest: number;
  /** Numbers that were skipped. */
  lost = 0;
  /** Numbers that came again, or after a later one. */
  again = 0;

  /** `newest`: the number that the client begins after. */
  constructor(newest: number) {
    this.newest = newest;
  }

  take(number: number): void {
    if (number <= this.newest) {
      this.again++;
      return;
    }
    this.lost += number - this.newest - 1;
    this.newest = number;
  }

  /** What is lost when `head` is the newest event there is. */
  lostUpTo(head: number): number {
    return this.lost + Math.max(0, head - this.newest);
  }
}
