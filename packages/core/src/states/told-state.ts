/** A channel's state as the watchers of one feed are told it, encoded at most once for each way of seeing it. */
import type { ChannelState, ErrorData, Snapshot } from "@signalbox/protocol";
import { errorData } from "../errors.ts";
import type { View } from "../hide/index.ts";
import { diff } from "./diff.ts";

/** What encoding needs of the outside, and who asked by which name. */
export interface Telling {
  /** The pattern; `undefined` for a subscription to one channel. */
  readonly pattern: string | undefined;
  readonly stateBytes: number;
  /** A control message as JSON text. */
  message(type: "channel_state" | "error", data: ChannelState | ErrorData): string;
}

/** As those of one view see it. */
interface Shown {
  readonly state: unknown;
  /** The whole message, once somebody needed it; `""` where the state is too big. */
  whole: string | undefined;
  /** Characters of the state's JSON, or a little more. */
  size: number | undefined;
}

export class ToldState {
  readonly channel: string;
  readonly snapshot: Snapshot;
  readonly #telling: Telling;
  readonly #shown = new Map<View | undefined, Shown>();

  constructor(channel: string, snapshot: Snapshot, telling: Telling) {
    this.channel = channel;
    this.snapshot = snapshot;
    this.#telling = telling;
  }

  /** Characters of it as a message, about; 0 if it never was one. */
  get size(): number {
    let most = 0;
    for (const { size = 0 } of this.#shown.values()) most = Math.max(most, size);
    return most;
  }

  /** The message with the whole state; in place of one that is too big an error. */
  whole(view: View | undefined): string {
    return this.#whole(view) || this.#tooBig();
  }

  /** For those who were told `before`: a patch where that is smaller. `""`: there is nothing to say. */
  after(before: ToldState, view: View | undefined, patches: boolean): string {
    const wasTooBig = before.#shown.get(view)?.whole === "";
    const patch = patches && !wasTooBig ? this.#patch(before, view) : undefined;
    if (patch !== undefined) return patch;
    return this.#whole(view) || (wasTooBig ? "" : this.#tooBig());
  }

  #whole(view: View | undefined): string {
    const shown = this.#shownTo(view);
    if (shown.whole !== undefined) return shown.whole;
    const text = this.#telling.message("channel_state", { ...this.#place(), state: shown.state });
    shown.size = text.length;
    shown.whole = text.length > this.#telling.stateBytes ? "" : text;
    return shown.whole;
  }

  #patch(before: ToldState, view: View | undefined): string | undefined {
    if (before.snapshot.epoch !== this.snapshot.epoch || before.snapshot.version !== this.snapshot.version)
      return undefined;
    const shown = this.#shownTo(view);
    const { state, size } = before.#shownTo(view);
    if (size === undefined) return undefined;
    const patch = diff(state, shown.state);
    const text = this.#telling.message("channel_state", { ...this.#place(), since: before.snapshot.offset, patch });
    if (text.length >= size) return undefined;
    // So it is never taken for smaller than it is; too big by that it is measured.
    shown.size ??= size + text.length;
    if (shown.whole === undefined && shown.size > this.#telling.stateBytes && this.#whole(view) === "")
      return undefined;
    return text;
  }

  #tooBig(): string {
    const limitBytes = this.#telling.stateBytes;
    const { epoch, offset } = this.snapshot;
    // With its position, so that a client that asks again and again can say that it knows.
    const details = { channel: this.channel, states: true, epoch, offset, limitBytes };
    return this.#telling.message(
      "error",
      errorData("payload_too_big", `the state of ${this.channel} is too big`, details),
    );
  }

  #shownTo(view: View | undefined): Shown {
    let shown = this.#shown.get(view);
    if (shown === undefined) {
      const { state } = this.snapshot;
      shown = { state: view === undefined ? state : view.state(state), whole: undefined, size: undefined };
      this.#shown.set(view, shown);
    }
    return shown;
  }

  #place(): ChannelState {
    const { pattern } = this.#telling;
    const { reducer, version, epoch, offset } = this.snapshot;
    return { channel: this.channel, ...(pattern === undefined ? {} : { pattern }), reducer, version, epoch, offset };
  }
}
