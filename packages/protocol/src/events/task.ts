import Type from "typebox";
import { defineEvent } from "./define.ts";
import {
  agentId,
  anything,
  durationMs,
  error,
  open,
  sessionId,
  taskId,
  text,
  timestamp,
  whole,
  workStates,
} from "./fields.ts";

const channel = ["agent:{agentId}", "session:{sessionId}", "global"] as const;

export const taskEvents = [
  defineEvent({
    type: "task_assigned",
    version: "1.0",
    delivery: "lossless",
    summary: "Somebody is to do a task.",
    channel,
    tags: ["taskId", "status", "agentId", "sessionId"],
    data: Type.Object({
      taskId: taskId(),
      agentId: Type.Optional(agentId()),
      sessionId: Type.Optional(sessionId()),
      status: Type.Optional(open(workStates, "What the task is at.")),
      type: Type.Optional(text("What kind of task it is.")),
      title: Type.Optional(text("What the task is, in words.")),
      description: Type.Optional(text("The task in full.")),
      priority: Type.Optional(whole("Higher comes first.")),
      assignedBy: Type.Optional(text("Who gave it.")),
      timestamp: Type.Optional(timestamp()),
    }),
    example: { taskId: "task-789", agentId: "coder-001", status: "queued", title: "Add a login form" },
  }),
  defineEvent({
    type: "task_completed",
    version: "1.0",
    delivery: "lossless",
    summary: "A task came to its end, well or not.",
    channel,
    tags: ["taskId", "status", "agentId", "sessionId"],
    data: Type.Object({
      taskId: taskId(),
      agentId: Type.Optional(agentId()),
      sessionId: Type.Optional(sessionId()),
      status: Type.Optional(open(["done", "failed", "cancelled", "rejected"], "How it ended; done if absent.")),
      result: Type.Optional(anything("What came of it.")),
      error: Type.Optional(error()),
      durationMs: Type.Optional(durationMs()),
      timestamp: Type.Optional(timestamp()),
    }),
    example: { taskId: "task-789", agentId: "coder-001", status: "done", durationMs: 412_000 },
  }),
] as const;
