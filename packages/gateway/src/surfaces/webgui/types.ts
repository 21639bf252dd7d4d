/** Which event of the catalogue a message of an agent is that knows nothing of the catalogue (S§5.3). Pure. */
import { isControlType, namespaceOf } from "@signalbox/protocol";
import { catalogue, checkEvent } from "@signalbox/protocol/schemas";
import { isRecord } from "../members.ts";

export interface Event {
  type: string;
  data: unknown;
}

/** Messages by other names, and members by other names. The document names what there is to tell, but only one type. */
const others: ReadonlyMap<string, { type: string; members?: Readonly<Record<string, string>> }> = new Map([
  ["task_progress", { type: "agent_task_update" }],
  ["test_results", { type: "test_result", members: { passed: "passing", failed: "failing" } }],
  ["notification", { type: "system_notification" }],
  ["metric", { type: "agent_metric" }],
]);

/** In front of the names of types that mean something else here, or whose data has another form here. */
const foreign = "webgui.";

const form = /^[a-z][a-z0-9_.-]{0,63}$/;

/**
 * The event of the catalogue that has room for it; else the message as it is, under its own name where that has no other
 * meaning. `undefined`: the name can be no type.
 */
export function eventOf(
  named: string,
  data: unknown,
  channel: string,
  sessionId: string | undefined,
): Event | undefined {
  const type = form.test(named) ? named : snakeCase(named);
  if (!form.test(type)) return undefined;
  const about = { channel, sessionId };
  const other = others.get(type);
  if (other !== undefined) {
    const found = { type: other.type, data: filled(other.type, data, about, other.members) };
    if (checkEvent(found.type, found.data).ok) return found;
  }
  if (catalogue.has(type)) {
    const found = { type, data: filled(type, data, about) };
    if (checkEvent(type, found.data).ok) return found;
  } else if (!isControlType(type)) return { type, data };
  const aside = `${foreign}${type}`;
  return form.test(aside) ? { type: aside, data } : undefined;
}

/** `SessionStatusChanged` and `session-status changed` are both `session_status_changed`. */
const snakeCase = (text: string): string =>
  text
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "_")
    .replace(/^[_.]+|[_.]+$/g, "");

const inSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * With the members that the catalogue has by another name: `task_id` is also `taskId`, and channel and session_id say whose it
 * is. Nothing is taken away or changed.
 */
function filled(
  type: string,
  data: unknown,
  { channel, sessionId }: { channel: string; sessionId: string | undefined },
  members: Readonly<Record<string, string>> = {},
): unknown {
  if (!isRecord(data)) return data;
  const added: Record<string, unknown> = {};
  const lacks = (name: string): boolean => !Object.hasOwn(data, name) && !Object.hasOwn(added, name);
  for (const [theirs, ours] of Object.entries(members)) {
    if (Object.hasOwn(data, theirs) && lacks(ours)) added[ours] = data[theirs];
  }
  const places: Readonly<Record<string, string | undefined>> = {
    ...placesIn(channel),
    ...(sessionId && { sessionId }),
  };
  for (const name of Object.keys(catalogue.get(type)?.data.properties ?? {})) {
    const theirs = inSnakeCase(name);
    if (!lacks(name)) continue;
    if (Object.hasOwn(data, theirs)) added[name] = data[theirs];
    else if (places[name] !== undefined) added[name] = places[name];
  }
  return Object.keys(added).length === 0 ? data : { ...data, ...added };
}

/** `agent:coder` → `{agentId: "coder"}`. */
function placesIn(channel: string): Record<string, string> {
  const namespace = namespaceOf(channel);
  return channel === namespace ? {} : { [`${namespace}Id`]: channel.slice(namespace.length + 1) };
}
