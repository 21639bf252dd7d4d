/** Alerts in the words that people see. */
import { type AlertRow, alertStateOf } from "@signalbox/core/reducers";
import type { AlertStateName, AlertsSearch, Severity } from "./search.ts";

const kindWords: Readonly<Record<string, string>> = {
  agent_lost: "Agent lost",
  agent_stuck: "Agent stuck",
  agent_failed: "Agent failed",
  agent_error: "Error inside an agent",
  session_failed: "Session failed",
  execution_failed: "Execution failed",
  workflow_failed: "Workflow failed",
  process_failed: "Process failed",
  tests_failed: "Tests failing",
  budget_warned: "Budget nearly used up",
  budget_exceeded: "Budget used up",
  approval_expired: "Approval expired",
  command_failed: "Command failed",
  command_expired: "Command not begun",
  system_alert: "Alert of a system",
  gateway_degraded: "Gateway degraded",
  gateway_refusals: "Many refusals",
  gateway_slow_viewers: "Slow viewers closed",
  gateway_loop_delay: "Gateway is late",
  gateway_queue: "Gateway's queue is long",
  overflow: "More went wrong than is listed",
};

/** Kinds that others defined are shown as they are. */
export const kindWord = (kind: string): string => (Object.hasOwn(kindWords, kind) ? (kindWords[kind] ?? kind) : kind);

export const severityOf = (severity: string): Severity =>
  severity === "critical" || severity === "info" ? severity : "warning";

export const severityWord: Readonly<Record<Severity, string>> = {
  critical: "Critical",
  warning: "Warning",
  info: "Info",
};

export const stateWord: Readonly<Record<AlertStateName, string>> = {
  open: "Open",
  acknowledged: "Acknowledged",
  muted: "Muted",
  over: "Over",
};

/** Where what it is about is shown. */
export function placeOf(
  source: string,
): { to: "/agents/$id" | "/sessions/$id" | "/processes/$id"; id: string } | undefined {
  const [, namespace, id = ""] = /^(agent|session|process):(.+)$/.exec(source) ?? [];
  if (namespace === "agent") return { to: "/agents/$id", id };
  if (namespace === "session") return { to: "/sessions/$id", id };
  return namespace === "process" ? { to: "/processes/$id", id } : undefined;
}

const ranks: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

/** Those that the search lets through, the most serious first, then what happened last. */
export function shownOf(rows: readonly AlertRow[], search: AlertsSearch, nowMs: number): AlertRow[] {
  const { state = ["open"], severity, q = "" } = search;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return rows
    .filter((row) => {
      const text = `${row.source} ${row.kind} ${kindWord(row.kind)} ${row.cause}`.toLowerCase();
      return (
        state.includes(alertStateOf(row, nowMs)) &&
        (severity === undefined || severity.includes(severityOf(row.severity))) &&
        words.every((word) => text.includes(word))
      );
    })
    .sort(
      (a, b) =>
        ranks[severityOf(a.severity)] - ranks[severityOf(b.severity)] ||
        b.updatedAt - a.updatedAt ||
        a.alertId.localeCompare(b.alertId),
    );
}

/** Critical ones that nobody has seen. */
export const unseen = (rows: readonly AlertRow[], nowMs: number): number =>
  rows.filter((row) => severityOf(row.severity) === "critical" && alertStateOf(row, nowMs) === "open").length;

/** The rows in the order they had, with new ones behind: while somebody reads, nothing moves. */
export function heldOrder(rows: readonly AlertRow[], before: readonly string[]): AlertRow[] {
  const place = new Map(before.map((id, at) => [id, at]));
  return rows.toSorted((a, b) => (place.get(a.alertId) ?? Infinity) - (place.get(b.alertId) ?? Infinity) || 0);
}
