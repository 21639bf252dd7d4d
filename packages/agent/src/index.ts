export type {
  Agent,
  AgentEvent,
  AgentSettings,
  AgentStatus,
  ChildOptions,
  CommandOptions,
} from "./agent/agent.ts";
export type { Decision, Question } from "./agent/asks.ts";
export { AgentEnded } from "./agent/ended.ts";
export type { Memory, MemoryScope } from "./agent/memory.ts";
export type { AgentOptions } from "./agent/start-agent.ts";
export { startAgent } from "./agent/start-agent.ts";
export type { Task, TaskOptions } from "./agent/task.ts";
export type { Exit } from "./child.ts";
export type { Clock } from "./clock.ts";
export type { CancelOptions, ControlFault, ProcessControl } from "./control.ts";
export { ControlError } from "./control.ts";
export type { Flushed, FlushOptions } from "./flush.ts";
export { flushSpools } from "./flush.ts";
export type { CommandCall, CommandHandler, CommandSpec } from "./inbox/execution.ts";
export type { LeaseState } from "./inbox/lease-keeper.ts";
export type { InboxOptions, OpenInbox } from "./inbox/open-inbox.ts";
export { openInbox } from "./inbox/open-inbox.ts";
export { ptyFault } from "./pty.ts";
export type { Sink } from "./pump.ts";
export type { RunOptions, RunResult, RunStatus } from "./run-process.ts";
export { runProcess } from "./run-process.ts";
export type { Gateway, SenderState } from "./sender.ts";
export type { SpoolAbout } from "./spool-files.ts";
export type { SpoolListing } from "./spool-root.ts";
export { listSpools, spoolRoot } from "./spool-root.ts";
