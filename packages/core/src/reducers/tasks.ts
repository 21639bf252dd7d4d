/** Tasks of an agent or a session, the last ones. */
import { type Kept, updated } from "./kept.ts";
import { Fields, type FoldedEvent } from "./reducer.ts";

export interface Task {
  id: string;
  type: string | undefined;
  title: string | undefined;
  /** 0 to 100. */
  progress: number | undefined;
  /** As it was said: queued, running, done … */
  status: string | undefined;
  agentId: string | undefined;
  error: string | undefined;
  updatedAt: number;
}

const tasksKept = 15;

/** The same list if the event is about no task. */
export function foldTasks(tasks: Kept<Task>, { type, data, timestamp }: FoldedEvent): Kept<Task> {
  const fields = new Fields(data);
  // Its progress stands within its agent's status.
  const task = type === "agent_status" ? fields.inner("currentTask") : isAboutTasks.has(type) ? fields : undefined;
  const id = task?.text("taskId") ?? task?.text("id");
  if (task === undefined || id === undefined) return tasks;
  return updated(
    tasks,
    (one) => one.id === id,
    (before) => ({
      id,
      type: task.text("type") ?? before?.type,
      title: task.text("title") ?? task.text("description") ?? before?.title,
      progress: task.number("progress") ?? before?.progress,
      status: task.word("status") ?? (type === "task_completed" ? "done" : (before?.status ?? statusAt[type])),
      agentId: fields.text("agentId") ?? before?.agentId,
      error: task.text("error") ?? before?.error,
      updatedAt: timestamp,
    }),
    tasksKept,
  );
}

const isAboutTasks: ReadonlySet<string> = new Set(["agent_task_update", "task_assigned", "task_completed"]);

/** Where nothing else is said. */
const statusAt: Readonly<Record<string, string>> = { agent_status: "running", task_assigned: "queued" };
