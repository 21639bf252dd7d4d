/** Between the events of a session's channel and the messages `{type, session_id?, data?}` of S§2.4. Pure. */
import type { SessionState } from "@signalbox/core/reducers";
import type { Draft, Message } from "@signalbox/protocol";
import { isoTime } from "../iso-time.ts";
import { isRecord, type Members, membersIn } from "../members.ts";

export interface Told {
  type: string;
  session_id: string;
  data: unknown;
}

/** The data of a session_update, and what a status answers. */
export interface SessionUpdate {
  status: string;
  progress: number;
  progress_step: string;
  message?: string;
  /** Once it has stopped: done, failed or cancelled. */
  outcome?: string;
  agents: readonly string[];
  processes: readonly string[];
  [more: string]: unknown;
}

const outcomes: ReadonlySet<string> = new Set(["done", "failed", "cancelled"]);

/** How the session stands; `more`: what else an event about it said. */
export function updateOf(state: SessionState, more: unknown = undefined): SessionUpdate {
  const { status, progress = 0, step, message, agents, processes, stoppedAt } = state;
  const hasStopped = stoppedAt !== undefined;
  const reason = membersIn(more).text("reason");
  const said = hasStopped && reason !== undefined ? reason : message;
  const { session_id: _id, sessionId: _sessionId, ...others } = isRecord(more) ? more : {};
  return {
    ...others,
    status: hasStopped ? "stopped" : status,
    ...(hasStopped ? { outcome: outcomes.has(status) ? status : "done" } : {}),
    progress,
    progress_step: step ?? status,
    ...(said === undefined ? {} : { message: said }),
    agents,
    processes,
  };
}

export const toldUpdate = (sessionId: string, update: SessionUpdate, nowMs: number): Told => ({
  type: "session_update",
  session_id: sessionId,
  data: { ...update, timestamp: isoTime(nowMs) },
});

/** An event that does not change how the session stands goes through as it is. */
export const toldEvent = (sessionId: string, { type, data }: Message): Told => ({ type, session_id: sessionId, data });

/** Events that say how a session stands; notes and selections in it are none. */
const ofSession: ReadonlySet<string> = new Set([
  ...["session_started", "session_update", "session_status_changed", "session_stopped"],
]);

export const isOfSession = (type: string): boolean => ofSession.has(type);

/** What GET /orchestrate/status/{id} answers. */
export function statusOf(sessionId: string, state: SessionState): Record<string, unknown> {
  const { startedAt, stoppedAt, updatedAt } = state;
  return {
    session_id: sessionId,
    ...updateOf(state),
    ...(startedAt === undefined ? {} : { started_at: isoTime(startedAt) }),
    ...(stoppedAt === undefined ? {} : { stopped_at: isoTime(stoppedAt) }),
    updated_at: isoTime(updatedAt),
  };
}

export type AskedOfSession =
  | { do: "send"; draft: Draft }
  | { do: "command"; draft: Draft; commandId: string; target: string; name: string }
  | { do: "stop" };

interface Broken {
  broken: string;
  rule: string;
}

/** @param id Of the message to the hub, and of the command if the client gave it none. */
export function readAsked(type: string, members: Members, sessionId: string, id: string): AskedOfSession | Broken {
  const channel = `session:${sessionId}`;
  const data = members.value("data");
  switch (type) {
    case "ping":
      return { do: "send", draft: { id, type, data: {} } };
    case "auth_request": {
      const token = members.value("token") ?? membersIn(data).value("token");
      return { do: "send", draft: { id, type, data: { token } } };
    }
    case "session_update":
    case "memory_update":
      if (!isRecord(data)) return { broken: "/data", rule: "must be an object" };
      return { do: "send", draft: { id, type, channel, data: { ...data, sessionId } } };
    case "command":
      return readCommand(membersIn(data), channel, id);
    default:
      return { broken: "/type", rule: "must be ping, session_update, memory_update, command or auth_request" };
  }
}

function readCommand(data: Members, channel: string, id: string): AskedOfSession | Broken {
  const name = data.text("name");
  if (name === undefined) return { broken: "/data/name", rule: "must be a text" };
  const given = data.firstText("target");
  if (given === undefined && name === "stop") return { do: "stop" };
  const target = given ?? channel;
  const commandId = data.firstText("command_id", "commandId") ?? id;
  const ttlMs = data.number("ttl_ms") ?? data.number("ttlMs");
  const order = { commandId, target, name, ...data.pick("args"), ...(ttlMs === undefined ? {} : { ttlMs }) };
  return {
    do: "command",
    commandId,
    target,
    name,
    draft: { id, type: "command_queued", channel: target, data: order },
  };
}
