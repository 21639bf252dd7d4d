/** Steering a command while it runs: pause, resume, cancel, input, the size of its terminal. */
import type { Child } from "./child.ts";
import type { Clock } from "./clock.ts";
import { sessionLives } from "./session-signals.ts";

export type ControlFault =
  /** It has ended, or was told to. */
  | "not_running"
  /** It was started without input, or its input was closed. */
  | "no_input"
  /** It does not read what it was given. */
  | "input_full"
  /** It has no terminal. */
  | "no_terminal";

/** `code` is what a refused command carries. */
export class ControlError extends Error {
  override name = "ControlError";
  readonly code: ControlFault;

  constructor(code: ControlFault, message: string) {
    super(message);
    this.code = code;
  }
}

export interface CancelOptions {
  /** After SIGTERM so long until SIGKILL. Default 5 s, at most an hour. */
  graceMs?: number;
  /** `process_stopped.reason`. */
  reason?: string;
  /** `KIND:ID` of who wanted it ended; absent where that was a limit or a shutdown. */
  by?: string;
}

export interface ControlEvents {
  onPaused(by: string | undefined): void;
  onResumed(by: string | undefined): void;
}

const defaultGraceMs = 5_000;
const longestGraceMs = 3_600_000;
/** How often it is looked whether descendants have ended too. */
const lookMs = 50;

/** All of it reaches the command's descendants as well, but for daemons that left its session. */
export class ProcessControl {
  readonly #child: Child;
  readonly #clock: Clock;
  readonly #events: ControlEvents;
  #state: "running" | "paused" | "cancelled" | "ended" = "running";
  #reason: string | undefined;
  #cancelledBy: string | undefined;
  #killed = false;
  #cancelKill: () => void = () => undefined;

  constructor(child: Child, clock: Clock, events: ControlEvents) {
    this.#child = child;
    this.#clock = clock;
    this.#events = events;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Why it was cancelled, where somebody said so. */
  get reason(): string | undefined {
    return this.#reason;
  }

  get cancelledBy(): string | undefined {
    return this.#cancelledBy;
  }

  /** Once more is no fault. Throws ControlError `not_running`. */
  pause(by?: string): void {
    this.#mustRun();
    if (this.#state === "paused") return;
    if (!this.#child.kill("SIGSTOP")) throw notRunning();
    this.#state = "paused";
    this.#events.onPaused(by);
  }

  /** Once more is no fault. Throws ControlError `not_running`. */
  resume(by?: string): void {
    this.#mustRun();
    if (this.#state !== "paused") return;
    if (!this.#child.kill("SIGCONT")) throw notRunning();
    this.#state = "running";
    this.#events.onResumed(by);
  }

  /** SIGTERM, then SIGKILL; once more may only shorten the time between. Its end is the end of the run. */
  cancel({ graceMs = defaultGraceMs, reason, by }: CancelOptions = {}): void {
    if (this.#state === "ended") return;
    if (this.#state === "paused") this.resume(reason);
    if (this.#state !== "cancelled") {
      this.#state = "cancelled";
      this.#reason = reason;
      this.#cancelledBy = by;
      this.#child.kill("SIGTERM");
    }
    this.#cancelKill();
    this.#cancelKill = this.#clock.timer(Math.min(Math.max(0, graceMs), longestGraceMs), () => {
      this.#killed = true;
      this.#child.kill("SIGKILL");
    });
  }

  /**
   * Resolves when the command's pipe or terminal took it. Throws ControlError `not_running`, `no_input`, or `input_full`
   * when 64 KiB wait already.
   */
  async input(text: string, eof = false): Promise<void> {
    this.#mustRun();
    const { input } = this.#child;
    if (input === undefined)
      throw new ControlError("no_input", "it was started without input, or its input was closed");
    if (input.waiting > 65_536) throw new ControlError("input_full", "it does not read what it was given before");
    try {
      if (text !== "") await input.write(text);
      if (eof) input.end();
    } catch (error) {
      throw new ControlError(
        "no_input",
        `it does not take input any more: ${error instanceof Error ? error.message : error}`,
      );
    }
  }

  /** Throws ControlError `not_running`, `no_terminal`. */
  resize(columns: number, rows: number): void {
    this.#mustRun();
    if (this.#child.resize === undefined) throw new ControlError("no_terminal", "it runs without a terminal");
    this.#child.resize({ columns, rows });
  }

  /** The command itself ended: of one that was cancelled, waits for its descendants too, until they are killed. */
  async ended(): Promise<void> {
    while (this.#state === "cancelled" && !this.#killed && sessionLives(this.pid)) {
      await new Promise<void>((resolve) => void this.#clock.timer(lookMs, resolve));
    }
    this.#state = "ended";
    this.#cancelKill();
  }

  #mustRun(): void {
    if (this.#state === "cancelled" || this.#state === "ended") throw notRunning();
  }
}

const notRunning = (): ControlError => new ControlError("not_running", "it has ended, or is being ended");
