/** Which events say that something went wrong. Of what agents wrote nothing is taken over: who sees alerts may not see everything. */
import { Fields } from "../reducers/reducer.ts";
import { workStateOf } from "../reducers/work-state.ts";

export type Severity = "info" | "warning" | "critical";

export interface Finding {
  kind: string;
  severity: Severity;
  /** The channel it is about, or `node:NAME`. */
  source: string;
  /** A stable word or name. */
  cause: string;
  /** It is one occurrence until it is over, however often it is said. */
  standing?: true;
}

/** What these kinds say of this source is over. */
export interface Over {
  over: readonly string[];
  source: string;
}

type Look = (source: string, data: Fields) => Finding | Over | undefined;

/** Characters of a cause: some of its words are the sender's. */
const causeLength = 80;

export const alertIdOf = ({ kind, source, cause }: Pick<Finding, "kind" | "source" | "cause">): string =>
  `${kind} ${source} ${cause}`.slice(0, 400);

const states = ["agent_lost", "agent_stuck", "agent_failed"];

const agentStatus: Look = (source, data) => {
  // Said on this channel about an agent below it, which has one of its own.
  if (source !== `agent:${data.text("agentId")}`) return undefined;
  const state = workStateOf(data.word("status") ?? "");
  const at = { source, standing: true } as const;
  if (state === "lost") return { ...at, kind: "agent_lost", severity: "critical", cause: "no sign of life" };
  if (state === "stuck") return { ...at, kind: "agent_stuck", severity: "critical", cause: "no progress" };
  if (state === "failed") return { ...at, kind: "agent_failed", severity: "critical", cause: "failed" };
  return { over: states, source };
};

const processStopped: Look = (source, data) => {
  const exitCode = data.number("exitCode");
  const signal = data.word("signal");
  if (data.value("cancelledBy") !== undefined || (exitCode === 0 && signal === undefined)) return undefined;
  if (exitCode === undefined && signal === undefined) return undefined;
  return { kind: "process_failed", severity: "warning", source, cause: signal ?? `exit ${exitCode}` };
};

const failed =
  (kind: string, severity: Severity): Look =>
  (source, data) => ({ kind, severity, source, cause: causeOf(data) });

/** A name that programs give, such as `ENOENT`; free text is not taken over. */
const causeOf = (data: Fields, otherwise = "no code was given"): string =>
  (data.word("code") ?? otherwise).slice(0, causeLength);

/** How far a budget came: the share, of which scope is the source. */
const budget =
  (severity: Severity, kind: string, cause: string): Look =>
  (source) => ({ kind, severity, source, cause });

const systemAlert: Look = (_source, data) => {
  const component = data.text("component") ?? "global";
  const about = (data.text("alertId") ?? data.text("title") ?? "unnamed").slice(0, causeLength);
  const kind = "system_alert";
  // It is over by the same name only: another one of the component may go on.
  if (data.flag("resolved") === true)
    return { over: [alertIdOf({ kind, source: component, cause: about })], source: "" };
  const said = data.word("severity");
  const severity = said === "info" || said === "warning" ? said : "critical";
  return { kind, severity, source: component, cause: about, standing: true };
};

/** `status` of sessions and executions, which end once. */
const endedBadly =
  (kind: string): Look =>
  (source, data) =>
    workStateOf(data.word("status") ?? "") === "failed"
      ? { kind, severity: "critical", source, cause: "failed" }
      : undefined;

const testResult: Look = (source, data) => {
  const failing = (data.inner("testResults") ?? data).number("failing") ?? 0;
  return failing > 0 ? { kind: "tests_failed", severity: "info", source, cause: "failing tests" } : undefined;
};

/** A null prototype: a type named like an Object member must find nothing. */
const looks: Readonly<Record<string, Look>> = Object.assign(Object.create(null), {
  agent_status: agentStatus,
  // It is back, and has not said yet how it is.
  lease_held: (source) => ({ over: ["agent_lost"], source }),
  agent_error: failed("agent_error", "warning"),
  process_stopped: processStopped,
  process_error: failed("process_failed", "warning"),
  session_stopped: endedBadly("session_failed"),
  execution_update: endedBadly("execution_failed"),
  workflow_failed: failed("workflow_failed", "critical"),
  test_result: testResult,
  budget_warned: budget("warning", "budget_warned", "nearly used up"),
  budget_paused: budget("critical", "budget_exceeded", "paused"),
  budget_cancelled: budget("critical", "budget_exceeded", "cancelled"),
  checkpoint_expired: (source) => ({ kind: "approval_expired", severity: "warning", source, cause: "nobody decided" }),
  command_failed: failed("command_failed", "warning"),
  command_expired: (source) => ({ kind: "command_expired", severity: "warning", source, cause: "not begun in time" }),
  system_alert: systemAlert,
} satisfies Record<string, Look>);

/** Cheap enough to ask of every event. */
export const mayTell = (type: string): boolean => looks[type] !== undefined;

export const findingOf = (source: string, type: string, data: unknown): Finding | Over | undefined =>
  looks[type]?.(source, new Fields(data));
