/** A workflow: its steps one after another, and what came of it. */
import { type Kept, nothingKept, updated } from "./kept.ts";
import { Fields, type FoldedEvent, idOf, previewOf, type Reducer } from "./reducer.ts";
import { workflowShape } from "./shapes.ts";
import { resultLength, type Step, stepsKept } from "./steps.ts";

export interface Artifact {
  name: string;
  url: string | undefined;
  mediaType: string | undefined;
  bytes: number | undefined;
  updatedAt: number;
}

export interface WorkflowState {
  workflowId: string;
  name: string | undefined;
  sessionId: string | undefined;
  startedBy: string | undefined;
  status: "unknown" | "running" | "done" | "failed";
  /** 0 to 100. */
  progress: number | undefined;
  totalSteps: number | undefined;
  /** Those it named when it began are `queued`. */
  steps: Kept<Step>;
  artifacts: Kept<Artifact>;
  /** Figures of the run. */
  metrics: Readonly<Record<string, number>>;
  result: unknown;
  /** Characters of a result that is not shown whole. */
  resultSize: number | undefined;
  error: string | undefined;
  failedStep: string | undefined;
  /** It can be started again from the step it failed in. */
  recoverable: boolean | undefined;
  /** As it was said: milliseconds since 1970, or a text. */
  estimatedCompletion: number | string | undefined;
  startedAt: number | undefined;
  endedAt: number | undefined;
  durationMs: number | undefined;
  updatedAt: number;
}

const artifactsKept = 50;
const metricsKept = 50;

export const workflowReducer: Reducer<WorkflowState> = {
  ...workflowShape,
  initial: (channel) => ({
    workflowId: idOf(channel),
    name: undefined,
    sessionId: undefined,
    startedBy: undefined,
    status: "unknown",
    progress: undefined,
    totalSteps: undefined,
    steps: nothingKept,
    artifacts: nothingKept,
    metrics: {},
    result: undefined,
    resultSize: undefined,
    error: undefined,
    failedStep: undefined,
    recoverable: undefined,
    estimatedCompletion: undefined,
    startedAt: undefined,
    endedAt: undefined,
    durationMs: undefined,
    updatedAt: 0,
  }),
  apply: (state, event) => {
    const next = change[event.type]?.(state, new Fields(event.data), event);
    return next === undefined ? state : { ...state, ...next, updatedAt: event.timestamp };
  },
};

type Change = (state: WorkflowState, data: Fields, event: FoldedEvent) => Partial<WorkflowState>;

/** A null prototype: a type named like an Object member must find nothing. */
const change: Record<string, Change> = Object.assign(Object.create(null), {
  // One that is started again has nothing of its last run.
  workflow_started: (state, data, { timestamp }) => ({
    ...workflowReducer.initial(`workflow:${state.workflowId}`),
    status: "running",
    name: data.text("name"),
    sessionId: data.text("sessionId"),
    startedBy: data.text("startedBy"),
    totalSteps: data.number("totalSteps"),
    steps: data
      .list("steps", stepsKept)
      .reduce((steps, step) => stepsAfter(steps, step, { id: "id", status: "queued", at: timestamp }), noSteps),
    estimatedCompletion: estimateOf(data),
    startedAt: timestamp,
  }),
  workflow_step_complete: (state, data, { timestamp }) => ({
    status: "running",
    steps: stepsAfter(state.steps, data, { id: "stepId", status: data.word("status") ?? "done", at: timestamp }),
    artifacts: artifactsAfter(state.artifacts, data, timestamp),
    progress: data.number("progress") ?? state.progress,
    totalSteps: data.number("totalSteps") ?? state.totalSteps,
    estimatedCompletion: estimateOf(data) ?? state.estimatedCompletion,
    startedAt: state.startedAt ?? timestamp,
  }),
  workflow_complete: (state, data, { timestamp }) => {
    const { value, size } = previewOf(data.value("result"), resultLength);
    return { status: "done", progress: 100, result: value, resultSize: size, ...endOf(state, data, timestamp) };
  },
  workflow_failed: (state, data, { timestamp }) => ({
    status: "failed",
    error: data.sentence("error"),
    failedStep: data.text("stepId"),
    recoverable: data.flag("recoverable"),
    ...endOf(state, data, timestamp),
  }),
} satisfies Record<string, Change>);

const noSteps: Kept<Step> = nothingKept;

const endOf = (state: WorkflowState, data: Fields, at: number): Partial<WorkflowState> => ({
  artifacts: artifactsAfter(state.artifacts, data, at),
  metrics: data.numbers("metrics", metricsKept),
  durationMs: data.number("durationMs"),
  estimatedCompletion: undefined,
  endedAt: at,
});

const estimateOf = (data: Fields): number | string | undefined =>
  data.number("estimatedCompletion") ?? data.text("estimatedCompletion");

/** `id`: the member that names the step. */
function stepsAfter(
  steps: Kept<Step>,
  data: Fields,
  { id, status, at }: { id: string; status: string; at: number },
): Kept<Step> {
  const stepId = data.text(id);
  if (stepId === undefined) return steps;
  const ended = status !== "queued";
  const { value, size } = previewOf(data.value("outputs"), resultLength);
  const change = (before: Step | undefined): Step => ({
    stepId,
    name: data.text("name") ?? before?.name,
    index: data.number("index") ?? before?.index,
    status,
    result: value,
    resultSize: size,
    error: data.sentence("error"),
    startedAt: undefined,
    endedAt: ended ? at : undefined,
    durationMs: data.number("durationMs"),
    updatedAt: at,
  });
  return updated(steps, (step) => step.stepId === stepId, change, stepsKept);
}

function artifactsAfter(artifacts: Kept<Artifact>, data: Fields, at: number): Kept<Artifact> {
  return data.list("artifacts", artifactsKept).reduce((all, artifact) => {
    const name = artifact.text("name");
    if (name === undefined) return all;
    const made: Artifact = {
      name,
      url: artifact.sentence("url"),
      mediaType: artifact.text("mediaType"),
      bytes: artifact.number("bytes"),
      updatedAt: at,
    };
    return updated(
      all,
      (one) => one.name === name,
      () => made,
      artifactsKept,
    );
  }, artifacts);
}
