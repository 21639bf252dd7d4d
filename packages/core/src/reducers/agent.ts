/** An agent: what it says it does, and how that goes. */
import { foldCheckpoints, foldCommands, type OpenCheckpoint, type OpenCommand } from "./open-steps.ts";
import { Fields, type FoldedEvent, idOf, type Reducer } from "./reducer.ts";

export interface AgentTask {
  id: string;
  type: string | undefined;
  title: string | undefined;
  /** 0 to 100. */
  progress: number | undefined;
  status: string | undefined;
}

export interface AgentState {
  agentId: string;
  agentType: string | undefined;
  /** That it works for, as it said last. */
  sessionId: string | undefined;
  /** As the agent said it: idle, busy, error, waiting_approval …; and stuck or lost, as the gateway found it. */
  status: string;
  /** Who is at work as this agent, or was last. */
  lease:
    | { producer: string; epoch: number; ttlMs: number | undefined; state: "held" | "released" | "lost" }
    | undefined;
  task: AgentTask | undefined;
  tasksCompleted: number;
  cpuPercent: number | undefined;
  memoryBytes: number | undefined;
  lastLog: { level: string; message: string; at: number } | undefined;
  lastError: { message: string; at: number } | undefined;
  errors: number;
  tdd: { phase: string; total: number; passing: number; failing: number; lineCoverage: number | undefined } | undefined;
  /** What it was told and has not ended, and what it asks people. */
  commands: readonly OpenCommand[];
  checkpoints: readonly OpenCheckpoint[];
  updatedAt: number;
}

/** Enough to recognise a message in a list. */
const messageLength = 500;

export const agentReducer: Reducer<AgentState> = {
  name: "agent",
  version: 4,
  initial: (channel) => ({
    agentId: idOf(channel),
    agentType: undefined,
    sessionId: undefined,
    status: "unknown",
    lease: undefined,
    task: undefined,
    tasksCompleted: 0,
    cpuPercent: undefined,
    memoryBytes: undefined,
    lastLog: undefined,
    lastError: undefined,
    errors: 0,
    tdd: undefined,
    commands: [],
    checkpoints: [],
    updatedAt: 0,
  }),
  apply: (state, event) => {
    const next = change[event.type]?.(state, new Fields(event.data), event) ?? openAfter(state, event);
    return next === undefined ? state : { ...state, ...next, updatedAt: event.timestamp };
  },
};

function openAfter(state: AgentState, event: FoldedEvent): Partial<AgentState> | undefined {
  const commands = foldCommands(state.commands, event);
  const checkpoints = foldCheckpoints(state.checkpoints, event);
  return commands === state.commands && checkpoints === state.checkpoints ? undefined : { commands, checkpoints };
}

/** Gauges that the state shows, by the names of agent_status.metrics. */
const gauges: Record<string, "cpuPercent" | "memoryBytes" | "tasksCompleted"> = Object.assign(Object.create(null), {
  cpuUsage: "cpuPercent",
  memoryUsage: "memoryBytes",
  tasksCompleted: "tasksCompleted",
});

type Change = (state: AgentState, data: Fields, event: FoldedEvent) => Partial<AgentState> | undefined;

const taskOf = (task: Fields, before: AgentTask | undefined): AgentTask | undefined => {
  const id = task.text("id") ?? task.text("taskId");
  if (id === undefined) return before;
  const same = before?.id === id ? before : undefined;
  return {
    id,
    type: task.text("type") ?? same?.type,
    title: task.text("title") ?? task.text("description") ?? same?.title,
    progress: task.number("progress") ?? same?.progress,
    status: task.text("status") ?? same?.status,
  };
};

/** Of a lease that is not the newest, nothing changes. */
const leaseEnded = (state: AgentState, data: Fields, as: "released" | "lost"): Pick<AgentState, "lease"> => {
  const { lease } = state;
  return lease?.epoch === data.number("epoch") && lease !== undefined ? { lease: { ...lease, state: as } } : { lease };
};

const testsOf = (state: AgentState, data: Fields): NonNullable<AgentState["tdd"]> => {
  const before = state.tdd ?? { phase: "unknown", total: 0, passing: 0, failing: 0, lineCoverage: undefined };
  const results = data.inner("testResults") ?? data;
  return {
    phase: data.text("currentPhase") ?? before.phase,
    total: results.number("total") ?? before.total,
    passing: results.number("passing") ?? before.passing,
    failing: results.number("failing") ?? before.failing,
    lineCoverage: (data.inner("coverage") ?? data).number("lines") ?? before.lineCoverage,
  };
};

/** A null prototype: a type named like an Object member must find nothing. */
const change: Record<string, Change> = Object.assign(Object.create(null), {
  agent_status: (state, data) => {
    const task = data.inner("currentTask");
    const metrics = data.inner("metrics");
    const status = data.text("status") ?? state.status;
    return {
      status,
      lease: status === "lost" ? leaseEnded(state, data, "lost").lease : state.lease,
      agentType: data.text("agentType") ?? state.agentType,
      sessionId: data.text("sessionId") ?? state.sessionId,
      task: task === undefined ? (status === "idle" ? undefined : state.task) : taskOf(task, state.task),
      tasksCompleted: metrics?.number("tasksCompleted") ?? state.tasksCompleted,
      cpuPercent: metrics?.number("cpuUsage") ?? state.cpuPercent,
      memoryBytes: metrics?.number("memoryUsage") ?? state.memoryBytes,
    };
  },
  lease_held: (state, data) => ({
    lease: {
      producer: data.text("producer") ?? "",
      epoch: data.number("epoch") ?? 0,
      ttlMs: data.number("ttlMs"),
      state: "held",
    },
    // It is back; what it does it has not said yet.
    ...(state.status === "lost" ? { status: "unknown" } : {}),
  }),
  lease_released: (state, data) => leaseEnded(state, data, "released"),
  lease_lost: (state, data) => leaseEnded(state, data, "lost"),
  agent_task_update: (state, data) => ({ task: taskOf(data.inner("task") ?? data, state.task) }),
  agent_log: (_state, data, event) => ({
    lastLog: {
      level: data.text("level") ?? "info",
      message: (data.text("message") ?? "").slice(0, messageLength),
      at: event.timestamp,
    },
  }),
  agent_metric: (_state, data) => {
    const field = gauges[data.text("name") ?? ""];
    const value = data.number("value");
    return field === undefined || value === undefined ? {} : { [field]: value };
  },
  agent_usage: (state, data) => {
    const sessionId = data.text("sessionId");
    return sessionId === undefined || sessionId === state.sessionId ? undefined : { sessionId };
  },
  agent_error: (state, data, event) => ({
    errors: state.errors + 1,
    lastError: {
      message: (data.text("message") ?? data.text("error") ?? data.inner("error")?.text("message") ?? "unknown").slice(
        0,
        messageLength,
      ),
      at: event.timestamp,
    },
  }),
  task_assigned: (state, data) => ({ task: taskOf(data, state.task) }),
  task_completed: (state) => ({ tasksCompleted: state.tasksCompleted + 1 }),
  tdd_phase_change: (state, data) => ({ tdd: testsOf(state, data) }),
  test_result: (state, data) => ({ tdd: testsOf(state, data) }),
  coverage_update: (state, data) => ({ tdd: testsOf(state, data) }),
} satisfies Record<string, Change>);
