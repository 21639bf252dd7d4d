/** An event in a few words, for people who scan a feed. */
import type { Message } from "@signalbox/protocol";
import { bytes, duration, percent } from "../components/figures.ts";
import { spoken } from "../fleet/condition.ts";
import { plainText } from "../text/ansi.ts";
import { fieldsOf, type Readings } from "./fields.ts";

/** Enough for a row; the whole event is one click away. */
const longest = 400;

export function describe(event: Pick<Message, "type" | "data">): string {
  const data = fieldsOf(event.data);
  const words = sentences[event.type]?.(data) ?? remaining(event.data);
  const text = plainText(words === "" ? spoken(event.type) : words);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

type Sentence = (data: Readings) => string;

const joined = (...parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== "").join(" · ");

const some = <Value>(value: Value | undefined, say: (value: Value) => string): string | undefined =>
  value === undefined ? undefined : say(value);

const tests = (data: Readings): string | undefined => {
  const total = data.number("total");
  if (total === undefined) return undefined;
  return `${data.number("passing") ?? 0} of ${total} tests pass, ${data.number("failing") ?? 0} fail`;
};

const by = (who: string | undefined): string | undefined => some(who, (name) => `by ${name}`);

const errorOf = (data: Readings): string | undefined =>
  data.text("error") ?? data.text("message") ?? data.inner("error").text("message");

/** A null prototype: a type named like an Object member must find nothing. */
const sentences: Readonly<Record<string, Sentence>> = Object.assign(Object.create(null), {
  agent_status: (data) =>
    joined(
      spoken(data.text("status") ?? ""),
      data.inner("currentTask").text("title") ?? data.inner("currentTask").text("type"),
      some(data.inner("currentTask").number("progress"), percent),
      data.text("message") ?? data.text("reason"),
    ),
  agent_task_update: (data) =>
    joined(
      data.text("title") ?? data.text("taskId"),
      some(data.number("progress"), percent),
      data.text("step"),
      data.text("message"),
    ),
  agent_log: (data) => data.text("message") ?? "",
  agent_metric: (data) =>
    joined(
      data.text("name"),
      some(data.number("value"), (value) => `${value} ${data.text("unit") ?? ""}`),
    ),
  agent_error: (data) => joined(errorOf(data), data.text("code")),
  agent_usage: (data) =>
    joined(
      data.text("model"),
      some(data.number("inputTokens"), (count) => `${count.toLocaleString("en")} tokens in`),
      some(data.number("outputTokens"), (count) => `${count.toLocaleString("en")} out`),
      some(data.number("costUsd"), (cost) => `$${cost}`),
    ),
  task_assigned: (data) => joined("Assigned", data.text("title") ?? data.text("taskId")),
  task_completed: (data) => joined(spoken(data.text("status") ?? "done"), data.text("taskId"), errorOf(data)),
  tdd_phase_change: (data) => joined(spoken(data.text("currentPhase") ?? "phase"), tests(data.inner("testResults"))),
  test_result: (data) => joined(data.text("suite"), tests(data), data.inner("test").text("name")),
  coverage_update: (data) =>
    joined(
      "Coverage",
      some(data.inner("coverage").number("lines"), (lines) => `${percent(lines)} of lines`),
    ),
  session_started: (data) => joined("Started", data.text("objective") ?? data.text("project") ?? data.text("name")),
  session_update: (data) =>
    joined(data.text("progress_step"), some(data.number("progress"), percent), data.text("message")),
  session_status_changed: (data) =>
    joined(spoken(data.text("status") ?? ""), some(data.number("progress"), percent), data.text("message")),
  session_stopped: (data) =>
    joined(spoken(data.text("status") ?? "stopped"), data.text("reason"), some(data.number("durationMs"), duration)),
  process_started: (data) =>
    joined(
      "Started",
      data.text("host"),
      some(data.number("pid"), (pid) => `pid ${pid}`),
      data.text("cwd"),
    ),
  process_stopped: (data) => {
    const signal = data.text("signal");
    const how = signal ? `Ended by ${signal}` : `Ended with exit code ${data.number("exitCode") ?? "unknown"}`;
    return joined(
      how,
      some(data.number("durationMs"), (ms) => `after ${duration(ms)}`),
      data.text("reason"),
    );
  },
  process_paused: (data) => joined("Paused", data.text("by")),
  process_resumed: (data) => joined("Resumed", data.text("by")),
  process_error: (data) => joined(errorOf(data), data.text("code")),
  process_output: (data) => data.text("output") ?? "",
  process_metric: (data) =>
    joined(
      some(data.number("cpuPercent"), (cpu) => `${percent(cpu)} CPU`),
      some(data.number("memoryBytes"), bytes),
    ),
  agent_commands: () => "Says which commands it understands",
  command_queued: (data) => joined(spoken(data.text("name") ?? "command"), by(data.text("issuedBy"))),
  command_delivered: () => "Command delivered",
  command_started: () => "Command started",
  command_progress: (data) => joined("Command", some(data.number("progress"), percent), data.text("message")),
  command_done: (data) => joined("Command done", some(data.number("durationMs"), duration)),
  command_failed: (data) => joined("Command failed", errorOf(data), data.text("code")),
  command_expired: () => "Command expired: nobody began it in time",
  command_cancelled: (data) => joined("Command taken back", by(data.text("cancelledBy")), data.text("reason")),
  checkpoint_required: (data) => joined("Asks", data.text("title") ?? data.text("checkpointId"), data.text("risk")),
  checkpoint_approved: (data) =>
    joined(
      "Approved",
      by(data.text("approvedBy")),
      some(data.number("needed"), (needed) => `${data.number("approvals") ?? 0} of ${needed}`),
    ),
  checkpoint_decided: (data) =>
    joined(
      data.text("decision") === "approve" ? "Approved" : "Denied",
      by(data.text("decidedBy")),
      data.text("reason"),
    ),
  checkpoint_expired: (data) => joined("Time is up", data.text("default") === "approve" ? "approved" : "denied"),
  checkpoint_withdrawn: (data) => joined("Withdrawn", by(data.text("withdrawnBy")), data.text("reason")),
  checkpoint_applied: (data) => joined("Acted on", data.text("decision") === "approve" ? "the approval" : "the denial"),
  lease_held: (data) => joined(`At work: ${data.text("producer") ?? ""}`, by(data.text("by"))),
  lease_released: (data) => `No longer at work: ${data.text("producer") ?? ""}`,
  lease_lost: (data) => joined(`Lost: ${data.text("producer") ?? ""}`, data.text("reason")),
  system_notification: (data) => joined(data.text("title"), data.text("message")),
  system_alert: (data) => joined(spoken(data.text("severity") ?? "alert"), data.text("title"), data.text("message")),
} satisfies Record<string, Sentence>);

/** Types nobody here knows still say what they carry. */
function remaining(data: unknown): string {
  if (typeof data !== "object" || data === null) return data === undefined ? "" : String(data);
  return Object.entries(data)
    .filter(([, value]) => typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    .slice(0, 6)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(" · ");
}
