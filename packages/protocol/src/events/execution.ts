import Type from "typebox";
import { defineEvent } from "./define.ts";
import { anything, durationMs, error, id, open, progress, text, timestamp, whole, workStates } from "./fields.ts";

const channel = ["execution:{executionId}"] as const;

const executionId = id("The execution it is about.");

export const executionEvents = [
  defineEvent({
    type: "execution_update",
    version: "1.0",
    delivery: "lossless",
    summary: "An execution got further or is in a new state.",
    channel,
    tags: ["status"],
    data: Type.Object({
      executionId,
      status: open(workStates, "What the execution is at."),
      currentStep: Type.Optional(text("The step that is being done.")),
      progress: Type.Optional(progress()),
      error: Type.Optional(error()),
      timestamp: Type.Optional(timestamp()),
    }),
    example: { executionId: "e1", status: "running", currentStep: "checkout", progress: 40 },
  }),
  defineEvent({
    type: "step_update",
    version: "1.0",
    delivery: "lossless",
    summary: "A step of an execution is in a new state.",
    channel,
    tags: ["stepId", "status"],
    data: Type.Object({
      executionId,
      stepId: id("The step it is about."),
      status: open(workStates, "What the step is at."),
      name: Type.Optional(text("How people call the step.")),
      index: Type.Optional(whole("Which step it is, from 1.", 1)),
      result: Type.Optional(anything("What came of it.")),
      error: Type.Optional(error()),
      durationMs: Type.Optional(durationMs()),
      timestamp: Type.Optional(timestamp()),
    }),
    example: { executionId: "e1", stepId: "checkout", status: "done", result: { orderId: 4711 } },
  }),
] as const;
