import Type from "typebox";
import { defineEvent } from "./define.ts";
import {
  anything,
  durationMs,
  error,
  flag,
  id,
  list,
  moment,
  open,
  progress,
  sessionId,
  table,
  text,
  url,
  whole,
  workStates,
} from "./fields.ts";

const channel = ["workflow:{workflowId}"] as const;

const workflowId = id("The workflow it is about.");
const artifacts = list(
  Type.Object({
    name: text("What it is called."),
    url: Type.Optional(url()),
    mediaType: Type.Optional(text("What kind of file it is.")),
    bytes: Type.Optional(whole("Its size.")),
  }),
  "What was made.",
);
const metrics = table(Type.Number(), "Figures of the run.");
const estimatedCompletion = moment("When it may be done.");

export const workflowEvents = [
  defineEvent({
    type: "workflow_started",
    version: "1.0",
    delivery: "lossless",
    summary: "A workflow began.",
    channel,
    tags: ["name", "sessionId"],
    data: Type.Object({
      workflowId,
      name: Type.Optional(text("What the workflow is called.")),
      sessionId: Type.Optional(sessionId()),
      totalSteps: Type.Optional(whole("How many steps it has.")),
      steps: Type.Optional(
        list(Type.Object({ id: id("The step."), name: Type.Optional(text("How people call it.")) }), "Its steps."),
      ),
      startedBy: Type.Optional(text("Who started it.")),
      estimatedCompletion: Type.Optional(estimatedCompletion),
    }),
    example: { workflowId: "wf-7", name: "release", totalSteps: 4, startedBy: "user:ada" },
  }),
  defineEvent({
    type: "workflow_step_complete",
    version: "1.0",
    delivery: "lossless",
    summary: "A workflow has a step behind it.",
    channel,
    tags: ["stepId", "status"],
    data: Type.Object({
      workflowId,
      stepId: id("The step that ended."),
      name: Type.Optional(text("How people call the step.")),
      status: Type.Optional(open(workStates, "How the step ended; done if absent.")),
      index: Type.Optional(whole("Which step it was, from 1.", 1)),
      totalSteps: Type.Optional(whole("How many steps there are.")),
      progress: Type.Optional(progress()),
      durationMs: Type.Optional(durationMs()),
      outputs: Type.Optional(anything("What the step gives to later ones.")),
      artifacts: Type.Optional(artifacts),
      estimatedCompletion: Type.Optional(estimatedCompletion),
    }),
    example: { workflowId: "wf-7", stepId: "build", index: 2, totalSteps: 4, progress: 50, durationMs: 61_200 },
  }),
  defineEvent({
    type: "workflow_complete",
    version: "1.0",
    delivery: "lossless",
    summary: "A workflow came to a good end.",
    channel,
    data: Type.Object({
      workflowId,
      result: Type.Optional(anything("What came of it.")),
      durationMs: Type.Optional(durationMs()),
      artifacts: Type.Optional(artifacts),
      metrics: Type.Optional(metrics),
    }),
    example: {
      workflowId: "wf-7",
      durationMs: 184_000,
      artifacts: [{ name: "app.tgz", mediaType: "application/gzip", bytes: 81_203 }],
      metrics: { testsRun: 812 },
    },
  }),
  defineEvent({
    type: "workflow_failed",
    version: "1.0",
    delivery: "lossless",
    summary: "A workflow stopped before its end.",
    channel,
    tags: ["stepId"],
    data: Type.Object({
      workflowId,
      error: error(),
      stepId: Type.Optional(id("The step it failed in.")),
      recoverable: Type.Optional(flag("It can be started again from that step.")),
      durationMs: Type.Optional(durationMs()),
      metrics: Type.Optional(metrics),
    }),
    example: { workflowId: "wf-7", error: "The registry did not answer", stepId: "publish", recoverable: true },
  }),
] as const;
