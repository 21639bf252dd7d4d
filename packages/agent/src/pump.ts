/** One stream of a command: copied through as it is, and cut into lines. */
import type { Output } from "./child.ts";
import type { Clock } from "./clock.ts";
import { LineSplitter, type Piece } from "./lines.ts";

/** An unfinished line (a prompt, a progress bar) is given out after this much silence. */
const idleMs = 500;

/** Where the bytes also go: usually this process's own stdout or stderr. */
export interface Sink {
  /** False: wait for `drain` before writing more. */
  write(chunk: Uint8Array): boolean;
  once(event: "drain", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface PumpOptions {
  clock: Clock;
  sink: Sink | undefined;
  /** All lines of a chunk at once. */
  onPieces: (pieces: Piece[]) => void;
  onEnd: () => void;
}

export class Pump {
  readonly #output: Output;
  readonly #options: PumpOptions;
  readonly #lines = new LineSplitter();
  readonly #holds = new Set<string>();
  #cancelIdle: (() => void) | undefined;
  #ended = false;
  #lastReadMs: number;

  constructor(output: Output, options: PumpOptions) {
    this.#output = output;
    this.#options = options;
    this.#lastReadMs = options.clock.nowMs();
    // Whoever read our output is gone (`signalbox run … | head`): the command learns it the usual way.
    options.sink?.on("error", () => this.giveUp());
    output.read(
      (chunk) => this.#read(chunk),
      () => this.#end(),
    );
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** When a chunk came last, or could come again; milliseconds since 1970. Undefined while it is held back. */
  get quietSinceMs(): number | undefined {
    return this.#holds.size > 0 ? undefined : this.#lastReadMs;
  }

  /** Stops reading until the same reason is released: the command then waits. */
  hold(reason: string): void {
    if (this.#holds.size === 0) this.#output.pause();
    this.#holds.add(reason);
  }

  release(reason: string): void {
    if (!this.#holds.delete(reason) || this.#holds.size > 0) return;
    this.#lastReadMs = this.#options.clock.nowMs();
    this.#output.resume();
  }

  /** No more of this stream, whoever may still hold its other end. */
  giveUp(): void {
    if (this.#ended) return;
    this.#output.destroy();
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelIdle?.();
    const rest = this.#lines.end();
    if (rest.length > 0) this.#options.onPieces(rest);
    this.#options.onEnd();
  }

  #read(chunk: Uint8Array): void {
    if (this.#ended) return;
    const { clock, sink, onPieces } = this.#options;
    this.#lastReadMs = clock.nowMs();
    // First kept, then shown: what a person saw is there, even if this process is killed in between.
    const pieces = this.#lines.write(chunk);
    if (pieces.length > 0) onPieces(pieces);
    if (sink !== undefined && !sink.write(chunk)) {
      this.hold("sink");
      sink.once("drain", () => this.release("sink"));
    }
    this.#cancelIdle?.();
    this.#cancelIdle = this.#lines.unfinished ? clock.timer(idleMs, () => this.#idle()) : undefined;
  }

  #idle(): void {
    const piece = this.#lines.idle();
    if (piece !== undefined) this.#options.onPieces([piece]);
  }
}
