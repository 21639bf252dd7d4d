/** An agent as its program sees it: says what it does, asks people, does what it is told. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Readable } from "@signalbox/client";
import { type ErrorData, type EventData, type EventType, isChannel } from "@signalbox/protocol";
import { wait } from "../ask.ts";
import type { CommandCall, CommandHandler, CommandSpec } from "../inbox/execution.ts";
import { Inbox } from "../inbox/inbox.ts";
import { LeaseKeeper, type LeaseState } from "../inbox/lease-keeper.ts";
import { callOut, Value } from "../value.ts";
import { AgentSpool } from "./agent-spool.ts";
import { Asks, type Decision, type Question } from "./asks.ts";
import { Declaration } from "./declaration.ts";
import { AgentEnded } from "./ended.ts";
import { LeasedNumbers } from "./leased-numbers.ts";
import { Memory } from "./memory.ts";
import type {
  AgentEvent,
  AgentGround,
  AgentSettings,
  AgentStatus,
  ChildOptions,
  CommandOptions,
  Said,
} from "./settings.ts";
import { Task, type TaskOptions } from "./task.ts";

/** How long `done`, `failed` and `close` wait for the gateway; what it has not got then stays on disk. */
const closeMs = 10_000;
const final: ReadonlySet<string> = new Set(["done", "failed", "cancelled"]);

export class Agent {
  readonly agentId: string;
  readonly memory: Memory;
  readonly #settings: AgentSettings;
  readonly #ground: AgentGround;
  readonly #lease: LeaseKeeper;
  readonly #spool: AgentSpool;
  readonly #numbers: LeasedNumbers;
  readonly #inbox: Inbox;
  readonly #asks: Asks;
  readonly #declaration: Declaration;
  readonly #children = new Set<Agent>();
  readonly #commands: Record<string, CommandSpec> = Object.create(null);
  readonly #paused = new Value(false);
  /** The program is to end. */
  readonly #end = new AbortController();
  /** Requests are to end. */
  readonly #stop = new AbortController();
  readonly #onClosed: () => void;
  /** As the program said it. */
  #said: AgentStatus = "idle";
  /** As it was published last. */
  #shown: AgentStatus | undefined;
  /** Titles of the questions that wait. */
  readonly #waiting = new Map<object, string>();
  #task: Task | undefined;
  #epoch: number | undefined;
  #ended = false;
  #closed: Promise<number> | undefined;

