/** One command, from its delivery to its end. */
import { wait } from "../ask.ts";
import type { Clock } from "../clock.ts";
import type { Given } from "./command.ts";
import type { Steps } from "./steps.ts";

export interface CommandCall {
  commandId: string;
  name: string;
  /** As the declaration of the command allows them; `undefined` if none were given. */
  args: unknown;
  /** `KIND:ID` of who gave it. */
  issuedBy: string;
  /** Aborted when the lease ended, so that the command has failed as `interrupted`, and when the inbox is closed. */
  signal: AbortSignal;
  /** How far it is, 0 to 100 percent, at most four times a second: the newest counts. */
  progress(percent: number | undefined, message?: string): void;
}

/**
 * Does what a command says. What it returns is the command's result (JSON, at most 64 KiB); if it throws, the command has
 * failed with the error's message, and its `code` if it has one.
 */
export type CommandHandler = (call: CommandCall) => unknown;

/** `parallel`: does not wait for other commands. */
export type CommandSpec = CommandHandler | { run: CommandHandler; parallel?: boolean };

interface ExecutionOptions {
  steps: Steps;
  clock: Clock;
}

const progressMs = 250;
const closing = "the inbox is being closed";

export class Execution {
  readonly commandId: string;
  /** Resolves when there is nothing more to do for it. */
  readonly ended: Promise<void>;
  readonly #given: Given;
  readonly #spec: CommandSpec | undefined;
  readonly #options: ExecutionOptions;
  readonly #abort = new AbortController();
  readonly #delivered: ReturnType<Steps["publish"]> | undefined;
  /** withdrawn: it is not to be begun any more. */
  #at: "waiting" | "withdrawn" | "begun" | "over" = "waiting";
  /** What comes of it is nobody's business any more. */
  #interrupted = false;
  #progress: { progress?: number; message?: string } | undefined;
  #telling = false;
  #end: () => void = () => undefined;

  constructor(given: Given, spec: CommandSpec | undefined, options: ExecutionOptions) {
    const { commandId } = given;
    this.commandId = commandId;
    this.#given = given;
    this.#spec = spec;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    if (spec !== undefined) this.#delivered = options.steps.publish("command_delivered", { commandId });
  }

  /** Never rejects. */
  async run(): Promise<void> {
    await this.#carryOut();
    this.#at = "over";
    this.#end();
  }

  /** It was taken back, or is too old; what was begun goes on. */
  withdraw(): void {
    if (this.#at !== "waiting") return;
    this.#at = "withdrawn";
    this.#end();
  }

  interrupt(reason: string): void {
    this.#interrupted = true;
    this.withdraw();
    this.#abort.abort(new Error(reason));
  }

  /** What was begun is to end soon. */
  stop(): void {
    this.withdraw();
    this.#abort.abort(new Error(closing));
  }

  async #carryOut(): Promise<void> {
    const { commandId } = this;
    const { steps, clock } = this.#options;
    if (this.#at !== "waiting") return;
    if (this.#spec === undefined) {
      const error = `unknown command ${JSON.stringify(this.#given.name)}`;
      await steps.publish("command_failed", { commandId, error, code: "unknown_command" });
      return;
    }
    const delivered = await this.#delivered;
    if (!delivered?.ok || this.#at !== "waiting") return;
    // From here on it is begun, as far as anybody could know.
    this.#at = "begun";
    const started = await steps.publish("command_started", { commandId });
    if (!started.ok) return;
    const startedMs = clock.nowMs();
    const outcome = await this.#call(typeof this.#spec === "object" ? this.#spec.run : this.#spec);
    this.#at = "over";
    this.#progress = undefined;
    if (this.#interrupted) return;
    if ("failed" in outcome) return this.#fail(outcome.failed);
    const durationMs = Math.max(0, clock.nowMs() - startedMs);
    const result = outcome.result === undefined ? {} : { result: outcome.result };
    const done = await steps.publish("command_done", { commandId, ...result, durationMs });
    // Carried out, but what came of it cannot be kept.
    if (!done.ok && done.problem !== undefined && aboutResult.has(done.problem.name)) {
      await this.#fail({ error: done.problem.message, code: "invalid_result" });
    }
  }

  async #call(run: CommandHandler): Promise<{ result: unknown } | { failed: Failed }> {
    const { commandId, name, args, issuedBy } = this.#given;
    const { signal } = this.#abort;
    let result: unknown;
    try {
      const progress: CommandCall["progress"] = (percent, message) => this.#tell(percent, message);
      result = await run({ commandId, name, args, issuedBy, signal, progress });
    } catch (thrown) {
      return { failed: failureOf(thrown) };
    }
    try {
      const text: unknown = JSON.stringify(result);
      return { result: typeof text === "string" ? result : undefined };
    } catch (thrown) {
      return { failed: { ...failureOf(thrown), code: "invalid_result" } };
    }
  }

  async #fail({ error, code }: Failed): Promise<void> {
    await this.#options.steps.publish("command_failed", { commandId: this.commandId, error, code });
  }

  #tell(percent: number | undefined, message: string | undefined): void {
    if (this.#at !== "begun") return;
    this.#progress = {
      ...(percent === undefined ? {} : { progress: Math.min(100, Math.max(0, percent)) }),
      ...(message === undefined ? {} : { message }),
    };
    if (!this.#telling) void this.#tellNewest();
  }

  async #tellNewest(): Promise<void> {
    const { steps, clock } = this.#options;
    this.#telling = true;
    while (this.#progress !== undefined && !this.#interrupted) {
      const progress = this.#progress;
      this.#progress = undefined;
      await steps.publish("command_progress", { commandId: this.commandId, ...progress });
      await wait(clock, progressMs, this.#abort.signal);
    }
    this.#telling = false;
  }
}

interface Failed {
  error: string;
  code: string;
}

/** Refusals that another result would not get. */
const aboutResult: ReadonlySet<string> = new Set(["payload_too_big", "invalid_message"]);

function failureOf(thrown: unknown): Failed {
  const error = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  const code: unknown = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return { error, code: typeof code === "string" ? code : "failed" };
}
