/** A process: what runs, how it goes, how it ended. Lines are counted here; their text stays in the history. */
import { foldCommands, type OpenCommand } from "./open-steps.ts";
import { Fields, type FoldedEvent, idOf, type Reducer } from "./reducer.ts";
import { processShape } from "./shapes.ts";

export interface ProcessState {
  processId: string;
  /** Cancelled: somebody told it to end, and it did. Lost: who watched it is gone, so nothing is known of it. */
  status: "unknown" | "running" | "paused" | "lost" | "done" | "failed" | "killed" | "cancelled";
  name: string | undefined;
  command: string | undefined;
  args: string[];
  cwd: string | undefined;
  host: string | undefined;
  pid: number | undefined;
  pty: boolean;
  agentId: string | undefined;
  sessionId: string | undefined;
  startedAt: number | undefined;
  /** Since when it stands still, if it does. */
  pausedAt: number | undefined;
  stoppedAt: number | undefined;
  exitCode: number | undefined;
  signal: string | undefined;
  /** Why it ended, where more is known than code and signal. */
  reason: string | undefined;
  /** Whether somebody obeys commands to it. */
  lease: "held" | "released" | "lost" | undefined;
  /** What it was told and has not ended. */
  commands: readonly OpenCommand[];
  /** Lines of output so far, and how many of them were on stderr. */
  lines: number;
  errorLines: number;
  lastOutput: string | undefined;
  cpuPercent: number | undefined;
  memoryBytes: number | undefined;
  /** The last 60 samples, oldest first. */
  cpuHistory: number[];
  error: string | undefined;
  updatedAt: number;
}

const historyLength = 60;
const argsKept = 64;

export const processReducer: Reducer<ProcessState> = {
  ...processShape,
  initial: (channel) => ({
    processId: idOf(channel),
    status: "unknown",
    name: undefined,
    command: undefined,
    args: [],
    cwd: undefined,
    host: undefined,
    pid: undefined,
    pty: false,
    agentId: undefined,
    sessionId: undefined,
    startedAt: undefined,
    pausedAt: undefined,
    stoppedAt: undefined,
    exitCode: undefined,
    signal: undefined,
    reason: undefined,
    lease: undefined,
    commands: [],
    lines: 0,
    errorLines: 0,
    lastOutput: undefined,
    cpuPercent: undefined,
    memoryBytes: undefined,
    cpuHistory: [],
    error: undefined,
    updatedAt: 0,
  }),
  apply: (state, event) => change[event.type]?.(state, new Fields(event.data), event) ?? commandsAfter(state, event),
};

function commandsAfter(state: ProcessState, event: FoldedEvent): ProcessState {
  const commands = foldCommands(state.commands, event);
  return commands === state.commands ? state : { ...state, commands, updatedAt: event.timestamp };
}

const isAlive = ({ status }: ProcessState): boolean => status === "running" || status === "paused" || status === "lost";

function endOf(data: Fields): ProcessState["status"] {
  if (data.text("cancelledBy") !== undefined) return "cancelled";
  if (data.word("signal") !== undefined) return "killed";
  return data.number("exitCode") === 0 ? "done" : "failed";
}

type Change = (state: ProcessState, data: Fields, event: FoldedEvent) => ProcessState;

/** A null prototype: a type named like an Object member must find nothing. */
const change: Record<string, Change> = Object.assign(Object.create(null), {
  process_started: (state, data, event) => ({
    ...processReducer.initial(`process:${state.processId}`),
    status: "running",
    name: data.text("name"),
    command: data.sentence("command"),
    args: data.texts("args", argsKept),
    cwd: data.sentence("cwd"),
    host: data.text("host"),
    pid: data.number("pid"),
    pty: data.flag("pty") ?? false,
    agentId: data.text("agentId"),
    sessionId: data.text("sessionId"),
    startedAt: data.number("startedAt") ?? event.timestamp,
    lease: state.lease,
    commands: state.commands,
    lines: state.lines,
    errorLines: state.errorLines,
    updatedAt: event.timestamp,
  }),
  process_paused: (state, _data, event) =>
    isAlive(state) ? { ...state, status: "paused", pausedAt: event.timestamp, updatedAt: event.timestamp } : state,
  process_resumed: (state, _data, event) =>
    isAlive(state) ? { ...state, status: "running", pausedAt: undefined, updatedAt: event.timestamp } : state,
  lease_held: (state, _data, event) => ({
    ...state,
    // Who watches it is back, and would have said more if there were more.
    status: state.status !== "lost" ? state.status : state.pausedAt === undefined ? "running" : "paused",
    lease: "held",
    updatedAt: event.timestamp,
  }),
  lease_released: (state, _data, event) => ({ ...state, lease: "released", updatedAt: event.timestamp }),
  lease_lost: (state, _data, event) => ({
    ...state,
    status: isAlive(state) ? "lost" : state.status,
    lease: "lost",
    cpuPercent: undefined,
    updatedAt: event.timestamp,
  }),
  process_output: (state, data, event) => ({
    ...state,
    lines: state.lines + 1,
    errorLines: state.errorLines + (data.word("stream") === "stderr" ? 1 : 0),
    lastOutput: data.text("output") ?? state.lastOutput,
    updatedAt: event.timestamp,
  }),
  process_metric: (state, data, event) => {
    const cpuPercent = data.number("cpuPercent");
    return {
      ...state,
      cpuPercent: cpuPercent ?? state.cpuPercent,
      memoryBytes: data.number("memoryBytes") ?? state.memoryBytes,
      cpuHistory: cpuPercent === undefined ? state.cpuHistory : [...state.cpuHistory, cpuPercent].slice(-historyLength),
      updatedAt: event.timestamp,
    };
  },
  process_error: (state, data, event) => ({
    ...state,
    status: state.status === "unknown" ? "failed" : state.status,
    error: data.sentence("error") ?? state.error,
    updatedAt: event.timestamp,
  }),
  process_stopped: (state, data, event) => {
    return {
      ...state,
      status: endOf(data),
      exitCode: data.number("exitCode"),
      signal: data.word("signal"),
      reason: data.text("reason"),
      pausedAt: undefined,
      stoppedAt: event.timestamp,
      cpuPercent: undefined,
      updatedAt: event.timestamp,
    };
  },
} satisfies Record<string, Change>);
