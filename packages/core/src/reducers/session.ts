/** A session: one piece of work that people follow from start to end. */
import { type Kept, nothingKept, updated } from "./kept.ts";
import { Fields, type FoldedEvent, idOf, type Reducer } from "./reducer.ts";
import { foldNotes, foldSelections, type SessionNote, type SessionSelection } from "./session-notes.ts";
import { sessionShape } from "./shapes.ts";
import { foldSteered, notSteered, type Steered } from "./steered.ts";
import { foldTasks, type Task } from "./tasks.ts";
import { nothingUsed, type Usage, usageAfter } from "./usage.ts";
import { type WorkState, workStateOf } from "./work-state.ts";

/** A workflow of the session, as far as it was said on the session's channel. */
export interface SessionWorkflow {
  workflowId: string;
  name: string | undefined;
  status: "running" | "done" | "failed";
  step: string | undefined;
  stepsDone: number;
  totalSteps: number | undefined;
  /** 0 to 100. */
  progress: number | undefined;
  updatedAt: number;
}

export interface SessionState extends Steered {
  sessionId: string;
  /** As it was said: started, active, testing, stopped … */
  status: string;
  /** What that means, in the words of agents. */
  work: WorkState;
  /** Since when, milliseconds since 1970. */
  statusSince: number | undefined;
  title: string | undefined;
  project: string | undefined;
  /** 0 to 100. */
  progress: number | undefined;
  step: string | undefined;
  message: string | undefined;
  agents: readonly string[];
  processes: readonly string[];
  workflows: Kept<SessionWorkflow>;
  /** Tasks that were given to nobody in particular, the last ones. */
  tasks: Kept<Task>;
  notes: Kept<SessionNote>;
  selections: Kept<SessionSelection>;
  /** Of what was published to this channel; each agent's own is in its state. */
  usage: Usage;
  startedAt: number | undefined;
  stoppedAt: number | undefined;
  updatedAt: number;
}

/** A session that names more members than this keeps the first ones; so it does beyond so many characters of their names. */
const membersKept = 1_000;
const memberLength = 12_288;
const workflowsKept = 10;

export const sessionReducer: Reducer<SessionState> = {
  ...sessionShape,
  initial: (channel) => ({
    sessionId: idOf(channel),
    status: "unknown",
    work: "unknown",
    statusSince: undefined,
    title: undefined,
    project: undefined,
    progress: undefined,
    step: undefined,
    message: undefined,
    agents: [],
    processes: [],
    workflows: nothingKept,
    tasks: nothingKept,
    notes: nothingKept,
    selections: nothingKept,
    usage: nothingUsed,
    startedAt: undefined,
    stoppedAt: undefined,
    ...notSteered,
    updatedAt: 0,
  }),
  apply: (state, event) => {
    const next = sessionAfter(state, event);
    return next === undefined ? state : { ...state, ...next, updatedAt: event.timestamp };
  },
};

function sessionAfter(state: SessionState, event: FoldedEvent): Partial<SessionState> | undefined {
  const { type } = event;
  if (isAboutIt.has(type)) return lifeAfter(state, new Fields(event.data), event);
  if (type.startsWith("session_")) return leftAfter(state, event);
  if (type.startsWith("workflow_")) return changed("workflows", state.workflows, foldWorkflows(state.workflows, event));
  if (type.startsWith("task_")) return changed("tasks", state.tasks, foldTasks(state.tasks, event));
  if (type === "agent_usage") return { usage: usageAfter(state.usage, new Fields(event.data)) };
  return foldSteered(state, event);
}

const isAboutIt: ReadonlySet<string> = new Set([
  "session_started",
  "session_update",
  "session_status_changed",
  "session_stopped",
]);

const changed = <Name extends keyof SessionState>(
  name: Name,
  before: SessionState[Name],
  after: SessionState[Name],
): Partial<SessionState> | undefined => (before === after ? undefined : { [name]: after });

function leftAfter(state: SessionState, event: FoldedEvent): Partial<SessionState> | undefined {
  const notes = foldNotes(state.notes, event);
  const selections = foldSelections(state.selections, event);
  return notes === state.notes && selections === state.selections ? undefined : { notes, selections };
}

function lifeAfter(state: SessionState, data: Fields, event: FoldedEvent): Partial<SessionState> {
  const begun = event.type === "session_started";
  const ended = event.type === "session_stopped";
  const status = data.word("status") ?? (begun ? "started" : ended ? "stopped" : state.status);
  const begins = begun || status === "started";
  const ends = ended || status === "stopped";
  return {
    status,
    work: workStateOf(status),
    statusSince: status === state.status ? (state.statusSince ?? event.timestamp) : event.timestamp,
    title: data.text("name") ?? data.text("objective") ?? state.title,
    project: data.text("project") ?? state.project,
    progress: data.number("progress") ?? state.progress,
    step: data.text("progress_step") ?? data.number("progress_step")?.toString() ?? state.step,
    message: data.sentence("message") ?? (ended ? data.sentence("reason") : undefined) ?? state.message,
    agents: withMembers(state.agents, data.text("agentId"), data.texts("agents", membersKept)),
    processes: withMembers(state.processes, data.text("processId"), data.texts("processes", membersKept)),
    startedAt: begins ? (state.startedAt ?? event.timestamp) : state.startedAt,
    stoppedAt: ends ? (state.stoppedAt ?? event.timestamp) : begins ? undefined : state.stoppedAt,
  };
}

function withMembers(before: readonly string[], one: string | undefined, many: string[]): readonly string[] {
  const added = new Set([...(one === undefined ? [] : [one]), ...many]);
  for (const member of before) added.delete(member);
  if (added.size === 0) return before;
  const all = [...before];
  let length = before.reduce((sum, member) => sum + member.length, 0);
  for (const member of added) {
    length += member.length;
    if (all.length >= membersKept || length > memberLength) break;
    all.push(member);
  }
  return all.length === before.length ? before : all;
}

function foldWorkflows(
  workflows: Kept<SessionWorkflow>,
  { type, data, timestamp }: FoldedEvent,
): Kept<SessionWorkflow> {
  const fields = new Fields(data);
  const workflowId = fields.text("workflowId");
  if (workflowId === undefined) return workflows;
  const ended = type === "workflow_complete" ? "done" : type === "workflow_failed" ? "failed" : undefined;
  const stepped = type === "workflow_step_complete";
  if (ended === undefined && !stepped && type !== "workflow_started") return workflows;
  const change = (before: SessionWorkflow | undefined): SessionWorkflow => ({
    workflowId,
    name: (stepped ? undefined : fields.text("name")) ?? before?.name,
    status: ended ?? "running",
    step: (stepped ? (fields.text("name") ?? fields.text("stepId")) : undefined) ?? before?.step,
    stepsDone: type === "workflow_started" ? 0 : (before?.stepsDone ?? 0) + (stepped ? 1 : 0),
    totalSteps: fields.number("totalSteps") ?? before?.totalSteps,
    progress: ended === "done" ? 100 : (fields.number("progress") ?? before?.progress),
    updatedAt: timestamp,
  });
  return updated(workflows, (one) => one.workflowId === workflowId, change, workflowsKept);
}
