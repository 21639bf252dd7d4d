/** One watch of a tab: it keeps its own positions, so that it can go on with any leader. */
import { isPattern, type Position, type Publication } from "@signalbox/protocol";
import { run } from "../readable.ts";
import type { WatchOptions, WatchState } from "../types.ts";
import type { Ask, Told } from "./bus.ts";

export class SharedWatch {
  readonly channel: string;
  readonly #options: WatchOptions;
  readonly #positions = new Map<string, Position>();
  /** All channels that were there at the beginning are known: others are had from their first event. */
  #answered = false;
  #state: WatchState = { status: "offline", position: undefined, head: undefined };
  stopped = false;

  constructor(channel: string, options: WatchOptions) {
    this.channel = channel;
    this.#options = options;
    const { since, positions = {} } = options;
    for (const name in positions) this.#reach(name, positions[name]);
    if (typeof since === "object" && "epoch" in since && !isPattern(channel)) this.#reach(channel, since);
  }

  state(): WatchState {
    const { position: told, head: known, ...state } = this.#state;
    const position = this.#positions.get(this.channel) ?? told;
    const head = position && Math.max(known ?? 0, position.offset);
    return { ...state, position, head };
  }

  positions(): Record<string, Position> {
    return Object.fromEntries(this.#positions);
  }

  /** From where it is. */
  ask(): Ask {
    const { since = "now", filter, snapshot, complete } = this.#options;
    const rest: Ask = {
      ...(filter && { filter }),
      ...(snapshot !== undefined && { snapshot }),
      ...(complete !== undefined && { complete }),
    };
    const at = this.#positions.get(this.channel);
    if (!isPattern(this.channel)) return { since: at ?? (this.#answered ? "earliest" : since), ...rest };
    return { since: this.#answered ? "earliest" : since, positions: this.positions(), ...rest };
  }

  take(told: Told): void {
    if (this.stopped) return;
    const options = this.#options;
    if (told.what === "events") this.#events(told.events);
    else if (told.what === "snapshot") run(() => options.onSnapshot?.(told.channel, told.snapshot));
    else if (told.what === "bare") run(() => options.onNoSnapshot?.(told.channel));
    else if (told.what === "error") run(() => options.onError?.(told.error));
    else if (told.what === "gap") {
      const { channel, gap } = told;
      const { reason, epoch, to } = gap;
      // What follows is of another history.
      if (reason === "epoch_changed" || reason === "position_beyond_head") this.#positions.delete(channel);
      else if (to !== undefined) this.#reach(channel, { epoch, offset: to });
      run(() => options.onGap?.(channel, gap));
    } else if (told.what === "positions") {
      this.#answered = true;
      for (const channel in told.positions) this.#reach(channel, told.positions[channel]);
    } else if (told.what === "state") this.#show(told.state);
  }

  /** Nobody leads for now. */
  unlink(): void {
    if (this.#state.status !== "refused") this.#show({ ...this.#state, status: "offline" });
  }

  #events(events: readonly Publication[]): void {
    const fresh = events.filter(({ channel, epoch, offset }) => {
      const at = this.#positions.get(channel);
      if (offset === undefined) return true;
      // Whatever a leader does, nothing is surfaced twice.
      if (at?.epoch === epoch && offset <= at.offset) return false;
      this.#positions.set(channel, { epoch, offset });
      return true;
    });
    const { onEvents, onEvent } = this.#options;
    if (fresh.length === 0) return;
    if (onEvents) run(() => onEvents(fresh));
    else for (const event of fresh) if (!this.stopped) run(() => onEvent?.(event));
  }

  #show(state: WatchState): void {
    const { status } = this.#state;
    this.#state = state;
    if (status !== state.status) run(() => this.#options.onState?.(this.state()));
  }

  #reach(channel: string, position: Position | undefined): void {
    const at = this.#positions.get(channel);
    if (!position || (at?.epoch === position.epoch && at.offset >= position.offset)) return;
    this.#positions.set(channel, { epoch: position.epoch, offset: position.offset });
  }
}
