/** Runs a real command and publishes what it does to `process:<id>`, a line an event, with nothing lost. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { channelName, type Draft, type ErrorData, type EventData } from "@signalbox/protocol";
import { type Child, type ChildOptions, type Exit, type StreamName, spawnPiped } from "./child.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ProcessControl } from "./control.ts";
import type { Piece } from "./lines.ts";
import { Outbox } from "./outbox.ts";
import { thisOwner } from "./owner.ts";
import { type PtyChild, spawnPty } from "./pty.ts";
import { Pump, type Sink } from "./pump.ts";
import type { Gateway, SenderState } from "./sender.ts";
import { forwardSignals } from "./signals.ts";
import { Spool } from "./spool.ts";
import { spoolRoot } from "./spool-root.ts";
import { attachTerminal, defaultSize, windowSize } from "./terminal.ts";
import { sampleUsage } from "./usage-samples.ts";

export interface RunOptions {
  command: string;
  args?: readonly string[];
  /** Default: a name made from the command. */
  processId?: string;
  /** What people call it. */
  name?: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  agentId?: string;
  sessionId?: string;
  /** `metadata.tags` of every event: what filters select by. */
  tags?: Record<string, string>;
  /** In a pseudo-terminal, as if a person had started it. */
  pty?: boolean;
  /** Default ignore; `pipe`: what `ProcessControl.input` gives. */
  stdin?: "inherit" | "ignore" | "pipe";
  /** Where the output also goes, byte by byte as it came; default nowhere. */
  stdout?: Sink;
  stderr?: Sink;
  /** Pass SIGINT, SIGTERM and SIGHUP of this process on to the command. */
  forwardSignals?: boolean;
  gateway: Gateway;
  /** The gateway's address, written beside spooled events: a later flush sends them there. */
  url: string;
  spool?: { root?: string; maxBytes?: number };
  /** Ends the command: SIGTERM, five seconds later SIGKILL. */
  stop?: AbortSignal;
  /** The command runs, and may be steered from now on. */
  onStart?: (control: ProcessControl) => void;
  /** After the end: no longer wait for the gateway, leave the rest in the spool. */
  leave?: AbortSignal;
  onStatus?: (status: RunStatus) => void;
  /** The gateway refused one event for good; the others go on. */
  onRefused?: (number: number, error: ErrorData) => void;
  clock?: Clock;
  random?: () => number;
}

export interface RunStatus {
  phase: "running" | "sending";
  processId: string;
  /** Events the gateway does not have yet. */
  waiting: number;
  /** The command is held back: the spool is full, or the disk (then with the system's words). */
  held: boolean;
  diskFault: string | undefined;
  sender: SenderState;
}

export interface RunResult extends Exit {
  processId: string;
  /** Lines over all streams. */
  lines: number;
  durationMs: number;
  /** The command could not be started; `code` is the system's, such as ENOENT. */
  startError: { code: string; message: string } | undefined;
  /** Why it was cancelled, where somebody said so. */
  reason: string | undefined;
  /** Events that stayed in the spool. */
  left: number;
}

type ProcessEvent = Extract<keyof EventData, `process_${string}`>;
type WithoutId<Type extends ProcessEvent> = Omit<EventData[Type], "processId">;

/** A descendant may keep the pipes open after the command ended: so much silence ends that. */
const lingerMs = 1_000;

/** Resolves when the command ended and the gateway has everything, or `leave` fired. */
export function runProcess(options: RunOptions): Promise<RunResult> {
  return new Run(options).result();
}

class Run {
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #processId: string;
  readonly #outbox: Outbox;
  readonly #startedMs: number;
  readonly #pumps: Pump[] = [];
  /** Number of the line each stream is at. */
  readonly #openLine = new Map<StreamName, number>();
  #lines = 0;
  #phase: RunStatus["phase"] = "running";
  #pumpEnded: () => void = () => undefined;

  constructor(options: RunOptions) {
    const { gateway, spool, random = Math.random, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#startedMs = clock.nowMs();
    const unique = randomBytes(4).toString("hex");
    this.#processId = options.processId ?? `${channelName(basename(options.command)).slice(0, 100)}-${unique}`;
    const producer = `run-${unique}${randomBytes(4).toString("hex")}`;
    const about = {
      version: 1,
      producer,
      channel: this.#channel,
      url: options.url,
      title: [options.command, ...(options.args ?? [])].join(" ").slice(0, 200),
      createdMs: this.#startedMs,
      owner: thisOwner(),
    } as const;
    const limits = spool?.maxBytes === undefined ? {} : { maxBytes: spool.maxBytes };
    this.#outbox = new Outbox(
      Spool.create(join(spool?.root ?? spoolRoot(process.env), producer), about, clock, limits),
      gateway,
      {
        clock,
        random,
        onChange: () => this.#changed(),
        ...(options.onRefused === undefined ? {} : { onRefused: options.onRefused }),
      },
    );
  }

  async result(): Promise<RunResult> {
    const outcome = await this.#run();
    this.#phase = "sending";
    this.#changed();
    const left = await this.#outbox.settle(this.#options.leave ?? new AbortController().signal);
    return {
      ...outcome,
      processId: this.#processId,
      lines: this.#lines,
      durationMs: this.#clock.nowMs() - this.#startedMs,
      left,
    };
  }

