/** One process of a runner: it runs, obeys the commands of its channel, and is cancelled when its time is up. */
import type { Client } from "@signalbox/client";
import type { Clock } from "../clock.ts";
import type { ProcessControl } from "../control.ts";
import { type OpenInbox, openInbox } from "../inbox/open-inbox.ts";
import { type RunOptions, type RunResult, runProcess } from "../run-process.ts";
import { processCommands } from "./process-commands.ts";
import type { Recipe } from "./recipe.ts";

export interface ManagedRunOptions {
  client: Client;
  recipe: Recipe;
  processId: string;
  /** The lease's producer. */
  producer: string;
  run: Omit<RunOptions, "processId" | "onStart" | "onStatus" | "gateway" | "clock">;
  clock: Clock;
  onStart(pid: number): void;
  /** It has ended, with its descendants if it was cancelled; not all of that may have been said yet. */
  onExit(pid: number): void;
  /** It runs, and nobody can steer it: the gateway says no. */
  onUnsteerable(why: string): void;
}

export class ManagedRun {
  readonly processId: string;
  readonly recipe: Recipe;
  /** Its process number; rejects with the system's error if it cannot be started. */
  readonly started: Promise<number>;
  /** Resolves when the gateway has everything, or it was left in the spool; rejects if there was no spool to be had. */
  readonly ended: Promise<RunResult>;
  readonly #options: ManagedRunOptions;
  #control: ProcessControl | undefined;
  #inbox: OpenInbox | undefined;
  #cancelLimit: () => void = () => undefined;
  #reason: string | undefined;
  #running = true;

  constructor(options: ManagedRunOptions) {
    this.#options = options;
    this.processId = options.processId;
    this.recipe = options.recipe;
    let begun: (pid: number) => void = () => undefined;
    const began = new Promise<number>((resolve) => {
      begun = resolve;
    });
    this.ended = this.#run((control) => begun(control.pid));
    this.started = Promise.race([
      began,
      this.ended.then(({ startError }) => {
        if (startError !== undefined) throw Object.assign(new Error(startError.message), { code: startError.code });
        return began;
      }),
    ]);
  }

  /** It counts until it has ended, whoever still waits for the gateway. */
  get running(): boolean {
    return this.#running;
  }

  /** Also before it runs: then as soon as it does. */
  cancel(reason: string): void {
    this.#reason = reason;
    this.#control?.cancel({ reason });
  }

  async #run(begun: (control: ProcessControl) => void): Promise<RunResult> {
    const { client, processId, run, clock } = this.#options;
    let over: (result: RunResult) => void = () => undefined;
    const result = new Promise<RunResult>((resolve) => {
      over = resolve;
    });
    try {
      const ended = await runProcess({
        ...{ ...run, processId, clock, gateway: client },
        onStart: (control) => {
          this.#begin(control, result);
          begun(control);
        },
        onStatus: ({ phase }) => {
          if (phase === "sending") this.#exited();
        },
      });
      over(ended);
      return ended;
    } finally {
      this.#exited();
      await this.#inbox?.close();
    }
  }

  #begin(control: ProcessControl, result: Promise<RunResult>): void {
    const { client, processId, producer, recipe, clock } = this.#options;
    this.#control = control;
    this.#options.onStart(control.pid);
    const { timeLimitMs } = recipe.file;
    if (timeLimitMs !== undefined) {
      this.#cancelLimit = clock.timer(timeLimitMs, () => this.cancel(`time limit of ${timeLimitMs} ms`));
    }
    const commands = processCommands(control, result);
    this.#inbox = openInbox({
      ...{ client, channel: `process:${processId}`, producer, commands },
      onLease: ({ state, problem }) => {
        if (state === "refused") this.#options.onUnsteerable(problem?.message ?? state);
      },
    });
    if (this.#reason !== undefined) this.cancel(this.#reason);
  }

  #exited(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#cancelLimit();
    if (this.#control !== undefined) this.#options.onExit(this.#control.pid);
  }
}