  constructor(settings: AgentSettings, ground: AgentGround, onClosed: () => void = () => undefined) {
    const { agentId, producer = agentId, sessionId, spool, ttlMs, progressMs, takeOver } = settings;
    const channel = `agent:${agentId}`;
    if (!isChannel(channel)) throw new TypeError(`not an agent's id: ${JSON.stringify(agentId)}`);
    this.agentId = agentId;
    this.#settings = settings;
    this.#ground = ground;
    this.#onClosed = onClosed;
    const stop = this.#stop.signal;
    const { client, root } = ground;
    this.#spool = new AgentSpool({
      ...ground,
      ...{ agentId, producer, sessionId, root: spool?.root ?? root, maxBytes: spool?.maxBytes },
      onRefused: (error) => this.#refused(error),
    });
    this.memory = new Memory({
      ...{ sessionId, author: agentId, file: this.#spool.memoryFile },
      publish: (data) => {
        if (this.#mayPublish) this.#spool.publishToSession(this.#draft("memory_update", `session:${sessionId}`, data));
      },
    });
    this.#lease = new LeaseKeeper({ ...ground, channel, producer, ttlMs, progressMs, takeOver });
    const lease = this.#lease;
    this.#numbers = new LeasedNumbers({ ...ground, client, spool: this.#spool.spool, lease, stop });
    this.#inbox = new Inbox({
      ...{ ...ground, channel, producer, lease, sequence: this.#numbers, commands: this.#commands },
      onRefused: (problem) => this.#refused(problem),
    });
    this.#asks = new Asks({ ...ground, agentId, stop: this.#end.signal });
    this.#declaration = new Declaration({ ...ground, agentId, stop, onRefused: (problem) => this.#refused(problem) });
    this.command("pause", { title: "Pause" }, (call) => this.#pause(call));
    this.command("resume", { title: "Resume" }, () => this.#resume());
    this.command("cancel", { title: "Cancel", confirm: true }, (call) => this.#cancel(call));
    lease.state.subscribe(() => this.#leaseChanged(lease.state.snapshot()));
    this.status("idle", { host: hostname() });
  }

  /** Who is at work as this agent, as far as the gateway has said. */
  get lease(): Readable<LeaseState> {
    return this.#lease.state;
  }

  /** Somebody told it to pause; `proceed` waits meanwhile. */
  get paused(): Readable<boolean> {
    return this.#paused;
  }

  /** Aborted when the program is to end; the reason is an AgentEnded. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** To be called between pieces of work: waits while the agent is paused. Rejects with AgentEnded when it is to end. */
  async proceed(): Promise<void> {
    this.#end.signal.throwIfAborted();
    if (!this.#paused.snapshot()) return;
    await this.#paused.until((paused) => !paused);
    this.#end.signal.throwIfAborted();
  }

  /** What it does from now on. While it is paused that is what people see, until it is resumed or has ended. */
  status(status: AgentStatus, more: Omit<Said<"agent_status">, "status"> = {}): void {
    this.#said = status;
    if (!this.#paused.snapshot() || final.has(status)) this.#show(status, more);
  }

  log(level: NonNullable<EventData["agent_log"]["level"]>, message: string, context?: Record<string, unknown>): void {
    const taskId = this.#task?.id;
    this.publish("agent_log", {
      ...{ level, message },
      ...(context === undefined ? {} : { fields: context }),
      ...(taskId === undefined ? {} : { taskId }),
    });
  }

  metric(name: string, value: number, unit?: string): void {
    this.publish("agent_metric", { name, value, ...(unit === undefined ? {} : { unit }) });
  }

  /** Tokens, money or time since the last call: figures are added up. */
  usage(usage: Said<"agent_usage">): void {
    const { sessionId } = this.#settings;
    const taskId = this.#task?.id;
    this.publish("agent_usage", {
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(taskId === undefined ? {} : { taskId }),
      ...usage,
    });
  }

  /** Something went wrong; the agent goes on. */
  error(error: unknown, more: Omit<Said<"agent_error">, "error"> = {}): void {
    const { message, code, stack } = partsOf(error);
    const told = { ...(code === undefined ? {} : { code }), ...(stack === undefined ? {} : { stack }) };
    this.publish("agent_error", { error: message, recoverable: true, ...told, ...more });
  }

  /** Any event of the catalogue that is about an agent, to this agent's channel: `test_result`, `tdd_phase_change` … */
  publish<Type extends AgentEvent>(type: Type, data: Said<Type>): void {
    if (!this.#mayPublish) return;
    this.#spool.publish(this.#draft(type, `agent:${this.agentId}`, { ...data, agentId: this.agentId }));
  }

  /** Begins a task; logs and usage name it until it ends or another one begins. */
  task(options: TaskOptions): Task {
    const task = new Task({
      ...{ id: options.id ?? randomUUID(), options, nowMs: () => this.#ground.clock.nowMs() },
      publish: (type: AgentEvent, data: object) => this.publish(type, data),
      ended: (ended) => {
        if (this.#task === ended) this.#task = undefined;
      },
    });
    this.#task = task;
    return task;
  }

  /**
   * Asks people and waits for their decision, however often this process, the gateway or the network fails meanwhile; the
   * agent's status is `waiting_approval`. Rejects with GatewayError if the question is refused, and when the agent is to end.
   */
  async ask(question: Question): Promise<Decision> {
    const one = {};
    this.#waiting.set(one, question.title);
    if (this.#waiting.size === 1) this.#showNow();
    try {
      return await this.#asks.ask(question);
    } finally {
      this.#waiting.delete(one);
      if (this.#waiting.size === 0) this.#showNow();
    }
  }

  /** The agent acted on a decision. Resolves when the gateway has it; saying it again changes nothing. */
  applied(checkpointId: string, outcome?: unknown): Promise<void> {
    return this.#asks.applied(checkpointId, outcome);
  }

  /**
   * Declares a command and what carries it out. To be called at once after the start: what already waits and has no handler
   * by the time the lease is held fails as `unknown_command`. `pause`, `resume` and `cancel` are there; this replaces them.
   */
  command(name: string, handler: CommandHandler): void;
  command(name: string, options: CommandOptions, handler: CommandHandler): void;
  command(name: string, given: CommandOptions | CommandHandler, run?: CommandHandler): void {
    const handler = typeof given === "function" ? given : run;
    const { parallel, ...declared } = typeof given === "function" ? {} : given;
    if (handler === undefined) throw new TypeError(`the command ${name} needs a handler`);
    this.#commands[name] = parallel === undefined ? handler : { run: handler, parallel };
    this.#declaration.set({ name, ...declared });
  }

  /** An agent of its own below this one (`ID/name`), with its own lease; it ends with this one. */
  child(name: string, options: ChildOptions = {}): Agent {
    const { sessionId, ttlMs, takeOver, spool } = this.#settings;
    const child = new Agent(
      {
        ...{ agentId: `${this.agentId}/${name}`, ...options },
        ...(sessionId === undefined ? {} : { sessionId }),
        ...(ttlMs === undefined ? {} : { ttlMs }),
        ...(takeOver === undefined ? {} : { takeOver }),
        ...(spool === undefined ? {} : { spool }),
      },
      this.#ground,
      () => this.#children.delete(child),
    );
    this.#children.add(child);
    return child;
  }

  /** It has done what it was for. Resolves like `close`. */
  done(summary?: string): Promise<number> {
    return this.#finish("done", summary);
  }

  /** It cannot do what it was for. Resolves like `close`. */
  failed(error: unknown): Promise<number> {
    if (this.#closed === undefined) this.error(error, { recoverable: false });
    return this.#finish("failed", partsOf(error).message);
  }

  /**
   * Ends it, and its children: as `done`, or as `cancelled` if it was. Gives the gateway ten seconds to take what it has not
   * got; resolves with how many events stay on disk, for the next process of this agent or `signalbox spool flush`.
   */
  close(): Promise<number> {
    return this.#finish(this.#wasCancelled ? "cancelled" : "done");
  }

  #finish(status: "done" | "failed" | "cancelled", message?: string): Promise<number> {
    this.#closed ??= this.#close(status, message);
    return this.#closed;
  }

  async #close(status: "done" | "failed" | "cancelled", message: string | undefined): Promise<number> {
    this.#abort(new AgentEnded("closed", "the agent has ended"));
    await Promise.all([...this.#children].map((child) => child.#finish(status === "done" ? "done" : "cancelled")));
    await this.#inbox.close();
    if (!final.has(this.#shown ?? "")) this.status(status, message === undefined ? {} : { message });
    this.#ended = true;
    const leave = new AbortController();
    if (this.#lease.state.snapshot().state === "fenced") leave.abort();
    else void wait(this.#ground.clock, closeMs, leave.signal).then(() => leave.abort());
    const left = await this.#spool.settle(leave.signal);
    leave.abort();
    await this.#lease.release();
    this.#stop.abort();
    this.#onClosed();
    return left;
  }

  #leaseChanged(state: LeaseState): void {
    const { epoch } = this.#lease;
    if (state.state === "fenced") this.#fenced(state);
    else if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      if (epoch !== undefined) void this.#begin(epoch);
      else {
        this.#numbers.end();
        this.#inbox.interrupt("the lease ended");
      }
    }
  }

  async #begin(epoch: number): Promise<void> {
    const isBack = this.#numbers.begunBefore;
    if (!(await this.#numbers.begin(epoch))) return;
    // It was lost: nobody knows what it does until it says so.
    if (isBack && this.#shown !== undefined) this.#show(this.#shown, { previousStatus: "lost" });
    this.#declaration.begin();
    this.#inbox.begin();
    await this.#spool.start(this.#numbers);
  }

  #fenced({ holder }: LeaseState): void {
    this.#ended = true;
    this.#numbers.end("over");
    this.#inbox.interrupt("another process took the lease");
    this.#abort(new AgentEnded("fenced", "another process is at work as this agent"));
    const { onFenced } = this.#settings;
    if (onFenced !== undefined) callOut(() => onFenced(holder));
  }

  #pause({ issuedBy }: CommandCall): { paused: true } {
    this.#paused.set(true);
    this.#showNow(`paused by ${issuedBy}`);
    return { paused: true };
  }

  #resume(): { paused: false } {
    if (this.#paused.snapshot()) {
      this.#paused.set(false);
      this.#showNow();
    }
    return { paused: false };
  }

  #cancel({ issuedBy }: CommandCall): { cancelled: true } {
    this.#abort(new AgentEnded("cancelled", `cancelled by ${issuedBy}`));
    for (const child of this.#children) child.#abort(new AgentEnded("cancelled", `cancelled by ${issuedBy}`));
    return { cancelled: true };
  }

  #abort(reason: AgentEnded): void {
    if (this.#end.signal.aborted) return;
    this.#end.abort(reason);
    // Whoever waits in `proceed` is to see it.
    if (this.#paused.snapshot()) this.#paused.set(false);
  }

  get #wasCancelled(): boolean {
    const { reason } = this.#end.signal;
    return reason instanceof AgentEnded && reason.code === "cancelled";
  }

  get #mayPublish(): boolean {
    return !this.#ended;
  }

  /** What stands in the way of what the program said comes first. */
  #showNow(reason?: string): void {
    const [question] = this.#waiting.values();
    if (this.#paused.snapshot()) this.#show("paused", reason === undefined ? {} : { reason });
    else if (question !== undefined) this.#show("waiting_approval", { message: question });
    else this.#show(this.#said);
  }

  #show(status: AgentStatus, more: Omit<Said<"agent_status">, "status"> = {}): void {
    const { agentType, name, sessionId } = this.#settings;
    const before = this.#shown;
    this.#shown = status;
    this.publish("agent_status", {
      ...(agentType === undefined ? {} : { agentType }),
      ...(name === undefined ? {} : { name }),
      ...(sessionId === undefined ? {} : { sessionId }),
      status,
      ...(before === undefined ? {} : { previousStatus: before }),
      ...(this.#task === undefined ? {} : { currentTask: this.#task.current }),
      ...more,
    });
  }

  #draft(type: EventType, channel: string, data: unknown) {
    return { type, channel, timestamp: this.#ground.clock.nowMs(), data };
  }

  #refused(error: Pick<ErrorData, "message" | "help">): void {
    const { onRefused } = this.#settings;
    if (onRefused !== undefined) callOut(() => onRefused(error));
  }
}

function partsOf(error: unknown): { message: string; code?: string; stack?: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const code: unknown = "code" in error ? error.code : undefined;
  return {
    message: error.message || error.name,
    ...(typeof code === "string" ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
  };
}
