/** What an agent says of itself: what it does, how far it is, what it thinks. */
import type { EventData } from "@signalbox/protocol";
import type { Publish } from "./fleet.ts";

export interface AgentTask {
  id: string;
  title: string;
  type: string;
}

type Status = EventData["agent_status"]["status"];

export class Agent {
  readonly id: string;
  readonly #publish: Publish;
  readonly #who: { agentId: string; agentType: string; sessionId: string };
  #status: Status = "offline";
  #task: AgentTask | undefined;
  #tasksCompleted = 0;

  constructor(publish: Publish, who: { agentId: string; agentType: string; sessionId: string }) {
    this.id = who.agentId;
    this.#publish = publish;
    this.#who = who;
  }

  status(status: Status, message?: string): void {
    const previousStatus = this.#status;
    this.#status = status;
    this.#publish("agent_status", this.#channel, {
      ...this.#who,
      status,
      previousStatus,
      currentTask: this.#task ?? null,
      metrics: { tasksCompleted: this.#tasksCompleted },
      ...(message === undefined ? {} : { message }),
    });
  }

  begin(task: AgentTask): void {
    this.#task = task;
    this.status("busy");
  }

  /** 0 to 100. */
  progress(progress: number, step: string): void {
    if (this.#task === undefined) return;
    const { id, ...task } = this.#task;
    const update = { ...task, taskId: id, status: "running", progress, step } as const;
    this.#publish("agent_task_update", this.#channel, { agentId: this.id, ...update });
  }

  done(): void {
    if (this.#task === undefined) return;
    const { id, ...task } = this.#task;
    this.#tasksCompleted++;
    const update = { ...task, taskId: id, status: "done", progress: 100 } as const;
    this.#publish("agent_task_update", this.#channel, { agentId: this.id, ...update });
    this.#task = undefined;
    this.status("idle");
  }

  log(level: "info" | "warn" | "error", message: string): void {
    this.#publish("agent_log", this.#channel, { agentId: this.id, level, message });
  }

  phase(previousPhase: string | null, currentPhase: string, results: TestCounts): void {
    const change = { previousPhase, currentPhase, testResults: results };
    this.#publish("tdd_phase_change", this.#channel, { agentId: this.id, ...change });
  }

  tests(results: TestCounts & Pick<EventData["test_result"], "suite" | "failures" | "durationMs" | "runId">): void {
    this.#publish("test_result", this.#channel, { agentId: this.id, ...results });
  }

  get #channel(): string {
    return `agent:${this.id}`;
  }
}

export interface TestCounts {
  total: number;
  passing: number;
  failing: number;
}
