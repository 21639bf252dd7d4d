/** One row of the fleet: an agent, a session or a process in the same words. */
import type { AgentState, ProcessState, SessionState } from "@signalbox/core/reducers";
import { type Condition, conditionOf, conditionWord, type LampName, lampOf, spoken } from "./condition.ts";

export type Kind = "agent" | "session" | "process";

export interface FleetItem {
  /** The channel: unique. */
  key: string;
  kind: Kind;
  id: string;
  condition: Condition;
  lamp: LampName;
  /** The state in words, as precise as is known: `Waiting approval`, `Exit 1`, `Silent`. */
  word: string;
  /** Since when it is in this state, if that was said. */
  since: number | undefined;
  /** Why it is in this state, in its own words. */
  reason: string;
  title: string;
  subtitle: string;
  /** What it works on. */
  task: string;
  /** 0 to 100. */
  progress: number | undefined;
  /** The newest thing it said. */
  said: string;
  saidBad: boolean;
  lines: number | undefined;
  cpuHistory: readonly number[];
  cpuPercent: number | undefined;
  /** Used so far, in and out; 0: it never said. */
  tokens: number;
  costUsd: number;
  /** The session and the agent that it belongs to, if it said so. */
  sessionId: string | undefined;
  agentId: string | undefined;
  /** The agent above it. */
  parentId: string | undefined;
  /** Agents of a session. */
  members: readonly string[];
  startedAt: number | undefined;
  stoppedAt: number | undefined;
  updatedAt: number;
}

/** A running process sends its figures every few seconds. After this long without any, something is wrong. */
export const silentAfterMs = 60_000;

const nothing = {
  ...{ lines: undefined, cpuHistory: [], cpuPercent: undefined, startedAt: undefined, stoppedAt: undefined },
  ...{ since: undefined, reason: "", task: "", tokens: 0, costUsd: 0, sessionId: undefined, agentId: undefined },
  parentId: undefined,
  members: [],
} as const;

export function agentItem(channel: string, state: AgentState): FleetItem {
  const condition = conditionOf(state.status);
  const failing = state.tdd && state.tdd.failing > 0 ? `${state.tdd.failing} of ${state.tdd.total} tests failing` : "";
  const task = state.task?.title ?? state.task?.type ?? "";
  const error = state.lastError && state.lastError.at >= (state.lastLog?.at ?? 0) ? state.lastError.message : "";
  return {
    ...nothing,
    key: channel,
    kind: "agent",
    id: state.agentId,
    condition,
    lamp: lampOf(state.status),
    word: spoken(state.status),
    ...stillSince(state),
    title: state.agentId,
    subtitle: [state.agentType, task].filter(Boolean).join(" · "),
    task,
    progress: state.task?.progress,
    said: error || state.lastLog?.message || failing,
    saidBad: error !== "",
    cpuPercent: state.cpuPercent,
    tokens: tokensOf(state.usage),
    costUsd: state.usage.costUsd,
    sessionId: state.sessionId,
    agentId: state.agentId,
    parentId: state.parentId,
    updatedAt: state.updatedAt,
  };
}

export function sessionItem(channel: string, state: SessionState): FleetItem {
  const members = [counted(state.agents.length, "agent"), counted(state.processes.length, "process", "processes")];
  return {
    ...nothing,
    key: channel,
    kind: "session",
    id: state.sessionId,
    condition: conditionOf(state.status),
    lamp: lampOf(state.status),
    word: spoken(state.status),
    since: state.statusSince,
    title: state.title ?? state.sessionId,
    subtitle: [state.title === undefined ? "" : state.sessionId, ...members].filter(Boolean).join(" · "),
    progress: state.progress,
    said: [state.step, state.message].filter(Boolean).join(": "),
    saidBad: false,
    task: state.step ?? "",
    tokens: tokensOf(state.usage),
    costUsd: state.usage.costUsd,
    sessionId: state.sessionId,
    members: state.agents,
    startedAt: state.startedAt,
    stoppedAt: state.stoppedAt,
    updatedAt: state.updatedAt,
  };
}

export function processItem(channel: string, state: ProcessState): FleetItem {
  const command = commandLine(state);
  const condition = processCondition(state);
  return {
    ...nothing,
    key: channel,
    kind: "process",
    id: state.processId,
    condition,
    lamp: lampOf(state.status),
    word: processWord(state),
    // When a lost one was lost is not kept: from then on nothing was heard of it.
    since: state.stoppedAt ?? state.pausedAt ?? (state.status === "lost" ? state.updatedAt : state.startedAt),
    reason: state.reason ?? "",
    title: state.name ?? (command === "" ? state.processId : command),
    subtitle: [state.name === undefined ? "" : command, state.host, state.cwd].filter(Boolean).join(" · "),
    progress: undefined,
    said: state.error ?? state.lastOutput ?? "",
    saidBad: state.error !== undefined,
    lines: state.lines,
    cpuHistory: state.cpuHistory,
    cpuPercent: state.cpuPercent,
    sessionId: state.sessionId,
    agentId: state.agentId,
    startedAt: state.startedAt,
    stoppedAt: state.stoppedAt,
    updatedAt: state.updatedAt,
  };
}

/** A process that says it runs but has been silent too long is shown as what it is: not heard of. */
export function withSilence(item: FleetItem, nowMs: number): FleetItem {
  if (item.kind !== "process" || item.condition !== "running" || nowMs - item.updatedAt < silentAfterMs) return item;
  return { ...item, condition: "lost", lamp: "lost", word: "Silent", since: item.updatedAt };
}

export const commandLine = (state: Pick<ProcessState, "command" | "args">): string =>
  [state.command, ...state.args].filter((part) => part !== undefined).join(" ");

function processCondition(state: Pick<ProcessState, "status">): Condition {
  return state.status === "unknown" ? "unknown" : conditionOf(state.status);
}

function processWord(state: Pick<ProcessState, "status" | "exitCode" | "signal">): string {
  if (state.status === "cancelled") return spoken(state.status);
  if (state.signal !== undefined) return state.signal;
  if (state.status === "failed") return state.exitCode === undefined ? conditionWord.failed : `Exit ${state.exitCode}`;
  return conditionWord[processCondition(state)];
}

/** The gateway calls an agent stuck once it has shown nothing for a while: that while counts. */
function stillSince({ status, statusSince, reason = "" }: AgentState): Pick<FleetItem, "since" | "reason"> {
  const silentMs = /^published nothing for (\d+) ms$/.exec(reason)?.[1];
  if (lampOf(status) !== "stuck" || statusSince === undefined || silentMs === undefined)
    return { since: statusSince, reason };
  return { since: statusSince - Number(silentMs), reason: "" };
}

const tokensOf = ({ inputTokens, outputTokens }: AgentState["usage"]): number => inputTokens + outputTokens;

const counted = (count: number, one: string, many = `${one}s`): string =>
  count === 0 ? "" : `${count} ${count === 1 ? one : many}`;
