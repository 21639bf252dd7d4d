/** A process: what runs, how it goes, how it ended. Lines are counted here; their text stays in the history. */
import { Fields, type FoldedEvent, idOf, type Reducer } from "./reducer.ts";
import { processShape } from "./shapes.ts";

export interface ProcessState {
  processId: string;
  status: "unknown" | "running" | "done" | "failed" | "killed";
  name: string | undefined;
  command: string | undefined;
  args: string[];
  cwd: string | undefined;
  host: string | undefined;
  pid: number | undefined;
  startedAt: number | undefined;
  stoppedAt: number | undefined;
  exitCode: number | undefined;
  signal: string | undefined;
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
    startedAt: undefined,
    stoppedAt: undefined,
    exitCode: undefined,
    signal: undefined,
    lines: 0,
    errorLines: 0,
    lastOutput: undefined,
    cpuPercent: undefined,
    memoryBytes: undefined,
    cpuHistory: [],
    error: undefined,
    updatedAt: 0,
  }),
  apply: (state, event) => change[event.type]?.(state, new Fields(event.data), event) ?? state,
};

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
    startedAt: data.number("startedAt") ?? event.timestamp,
    lines: state.lines,
    errorLines: state.errorLines,
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
    const exitCode = data.number("exitCode");
    const signal = data.word("signal");
    return {
      ...state,
      status: signal !== undefined ? "killed" : exitCode === 0 ? "done" : "failed",
      exitCode,
      signal,
      stoppedAt: event.timestamp,
      cpuPercent: undefined,
      updatedAt: event.timestamp,
    };
  },
} satisfies Record<string, Change>);
