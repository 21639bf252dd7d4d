/** An agent: what it says it does, and how that goes. */
import { type Kept, nothingKept, updated } from "./kept.ts";
import { Fields, type FoldedEvent, idOf, type Reducer } from "./reducer.ts";
import { agentShape } from "./shapes.ts";
import { foldSteered, notSteered, type Steered } from "./steered.ts";
import { foldTasks, type Task } from "./tasks.ts";
import { nothingUsed, type Usage, usageAfter } from "./usage.ts";

export interface AgentTask {
  id: string;
  type: string | undefined;
  title: string | undefined;
  /** 0 to 100. */
  progress: number | undefined;
  status: string | undefined;
}

/** An agent below this one, as far as it was said on this one's channel. */
export interface AgentChild {
  agentId: string;
  agentType: string | undefined;
  /** As it was said. */
  status: string;
  updatedAt: number;
}

export interface AgentState extends Steered {
  agentId: string;
  agentType: string | undefined;
  name: string | undefined;
  /** The agent whose `ID/` its id begins with, or that it named. */
  parentId: string | undefined;
  children: Kept<AgentChild>;
  sessionId: string | undefined;
  host: string | undefined;
  /** As the agent said it: idle, busy, error, waiting_approval …; and stuck or lost, as the gateway found it. */
  status: string;
  /** Since when, milliseconds since 1970. */
  statusSince: number | undefined;
  /** Why it is in this state. */
  reason: string | undefined;
  /** Who is at work as this agent, or was last. */
  lease:
    | { producer: string; epoch: number; ttlMs: number | undefined; state: "held" | "released" | "lost" }
    | undefined;
  task: AgentTask | undefined;
  tasksCompleted: number;
  /** The last ones. */
  tasks: Kept<Task>;
  usage: Usage;
  cpuPercent: number | undefined;
  memoryBytes: number | undefined;
  lastLog: { level: string; message: string; at: number } | undefined;
  lastError: { message: string; at: number } | undefined;
  errors: number;
  /** In short; the reducer `tdd` has more. */
  tdd: { phase: string; total: number; passing: number; failing: number; lineCoverage: number | undefined } | undefined;
  updatedAt: number;
}

const childrenKept = 60;

export const agentReducer: Reducer<AgentState> = {
  ...agentShape,
  initial: (channel) => ({
    agentId: idOf(channel),
    agentType: undefined,
    name: undefined,
    parentId: parentOf(idOf(channel)),
    children: nothingKept,
    sessionId: undefined,
    host: undefined,
    status: "unknown",
    statusSince: undefined,
    reason: undefined,
    lease: undefined,
    task: undefined,
    tasksCompleted: 0,
    tasks: nothingKept,
    usage: nothingUsed,
    cpuPercent: undefined,
    memoryBytes: undefined,
    lastLog: undefined,
    lastError: undefined,
    errors: 0,
    tdd: undefined,
    ...notSteered,
    updatedAt: 0,
  }),
  apply: (state, event) => {
    const data = new Fields(event.data);
    const changed = change[event.type];
    const next =
      changed === undefined
        ? foldSteered(state, event)
        : isBelow(state.agentId, data)
          ? { children: childrenAfter(state.children, data, event) }
          : changed(state, data, event);
    return next === undefined ? state : { ...state, ...next, updatedAt: event.timestamp };
  },
};

/** `lead/tests/2` → `lead/tests`. */
function parentOf(id: string): string | undefined {
  const slash = id.lastIndexOf("/");
  return slash > 0 ? id.slice(0, slash) : undefined;
}

/** It is said on this agent's channel, about one below it. */
const isBelow = (id: string, data: Fields): boolean => data.text("agentId")?.startsWith(`${id}/`) === true;

function childrenAfter(children: Kept<AgentChild>, data: Fields, { timestamp }: FoldedEvent): Kept<AgentChild> {
  const agentId = data.text("agentId") ?? "";
  return updated(
    children,
    (child) => child.agentId === agentId,
    (before) => ({
      agentId,
      agentType: data.text("agentType") ?? before?.agentType,
      status: data.word("status") ?? before?.status ?? "unknown",
      updatedAt: timestamp,
    }),
    childrenKept,
  );
}

/** Gauges that the state shows, by the names of agent_status.metrics. */
const gauges: Record<string, "cpuPercent" | "memoryBytes" | "tasksCompleted"> = Object.assign(Object.create(null), {
  cpuUsage: "cpuPercent",
  memoryUsage: "memoryBytes",
  tasksCompleted: "tasksCompleted",
});

