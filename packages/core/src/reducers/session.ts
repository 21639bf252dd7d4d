/** A session: one piece of work that people follow from start to end. */
import { Fields, type FoldedEvent, idOf, type Reducer } from "./reducer.ts";

export interface SessionState {
  sessionId: string;
  status: string;
  title: string | undefined;
  /** 0 to 100. */
  progress: number | undefined;
  step: string | undefined;
  message: string | undefined;
  agents: string[];
  processes: string[];
  startedAt: number | undefined;
  stoppedAt: number | undefined;
  updatedAt: number;
}

/** A session that names more members than this keeps the first ones. */
const membersKept = 1_000;

export const sessionReducer: Reducer<SessionState> = {
  name: "session",
  version: 1,
  initial: (channel) => ({
    sessionId: idOf(channel),
    status: "unknown",
    title: undefined,
    progress: undefined,
    step: undefined,
    message: undefined,
    agents: [],
    processes: [],
    startedAt: undefined,
    stoppedAt: undefined,
    updatedAt: 0,
  }),
  apply: (state, event) => {
    if (!event.type.startsWith("session_")) return state;
    const data = new Fields(event.data);
    return {
      ...state,
      ...progressOf(state, data),
      ...lifeOf(state, data, event),
      agents: withMembers(state.agents, data.text("agentId"), data.texts("agents")),
      processes: withMembers(state.processes, data.text("processId"), data.texts("processes")),
      updatedAt: event.timestamp,
    };
  },
};

const progressOf = (state: SessionState, data: Fields): Partial<SessionState> => ({
  title: data.text("name") ?? data.text("objective") ?? state.title,
  progress: data.number("progress") ?? state.progress,
  step: data.text("progress_step") ?? data.number("progress_step")?.toString() ?? state.step,
  message: data.text("message") ?? state.message,
});

function lifeOf(state: SessionState, data: Fields, event: FoldedEvent): Partial<SessionState> {
  const status =
    data.text("status") ??
    { session_started: "started", session_stopped: "stopped" }[event.type as "session_started"] ??
    state.status;
  const begins = event.type === "session_started" || status === "started";
  const ends = event.type === "session_stopped" || status === "stopped";
  return {
    status,
    startedAt: begins ? (state.startedAt ?? event.timestamp) : state.startedAt,
    stoppedAt: ends ? (state.stoppedAt ?? event.timestamp) : begins ? undefined : state.stoppedAt,
  };
}

function withMembers(before: string[], one: string | undefined, many: string[]): string[] {
  const added = [...(one === undefined ? [] : [one]), ...many].filter((member) => !before.includes(member));
  return added.length === 0 ? before : [...before, ...new Set(added)].slice(0, membersKept);
}