  async #run(): Promise<Exit & Pick<RunResult, "startError" | "reason">> {
    let child: Child;
    try {
      child = await this.#start();
    } catch (error) {
      const startError = startErrorOf(error);
      this.#publish("process_error", { error: startError.message, code: startError.code });
      return { exitCode: null, signal: null, startError, reason: undefined };
    }
    const control = new ProcessControl(child, this.#clock, {
      onPaused: (by) => this.#publish("process_paused", by === undefined ? {} : { by }),
      onResumed: (by) => this.#publish("process_resumed", by === undefined ? {} : { by }),
    });
    const exit = await this.#watch(child, control);
    const { reason, cancelledBy } = control;
    this.#publish("process_stopped", {
      ...exit,
      durationMs: this.#clock.nowMs() - this.#startedMs,
      lines: this.#lines,
      ...(reason === undefined ? {} : { reason }),
      ...(cancelledBy === undefined ? {} : { cancelledBy }),
    });
    return { ...exit, startError: undefined, reason };
  }

  async #start(): Promise<Child> {
    const { command, args = [], cwd = process.cwd(), env = process.env, stdin = "ignore", pty, name } = this.#options;
    const { agentId, sessionId } = this.#options;
    const ownGroup = !(stdin === "inherit" && process.stdin.isTTY);
    const how: ChildOptions = { command, args, cwd, env, stdin, ownGroup };
    const size = stdin === "inherit" ? windowSize() : defaultSize;
    const started = (pid: number): void =>
      this.#publish("process_started", {
        ...{ command, args: [...args], cwd, pid, host: hostname(), startedAt: this.#startedMs },
        ...(name === undefined ? {} : { name }),
        ...(agentId === undefined ? {} : { agentId }),
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(pty ? { pty: true, ...size } : {}),
      });
    if (!pty) {
      const child = await spawnPiped(how);
      started(child.pid);
      return child;
    }
    const child = await spawnPty(how, size);
    started(child.pid);
    if (stdin === "inherit") this.#attach(child);
    return child;
  }

  #attach(child: PtyChild): void {
    const detach = attachTerminal(child);
    void child.exit.then(detach);
  }

  async #watch(child: Child, control: ProcessControl): Promise<Exit> {
    for (const output of child.outputs) {
      const pump = new Pump(output, {
        clock: this.#clock,
        sink: output.name === "stderr" ? this.#options.stderr : this.#options.stdout,
        onPieces: (pieces) => this.#onPieces(output.name, pieces),
        onEnd: () => this.#pumpEnded(),
      });
      this.#pumps.push(pump);
    }
    this.#balance();
    const ends = [this.#measure(child.pid), this.#obeyStop(control)];
    if (this.#options.forwardSignals) {
      const hasTerminal = this.#options.stdin === "inherit" && process.stdin.isTTY && !this.#options.pty;
      ends.push(forwardSignals({ hasTerminal, kill: (signal) => child.kill(signal) }));
    }
    this.#options.onStart?.(control);
    const exit = await child.exit;
    await control.ended();
    await this.#drained();
    for (const end of ends) end();
    return exit;
  }

  /** Until all streams ended, or nobody has written for a while although the command is gone. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      let cancel: (() => void) | undefined;
      const look = (): void => {
        cancel?.();
        const open = this.#pumps.filter((pump) => !pump.ended);
        const quiet = this.#clock.nowMs() - lingerMs;
        if (open.length === 0) {
          resolve();
        } else if (open.every((pump) => pump.quietSinceMs !== undefined && pump.quietSinceMs <= quiet)) {
          for (const pump of open) pump.giveUp();
        } else {
          cancel = this.#clock.timer(lingerMs, look);
        }
      };
      this.#pumpEnded = look;
      cancel = this.#clock.timer(lingerMs, look);
      if (this.#pumps.every((pump) => pump.ended)) look();
    });
  }

  #onPieces(stream: StreamName, pieces: Piece[]): void {
    const timestamp = this.#clock.nowMs();
    this.#outbox.publish(
      pieces.map(({ text, partial, begins }) => {
        if (begins) this.#openLine.set(stream, ++this.#lines);
        const line = this.#openLine.get(stream) ?? this.#lines;
        const data = { stream, output: text, line };
        return this.#draft("process_output", partial ? { ...data, partial } : data, timestamp);
      }),
    );
  }

  #measure(pid: number): () => void {
    return sampleUsage(pid, this.#clock, (sample) => {
      // A sample is worth less than a line: none are kept while the command is held back.
      if (!this.#outbox.full) this.#publish("process_metric", sample);
    });
  }

  #obeyStop(control: ProcessControl): () => void {
    const { stop } = this.#options;
    const end = (): void => control.cancel();
    if (stop?.aborted) end();
    else stop?.addEventListener("abort", end, { once: true });
    return () => stop?.removeEventListener("abort", end);
  }

  #publish<Type extends ProcessEvent>(type: Type, data: WithoutId<Type>): void {
    this.#outbox.publish([this.#draft(type, data, this.#clock.nowMs())]);
  }

  #draft<Type extends ProcessEvent>(type: Type, data: WithoutId<Type>, timestamp: number): Draft {
    const { tags } = this.#options;
    return {
      type,
      channel: this.#channel,
      timestamp,
      data: { processId: this.#processId, ...data },
      ...(tags === undefined ? {} : { metadata: { tags } }),
    };
  }

  get #channel(): string {
    return `process:${this.#processId}`;
  }

  #changed(): void {
    this.#balance();
    const { waiting, full, diskFault, sender } = this.#outbox;
    const held = diskFault !== undefined || (full && this.#phase === "running");
    this.#options.onStatus?.({ phase: this.#phase, processId: this.#processId, waiting, held, diskFault, sender });
  }

  /** Never more than the spool takes: the command waits instead. */
  #balance(): void {
    for (const pump of this.#pumps) {
      if (this.#outbox.full) pump.hold("spool");
      else pump.release("spool");
    }
  }
}

function startErrorOf(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
  return { code, message };
}
