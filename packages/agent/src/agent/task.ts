/** A piece of an agent's work, as people see it. */
import type { EventData } from "@signalbox/protocol";

export interface TaskOptions {
  title: string;
  /** Made up if absent. */
  id?: string;
  /** What kind of task it is. */
  type?: string;
}

interface TaskParts {
  id: string;
  options: TaskOptions;
  /** Milliseconds since 1970. */
  nowMs(): number;
  publish(type: "agent_task_update", data: Omit<EventData["agent_task_update"], "agentId">): void;
  publish(type: "task_completed", data: EventData["task_completed"]): void;
  /** It is over. */
  ended(task: Task): void;
}

export class Task {
  readonly id: string;
  readonly title: string;
  readonly type: string | undefined;
  readonly #parts: TaskParts;
  readonly #startedMs: number;
  #progress = 0;
  #over = false;

  constructor(parts: TaskParts) {
    const { id, options } = parts;
    this.id = id;
    this.title = options.title;
    this.type = options.type;
    this.#parts = parts;
    this.#startedMs = parts.nowMs();
    this.#update({ status: "running", progress: 0 });
  }

  /** As `agent_status` names it. */
  get current(): { id: string; title: string; type?: string; progress: number } {
    const { id, title, type } = this;
    return { id, title, progress: this.#progress, ...(type === undefined ? {} : { type }) };
  }

  /** 0 to 100; `step`: the part of the task that is being done. */
  progress(percent: number, step?: string): void {
    if (this.#over) return;
    this.#progress = Math.min(100, Math.max(0, percent));
    this.#update({ status: "running", progress: this.#progress, ...(step === undefined ? {} : { step }) });
  }

  done(result?: unknown): void {
    if (this.#over) return;
    const told = result === undefined ? {} : { result };
    this.#progress = 100;
    this.#update({ status: "done", progress: 100, ...told });
    this.#end({ status: "done", ...told });
  }

  failed(error: unknown): void {
    if (this.#over) return;
    const message = error instanceof Error ? error.message : String(error);
    this.#update({ status: "failed", progress: this.#progress, message });
    this.#end({ status: "failed", error: message });
  }

  #update(data: Partial<EventData["agent_task_update"]>): void {
    const { id, title, type } = this;
    this.#parts.publish("agent_task_update", { taskId: id, title, ...(type === undefined ? {} : { type }), ...data });
  }

  #end(data: Partial<EventData["task_completed"]>): void {
    this.#over = true;
    const durationMs = Math.max(0, this.#parts.nowMs() - this.#startedMs);
    this.#parts.publish("task_completed", { taskId: this.id, durationMs, ...data });
    this.#parts.ended(this);
  }
}
