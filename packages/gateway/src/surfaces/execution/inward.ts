/** From a client's flat message to what it asks for (S§3.3), or the rule that it breaks. Pure. */
import { isChannel, isPattern } from "@signalbox/protocol";
import type { Members } from "../members.ts";
import { type Cursor, readCursor } from "./cursor.ts";

export type Asked =
  | { do: "join"; room: string; since: readonly Cursor[] }
  | { do: "leave"; room: string }
  | { do: "command"; target: string; commandId: string | undefined; data: Record<string, unknown> }
  | { do: "decide"; checkpointId: string; data: Record<string, unknown> }
  | { do: "direct"; to: string; data: unknown }
  | { do: "renew"; token: unknown }
  | { do: "ping" };

interface Broken {
  broken: string;
  rule: string;
}

const cursorsAtMost = 1_000;
const ownId = /^[\x21-\x7e]{1,128}$/;

/** The id that a client gave its message, to be repeated in the answer. */
export function ownIdOf(members: Members): string | undefined {
  const id = members.text("id");
  return id !== undefined && ownId.test(id) ? id : undefined;
}

export function readAsked(type: string, members: Members): Asked | Broken {
  if (!readers.has(type)) return { broken: "/type", rule: `must be one of ${[...readers.keys()].join(", ")}` };
  return readers.get(type)?.(members) ?? { broken: "", rule: "cannot be read" };
}

const readers: ReadonlyMap<string, (members: Members) => Asked | Broken> = new Map<
  string,
  (members: Members) => Asked | Broken
>([
  ["join", readJoin],
  ["leave", readLeave],
  ["command", readCommand],
  ["checkpoint_response", readDecision],
  ["direct", readDirect],
  ["auth_request", (members) => ({ do: "renew", token: members.value("token") })],
  ["ping", () => ({ do: "ping" })],
]);

const isRoom = (name: string | undefined): name is string => isChannel(name) || isPattern(name);

const badRoom = { broken: "/room", rule: "must be a room such as execution:e1" };

function readJoin(members: Members): Asked | Broken {
  const room = members.text("room");
  if (!isRoom(room)) return badRoom;
  const since = readSince(members.value("since"));
  return since === undefined ? badSince : { do: "join", room, since };
}

export const badSince = { broken: "/since", rule: `must be a cursor, or a list of at most ${cursorsAtMost}` };

/** `undefined`: something of it is no cursor. */
export function readSince(given: unknown): Cursor[] | undefined {
  if (given === undefined) return [];
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const cursors = list
    .slice(0, cursorsAtMost)
    .map(readCursor)
    .filter((cursor) => cursor !== undefined);
  return cursors.length === list.length ? cursors : undefined;
}

function readLeave(members: Members): Asked | Broken {
  const room = members.text("room");
  return isRoom(room) ? { do: "leave", room } : badRoom;
}

function readCommand(members: Members): Asked | Broken {
  const [executionId, sessionId] = [members.text("executionId"), members.text("sessionId")];
  const target =
    members.text("target") ??
    (executionId === undefined ? undefined : `execution:${executionId}`) ??
    (sessionId === undefined ? undefined : `session:${sessionId}`);
  if (!isChannel(target))
    return { broken: "/target", rule: "must name who is to do it: executionId, sessionId or target" };
  const { commandId, ...data } = members.pick("name", "args", "ttlMs", "commandId");
  if (commandId !== undefined && typeof commandId !== "string") return { broken: "/commandId", rule: "must be a text" };
  return { do: "command", target, commandId, data: { ...data, target } };
}

function readDecision(members: Members): Asked | Broken {
  const checkpointId = members.text("checkpointId");
  if (checkpointId === undefined) return { broken: "/checkpointId", rule: "must be a text" };
  const data = members.pick("checkpointId", "decision", "answer", "reason", "payloadHash");
  return { do: "decide", checkpointId, data };
}

function readDirect(members: Members): Asked | Broken {
  const to = members.text("to");
  if (to === undefined || !/^(connection|user|agent|service):./.test(to)) {
    return { broken: "/to", rule: "must be connection:ID, user:ID, agent:ID or service:ID" };
  }
  return { do: "direct", to, data: members.value("data") ?? {} };
}
