/**
 * A runner: starts recipes where people let it, when it is told to. Each command is carried out at most once, so one `start`
 * never starts two processes; what was begun when the runner died has failed as `interrupted`.
 */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Client, Problem } from "@signalbox/client";
import { type Clock, systemClock } from "../clock.ts";
import { flushSpools } from "../flush.ts";
import type { CommandCall } from "../inbox/execution.ts";
import type { LeaseState } from "../inbox/lease-keeper.ts";
import { type OpenInbox, openInbox } from "../inbox/open-inbox.ts";
import type { RunResult } from "../run-process.ts";
import { spoolRoot } from "../spool-root.ts";
import { Announcer } from "./announcer.ts";
import type { RunnerConfig } from "./config.ts";
import { declaration } from "./declaration.ts";
import { Guard } from "./guard.ts";
import { ManagedRun } from "./managed-run.ts";
import type { Recipe } from "./recipe.ts";
import { readStart } from "./start-request.ts";

export interface RunnerOptions {
  client: Client;
  /** The gateway's address, written beside spooled events. */
  url: string;
  config: RunnerConfig;
  /** What recipes may be allowed to see of. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** Where events wait for the gateway. */
  spoolRoot?: string;
  onNotice?: (notice: RunnerNotice) => void;
  clock?: Clock;
  /** 0 ≤ x < 1. */
  random?: () => number;
}

/** What happens, for whoever watches the runner itself. */
export type RunnerNotice =
  | { what: "lease"; lease: LeaseState }
  | { what: "started"; processId: string; recipe: string; pid: number; by: string }
  | { what: "ended"; processId: string; recipe: string; result: RunResult }
  /** A command was not carried out. */
  | { what: "refused"; commandId: string; by: string; code: string; message: string }
  /** The gateway does not take what is said of the runner itself. */
  | { what: "unsaid"; problem: Problem }
  /** What an earlier life had not sent, and whether all of it is sent now. */
  | { what: "recovered"; channel: string; left: number }
  | { what: "stopping"; running: number; drain: boolean }
  /** Something of the runner's own does not work; it goes on without. */
  | { what: "fault"; message: string };

export interface StopOptions {
  /** Wait for what runs instead of cancelling it. */
  drain?: boolean;
}

/** The gateway takes no longer tags. */
const longestTag = 256;

/** `code` is what the refused command carries. */
class StartError extends Error {
  readonly code: string;

  constructor(code: "busy" | "stopping" | "unknown_recipe" | "already_running" | "interrupted", message: string) {
    super(message);
    this.code = code;
  }
}

export class Runner {
  readonly agentId: string;
  /** Resolves when it has stopped, after `stop` or because another runner took over its name (`fenced`). */
  readonly stopped: Promise<"stopped" | "fenced">;
  readonly #options: RunnerOptions;
  readonly #clock: Clock;
  /** Two runners of one name must not replace each other: the second waits until the first is gone. */
  readonly #producer: string;
  readonly #announcer: Announcer;
  readonly #guard: Guard;
  readonly #inbox: OpenInbox;
  readonly #recovered: Promise<void>;
  readonly #leave = new AbortController();
  /** By process id, until all of it is said. */
  readonly #runs = new Map<string, ManagedRun>();
  #done = 0;
  #stopping: Promise<void> | undefined;
  #resolveStopped: (how: "stopped" | "fenced") => void = () => undefined;

