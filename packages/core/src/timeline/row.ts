/** What a swim-lane draws of an event: which bar or mark it begins, moves on or ends. Most events are none of that. */
import { Fields } from "../reducers/reducer.ts";

export const timelineKinds = [
  ...(["state", "tool", "step", "task", "process", "command"] as const),
  ...(["approval", "phase", "tests", "error"] as const),
] as const;

export type TimelineKind = (typeof timelineKinds)[number];

export interface TimelineRow {
  kind: TimelineKind;
  /** What begins and ends together has one id; empty: a state, or a mark of its own. */
  id: string;
  /** As it was said, or what the type means. */
  state: string;
  label: string;
  /** The agent that the event names. */
  whose: string;
  /** How long it took, where that was said, in milliseconds. */
  durationMs: number | undefined;
}

export interface TimelineEvent {
  type: string;
  data: unknown;
}

/** States in which a bar ends. */
export const endingStates: ReadonlySet<string> = new Set([
  ...["done", "failed", "cancelled", "rejected", "expired", "killed"],
  ...["approved", "denied", "withdrawn"],
]);

/** Characters of a label: a bar is a few centimetres. */
const labelLength = 80;

const tool =
  /^(?:agent_)?tool_(call|use|start|started|input|result|output|end|done|completed|complete|error|failed)(?:_(\w+))?$/;
const toolEnds = /result|output|end|done|complete|error|fail/;

export function rowOf({ type, data }: TimelineEvent): TimelineRow | undefined {
  const fields = new Fields(data);
  const said = readings[type]?.(fields) ?? (tool.test(type) ? toolRow(type, fields) : undefined);
  if (said === undefined) return undefined;
  return {
    kind: said.kind,
    id: said.id ?? "",
    state: said.state,
    label: (said.label ?? "").slice(0, labelLength),
    whose: fields.text("agentId") ?? "",
    durationMs: fields.number("durationMs"),
  };
}

interface Said {
  kind: TimelineKind;
  id?: string | undefined;
  state: string;
  label?: string | undefined;
}

type Reading = (fields: Fields) => Said | undefined;

/** No catalogue has tool calls; agents' vocabularies agree on their shape. */
function toolRow(type: string, fields: Fields): Said | undefined {
  const id = ["toolCallId", "toolUseId", "tool_use_id", "tool_call_id", "callId", "id"]
    .map((name) => fields.text(name))
    .find((one) => one !== undefined);
  const named = ["toolName", "tool_name", "tool", "toolCallName", "name"];
  const label = named.map((name) => fields.text(name)).find((one) => one !== undefined);
  const failed = /error|fail/.test(type) || fields.text("error") !== undefined || fields.flag("isError") === true;
  const state = fields.word("status") ?? (failed ? "failed" : toolEnds.test(type) ? "done" : "running");
  return { kind: "tool", id, state, label };
}

const state = (word: string | undefined, label?: string | undefined): Said | undefined =>
  word === undefined ? undefined : { kind: "state", state: word, label };

const command =
  (word: string): Reading =>
  (fields) => ({ kind: "command", id: fields.text("commandId"), state: word, label: fields.text("name") });

const approval =
  (word: (fields: Fields) => string): Reading =>
  (fields) => ({ kind: "approval", id: fields.text("checkpointId"), state: word(fields), label: fields.text("title") });

const workflow =
  (word: string): Reading =>
  (fields) => ({ kind: "task", id: fields.text("workflowId"), state: word, label: fields.text("name") });

const task =
  (word: string): Reading =>
  (fields) => ({
    kind: "task",
    id: fields.text("taskId"),
    state: fields.word("status") ?? word,
    label: fields.text("title") ?? fields.text("taskId"),
  });

const process =
  (word: string): Reading =>
  (fields) => ({ kind: "process", id: "run", state: word, label: fields.text("name") });

function stopped(fields: Fields): Said {
  const word =
    fields.text("cancelledBy") !== undefined ? "cancelled" : fields.number("exitCode") === 0 ? "done" : "failed";
  return { kind: "process", id: "run", state: word, label: undefined };
}

function tests(fields: Fields): Said {
  const failing = fields.number("failing") ?? 0;
  const test = fields.inner("test");
  const named = test?.text("name") ?? fields.text("suite");
  const failed = test === undefined ? failing > 0 : test.word("outcome") === "failed";
  return { kind: "tests", state: failed ? "failed" : "done", label: named ?? `${failing} fail` };
}

const errorRow: Reading = (fields) => ({
  kind: "error",
  state: "failed",
  label: fields.text("error") ?? fields.inner("error")?.text("message") ?? fields.text("code"),
});

/** A null prototype: a type named like an Object member must find nothing. */
const readings: Readonly<Record<string, Reading>> = Object.assign(Object.create(null), {
  agent_status: (fields) =>
    state(fields.word("status"), fields.inner("currentTask")?.text("title") ?? fields.text("reason")),
  lease_lost: () => state("lost"),
  session_started: (fields) => state("started", fields.text("name") ?? fields.text("objective")),
  session_update: (fields) => state(fields.word("status"), fields.text("progress_step")),
  session_status_changed: (fields) => state(fields.word("status"), fields.text("message")),
  session_stopped: (fields) => state(fields.word("status") ?? "stopped", fields.text("reason")),
  execution_update: (fields) => state(fields.word("status"), fields.text("currentStep")),
  step_update: (fields) => ({
    kind: "step",
    id: fields.text("stepId"),
    state: fields.word("status") ?? "running",
    label: fields.text("name") ?? fields.text("stepId"),
  }),
  task_assigned: task("queued"),
  agent_task_update: task("running"),
  task_completed: task("done"),
  workflow_started: workflow("running"),
  workflow_complete: workflow("done"),
  workflow_failed: workflow("failed"),
  process_started: (fields) => ({
    kind: "process",
    id: "run",
    state: "running",
    label: fields.text("name") ?? [fields.text("command"), ...fields.texts("args", 8)].join(" "),
  }),
  process_paused: process("paused"),
  process_resumed: process("running"),
  process_stopped: stopped,
  process_error: errorRow,
  agent_error: errorRow,
  command_queued: command("queued"),
  command_delivered: command("delivered"),
  command_started: command("running"),
  command_done: command("done"),
  command_failed: command("failed"),
  command_expired: command("expired"),
  command_cancelled: command("cancelled"),
  checkpoint_required: approval(() => "waiting_approval"),
  checkpoint_decided: approval((fields) => (fields.word("decision") === "approve" ? "approved" : "denied")),
  checkpoint_expired: approval(() => "expired"),
  checkpoint_withdrawn: approval(() => "withdrawn"),
  tdd_phase_change: (fields) =>
    fields.word("currentPhase") === undefined
      ? undefined
      : { kind: "phase", state: fields.word("currentPhase") ?? "", label: fields.word("currentPhase") },
  test_result: tests,
} satisfies Record<string, Reading>);
