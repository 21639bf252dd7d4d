/** Something on its way between a client and the node that it is for. */
import type { Socket } from "node:net";
import type { Holder } from "../../load.ts";

interface PassageOptions {
  /** Mark of the node. */
  to: string;
  /** Of the client. */
  socket: Socket;
  /** What ends for the client when an answer breaks off. */
  carrier: { readonly destroyed: boolean; destroy(): void };
  /** It ended before anything was answered. */
  gone(): void;
  /** Called once, however it ended. */
  over(passage: Passage): void;
}

export class Passage implements Holder {
  readonly to: string;
  readonly socket: Socket;
  readonly heldBytes = 0;
  /** The client has something of an answer. */
  isAnswered = false;
  isOver = false;
  /** Towards the node. */
  far: { destroy(): void } | undefined;
  readonly #options: PassageOptions;

  constructor(options: PassageOptions) {
    this.#options = options;
    this.to = options.to;
    this.socket = options.socket;
  }

  shed(): void {
    this.broken();
  }

  /** The node has ended it. */
  broken(): void {
    if (this.isOver) return;
    this.done();
    const { carrier, gone } = this.#options;
    if (this.isAnswered || carrier.destroyed) carrier.destroy();
    else gone();
  }

  /** The client has what it asked for, or has gone. */
  done(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.far?.destroy();
    this.#options.over(this);
  }
}
