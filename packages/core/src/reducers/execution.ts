/** An execution: where it stands, step by step, and what it waits for people to decide. */
import { type Kept, nothingKept, updated } from "./kept.ts";
import { Fields, type FoldedEvent, idOf, previewOf, type Reducer } from "./reducer.ts";
import { executionShape } from "./shapes.ts";
import { foldSteered, notSteered, type Steered } from "./steered.ts";
import { resultLength, type Step, stepsKept } from "./steps.ts";
import { type WorkState, workStateOf } from "./work-state.ts";

export interface ExecutionState extends Steered {
  executionId: string;
  /** As it was said: queued, running, waiting_approval … */
  status: string;
  /** What that means. */
  work: WorkState;
  /** Since when, milliseconds since 1970. */
  statusSince: number | undefined;
  currentStep: string | undefined;
  /** 0 to 100. */
  progress: number | undefined;
  error: string | undefined;
  steps: Kept<Step>;
  startedAt: number | undefined;
  endedAt: number | undefined;
  updatedAt: number;
}

export const executionReducer: Reducer<ExecutionState> = {
  ...executionShape,
  initial: (channel) => ({
    executionId: idOf(channel),
    status: "unknown",
    work: "unknown",
    statusSince: undefined,
    currentStep: undefined,
    progress: undefined,
    error: undefined,
    steps: nothingKept,
    startedAt: undefined,
    endedAt: undefined,
    ...notSteered,
    updatedAt: 0,
  }),
  apply: (state, event) => {
    const next = executionAfter(state, event);
    return next === undefined ? state : { ...state, ...next, updatedAt: event.timestamp };
  },
};

function executionAfter(state: ExecutionState, event: FoldedEvent): Partial<ExecutionState> | undefined {
  const data = new Fields(event.data);
  if (event.type === "execution_update") return lifeAfter(state, data, event.timestamp);
  if (event.type !== "step_update") return foldSteered(state, event);
  const steps = stepsAfter(state.steps, data, event.timestamp);
  return steps === state.steps ? undefined : { steps };
}

function lifeAfter(state: ExecutionState, data: Fields, at: number): Partial<ExecutionState> {
  const status = data.word("status") ?? state.status;
  const work = workStateOf(status);
  const begins = hasBegun(work) && !hasEnded(work);
  // One that is run again begins anew.
  const again = begins && state.endedAt !== undefined;
  return {
    status,
    work,
    statusSince: status === state.status ? (state.statusSince ?? at) : at,
    currentStep: data.text("currentStep") ?? state.currentStep,
    progress: data.number("progress") ?? state.progress,
    error: data.sentence("error") ?? (hasEnded(work) ? state.error : undefined),
    startedAt: begins && (again || state.startedAt === undefined) ? at : state.startedAt,
    endedAt: hasEnded(work) ? (state.endedAt ?? at) : again ? undefined : state.endedAt,
  };
}

function stepsAfter(steps: Kept<Step>, data: Fields, at: number): Kept<Step> {
  const stepId = data.text("stepId");
  if (stepId === undefined) return steps;
  return updated(
    steps,
    (step) => step.stepId === stepId,
    (before) => stepAfter(stepId, before, data, at),
    stepsKept,
  );
}

function stepAfter(stepId: string, before: Step | undefined, data: Fields, at: number): Step {
  const status = data.word("status") ?? before?.status ?? "unknown";
  const work = workStateOf(status);
  const given = data.value("result");
  const result = previewOf(given, resultLength);
  const same = given === undefined && before !== undefined;
  return {
    stepId,
    name: data.text("name") ?? before?.name,
    index: data.number("index") ?? before?.index,
    status,
    result: same ? before.result : result.value,
    resultSize: same ? before.resultSize : result.size,
    error: data.text("error") ?? before?.error,
    startedAt: before?.startedAt ?? (hasBegun(work) && !hasEnded(work) ? at : undefined),
    endedAt: hasEnded(work) ? (before?.endedAt ?? at) : undefined,
    durationMs: data.number("durationMs") ?? before?.durationMs,
    updatedAt: at,
  };
}

const hasEnded = (work: WorkState): boolean => ends.has(work);
const hasBegun = (work: WorkState): boolean => work !== "unknown" && work !== "queued";

const ends: ReadonlySet<WorkState> = new Set(["done", "failed", "cancelled", "rejected"]);