  /** Returns at once; the gateway may be away. */
  constructor(options: RunnerOptions) {
    const { client, config, clock = systemClock, random = Math.random } = options;
    this.#options = options;
    this.#clock = clock;
    this.agentId = `runner-${config.name}`;
    this.#producer = `${this.agentId}-${randomBytes(4).toString("hex")}`;
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
    const channel = `agent:${this.agentId}`;
    this.#announcer = new Announcer({
      ...{ client, clock, random, channel },
      onRefused: (problem) => this.#tell({ what: "unsaid", problem }),
    });
    this.#guard = new Guard((why) =>
      this.#tell({ what: "fault", message: `if this runner is killed, what it started goes on (${why})` }),
    );
    this.#recovered = this.#recover();
    this.#inbox = openInbox({
      ...{ client, channel, producer: this.#producer, clock, random },
      commands: { start: { run: (call) => this.#start(call), parallel: true } },
      onLease: (lease) => this.#onLease(lease),
    });
  }

  /** Starts nothing more; resolves when all has ended and is said. Again: the same end, but without waiting for what runs. */
  stop({ drain = false }: StopOptions = {}): Promise<void> {
    const running = [...this.#runs.values()].filter((run) => run.running);
    if (this.#stopping === undefined || !drain) {
      this.#tell({ what: "stopping", running: running.length, drain });
      if (!drain) for (const run of running) run.cancel("its runner was stopped");
    }
    this.#stopping ??= this.#end("stopped");
    this.#sayStatus();
    return this.#stopping;
  }

  /** Waits no longer for the gateway: what it does not have stays in the spool. */
  leave(): void {
    this.#leave.abort();
  }

  async #end(how: "stopped" | "fenced"): Promise<void> {
    await Promise.allSettled([...this.#runs.values()].map((run) => run.ended));
    if (how === "stopped") {
      const { agentId } = this;
      this.#announcer.say("agent_status", { agentId, agentType: "runner", status: "done", message: "stopped" });
    }
    await this.#announcer.settle(this.#leave.signal);
    await this.#inbox.close();
    this.#guard.close();
    this.#leave.abort();
    await this.#recovered;
    this.#resolveStopped(how);
  }

  #onLease(lease: LeaseState): void {
    this.#tell({ what: "lease", lease });
    if (lease.state === "held") {
      const { agentId } = this;
      this.#announcer.say("agent_commands", { agentId, commands: declaration(this.#options.config.recipes) });
      this.#sayStatus();
    } else if (lease.state === "fenced" && this.#stopping === undefined) {
      // Another has the name; what runs here is still ours to watch, each under a lease of its own.
      this.#stopping = this.#end("fenced");
    }
  }

  async #start(call: CommandCall): Promise<{ processId: string; channel: string; pid: number }> {
    const { commandId, issuedBy } = call;
    try {
      const run = this.#begin(call);
      this.#sayStatus();
      const pid = await run.started;
      const { processId } = run;
      this.#tell({ what: "started", processId, recipe: run.recipe.name, pid, by: issuedBy });
      return { processId, channel: `process:${processId}`, pid };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
      this.#tell({ what: "refused", commandId, by: issuedBy, code, message });
      throw error;
    }
  }

  /** Without a pause between the checks and the start: what is given at once is counted one by one. */
  #begin({ args, issuedBy, signal }: CommandCall): ManagedRun {
    const { client, url, config, env = process.env } = this.#options;
    const request = readStart(args);
    const recipe = config.recipes.get(request.recipe);
    if (recipe === undefined)
      throw new StartError("unknown_recipe", `there is no recipe ${JSON.stringify(request.recipe)}`);
    if (signal.aborted) throw new StartError("interrupted", "the lease ended before it was begun");
    this.#admit(recipe);
    const processId = `${this.agentId}/${request.processId ?? `${recipe.name}-${randomBytes(4).toString("hex")}`}`;
    if (this.#runs.has(processId)) throw new StartError("already_running", `process:${processId} runs already`);
    const { title, pty, stdin, tags } = recipe.file;
    const run = new ManagedRun({
      ...{ client, recipe, processId, producer: this.#producer, clock: this.#clock },
      run: {
        ...recipe.invocation(request.args, env),
        ...{ url, spool: { root: this.#spoolRoot }, leave: this.#leave.signal },
        name: request.title ?? title ?? recipe.name,
        agentId: request.agentId ?? this.agentId,
        ...(request.sessionId === undefined ? {} : { sessionId: request.sessionId }),
        tags: { ...tags, recipe: recipe.name, startedBy: issuedBy.slice(0, longestTag) },
        pty: pty === true,
        stdin: stdin === true ? "pipe" : "ignore",
        onRefused: (_number, { message }) =>
          this.#tell({ what: "fault", message: `process:${processId}: the gateway refused an event: ${message}` }),
        ...(this.#options.random === undefined ? {} : { random: this.#options.random }),
      },
      onStart: (pid) => this.#guard.watch(pid),
      onExit: (pid) => {
        this.#guard.release(pid);
        this.#sayStatus();
      },
      onUnsteerable: (why) => this.#tell({ what: "fault", message: `process:${processId} cannot be steered: ${why}` }),
    });
    this.#runs.set(processId, run);
    void this.#watch(run);
    return run;
  }

  async #watch(run: ManagedRun): Promise<void> {
    const { processId, recipe } = run;
    try {
      const result = await run.ended;
      if (result.startError === undefined) this.#done++;
      this.#tell({ what: "ended", processId, recipe: recipe.name, result });
    } catch (error) {
      this.#tell({ what: "fault", message: `${processId}: ${error instanceof Error ? error.message : error}` });
    }
    this.#runs.delete(processId);
    this.#sayStatus();
  }

  #admit(recipe: Recipe): void {
    if (this.#stopping !== undefined) throw new StartError("stopping", "the runner is stopping");
    const running = [...this.#runs.values()].filter((run) => run.running);
    const { concurrency } = this.#options.config;
    if (running.length >= concurrency) throw new StartError("busy", `${running.length} of ${concurrency} run already`);
    const same = running.filter((run) => run.recipe === recipe).length;
    const limit = recipe.file.concurrency ?? concurrency;
    if (same >= limit) throw new StartError("busy", `${same} of ${limit} of ${recipe.name} run already`);
  }

  #sayStatus(): void {
    if (this.#inbox.lease.snapshot().state !== "held") return;
    const { agentId } = this;
    const running = [...this.#runs.values()].filter((run) => run.running).length;
    const { name, concurrency } = this.#options.config;
    this.#announcer.say("agent_status", {
      ...{ agentId, agentType: "runner", name, host: hostname() },
      status: running > 0 ? "running" : "idle",
      message: `${running} of ${concurrency} running${this.#stopping === undefined ? "" : ", stopping"}`,
      metrics: { tasksCompleted: this.#done },
    });
  }

  /** What an earlier life of this runner was killed with: its last lines are sent, and that its processes are lost. */
  async #recover(): Promise<void> {
    const { client, url } = this.#options;
    try {
      const flushed = await flushSpools({ gateway: client, url, root: this.#spoolRoot, leave: this.#leave.signal });
      for (const { about, left } of flushed) this.#tell({ what: "recovered", channel: about.channel, left });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#tell({ what: "fault", message: `what earlier runs left could not be sent: ${why}` });
    }
  }

  get #spoolRoot(): string {
    return this.#options.spoolRoot ?? spoolRoot(process.env);
  }

  #tell(notice: RunnerNotice): void {
    this.#options.onNotice?.(notice);
  }
}
