/** How long what a gateway does takes. Two readings of the clock for each batch of events, none for a single event. */
import { Durations } from "@signalbox/core";

export class Timings {
  /** From giving events to the store until it has kept them. */
  readonly store = new Durations();
  /** From taking events until their sender can be answered: kept, in order, and given to who watches. */
  readonly publish = new Durations();
  /** From writing to a WebSocket until its reader has answered the ping behind it: there and back. */
  readonly viewer = new Durations();
}