type Change = (state: AgentState, data: Fields, event: FoldedEvent) => Partial<AgentState>;

/** With the time since when it is another. */
const withStatus = (state: AgentState, status: string, at: number): Pick<AgentState, "status" | "statusSince"> => ({
  status,
  statusSince: status === state.status ? (state.statusSince ?? at) : at,
});

const taskOf = (task: Fields, before: AgentTask | undefined): AgentTask | undefined => {
  const id = task.text("id") ?? task.text("taskId");
  if (id === undefined) return before;
  const same = before?.id === id ? before : undefined;
  return {
    id,
    type: task.text("type") ?? same?.type,
    title: task.text("title") ?? task.text("description") ?? same?.title,
    progress: task.number("progress") ?? same?.progress,
    status: task.word("status") ?? same?.status,
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
    phase: data.word("currentPhase") ?? before.phase,
    total: results.number("total") ?? before.total,
    passing: results.number("passing") ?? before.passing,
    failing: results.number("failing") ?? before.failing,
    lineCoverage: (data.inner("coverage") ?? data).number("lines") ?? before.lineCoverage,
  };
};

/** A null prototype: a type named like an Object member must find nothing. */
const change: Record<string, Change> = Object.assign(Object.create(null), {
  agent_status: (state, data, event) => {
    const task = data.inner("currentTask");
    const metrics = data.inner("metrics");
    const status = data.word("status") ?? state.status;
    return {
      ...withStatus(state, status, event.timestamp),
      reason: data.sentence("reason") ?? (status === state.status ? state.reason : undefined),
      lease: status === "lost" ? leaseEnded(state, data, "lost").lease : state.lease,
      agentType: data.text("agentType") ?? state.agentType,
      name: data.text("name") ?? state.name,
      parentId: data.text("parentId") ?? state.parentId,
      sessionId: data.text("sessionId") ?? state.sessionId,
      host: data.text("host") ?? state.host,
      tasks: foldTasks(state.tasks, event),
      task: task === undefined ? (status === "idle" ? undefined : state.task) : taskOf(task, state.task),
      tasksCompleted: metrics?.number("tasksCompleted") ?? state.tasksCompleted,
      cpuPercent: metrics?.number("cpuUsage") ?? state.cpuPercent,
      memoryBytes: metrics?.number("memoryUsage") ?? state.memoryBytes,
    };
  },
  lease_held: (state, data, event) => ({
    lease: {
      producer: data.text("producer") ?? "",
      epoch: data.number("epoch") ?? 0,
      ttlMs: data.number("ttlMs"),
      state: "held",
    },
    // It is back; what it does it has not said yet.
    ...(state.status === "lost" ? withStatus(state, "unknown", event.timestamp) : {}),
  }),
  lease_released: (state, data) => leaseEnded(state, data, "released"),
  lease_lost: (state, data) => leaseEnded(state, data, "lost"),
  agent_task_update: (state, data, event) => ({
    task: taskOf(data.inner("task") ?? data, state.task),
    tasks: foldTasks(state.tasks, event),
  }),
  agent_usage: (state, data) => ({ usage: usageAfter(state.usage, data) }),
  agent_log: (_state, data, event) => ({
    lastLog: {
      level: data.word("level") ?? "info",
      message: data.sentence("message") ?? "",
      at: event.timestamp,
    },
  }),
  agent_metric: (_state, data) => {
    const field = gauges[data.text("name") ?? ""];
    const value = data.number("value");
    return field === undefined || value === undefined ? {} : { [field]: value };
  },
  agent_error: (state, data, event) => ({
    errors: state.errors + 1,
    lastError: {
      message:
        data.sentence("message") ?? data.sentence("error") ?? data.inner("error")?.sentence("message") ?? "unknown",
      at: event.timestamp,
    },
  }),
  task_assigned: (state, data, event) => ({
    task: taskOf(data, state.task),
    tasks: foldTasks(state.tasks, event),
  }),
  task_completed: (state, _data, event) => ({
    tasksCompleted: state.tasksCompleted + 1,
    tasks: foldTasks(state.tasks, event),
  }),
  tdd_phase_change: (state, data) => ({ tdd: testsOf(state, data) }),
  test_result: (state, data) => ({ tdd: testsOf(state, data) }),
  coverage_update: (state, data) => ({ tdd: testsOf(state, data) }),
} satisfies Record<string, Change>);
