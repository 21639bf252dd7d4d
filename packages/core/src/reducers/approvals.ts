/** What waits for people to decide, over all channels: kept in order while states come and go. */
import type { OpenCheckpoint } from "./open-steps.ts";

export interface Approval extends OpenCheckpoint {
  channel: string;
}

export class Approvals {
  readonly #byChannel = new Map<string, readonly OpenCheckpoint[]>();
  #open: readonly Approval[] = [];

  /** All that are open; those whose deadline comes first are first. The same list until it changes. */
  get open(): readonly Approval[] {
    return this.#open;
  }

  /** A channel's new state, of a reducer that knows checkpoints or of any other. */
  upsert(channel: string, state: { readonly checkpoints?: readonly OpenCheckpoint[] }): void {
    const checkpoints = state.checkpoints ?? [];
    const before = this.#byChannel.get(channel) ?? [];
    if (checkpoints === before || checkpoints.length + before.length === 0) return;
    const open = this.#open.filter((one) => one.channel !== channel);
    for (const checkpoint of checkpoints) {
      const approval = { ...checkpoint, channel };
      open.splice(placeOf(open, approval), 0, approval);
    }
    this.#open = open;
    if (checkpoints.length > 0) this.#byChannel.set(channel, checkpoints);
    else this.#byChannel.delete(channel);
  }

  /** The channel is no more, or not to be seen any more. */
  remove(channel: string): void {
    this.upsert(channel, {});
  }
}

/** Where it belongs among those in order. */
function placeOf(open: readonly Approval[], approval: Approval): number {
  let low = 0;
  let high = open.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = open[middle];
    if (other !== undefined && compare(other, approval) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

const compare = (a: Approval, b: Approval): number =>
  deadlineOf(a) - deadlineOf(b) ||
  a.requestedAt - b.requestedAt ||
  (a.channel + a.checkpointId < b.channel + b.checkpointId ? -1 : 1);

/** Without one it comes after all others. */
const deadlineOf = ({ deadline }: Approval): number => deadline ?? Number.MAX_VALUE;
