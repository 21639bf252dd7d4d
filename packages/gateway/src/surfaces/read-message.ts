/** A text frame of a surface: one JSON object, or the rule that it breaks. */
import { type Limits, refuseOutline } from "@signalbox/protocol";
import { isRecord, Members } from "./members.ts";

export type ReadMessage = { ok: true; type: string; members: Members } | { ok: false; path: string; rule: string };

/** A flat message holds what becomes an event's data: the event is a little deeper, and is checked again as such. */
const wrapping = { levels: 2, keys: 100 };

export function readMessage(
  text: string,
  { jsonDepth, jsonKeys, jsonItems }: Pick<Limits, "jsonDepth" | "jsonKeys" | "jsonItems">,
): ReadMessage {
  const most = { jsonDepth: jsonDepth + wrapping.levels, jsonKeys: jsonKeys + wrapping.keys, jsonItems };
  const outline = refuseOutline(text, most);
  if (outline !== undefined) return { ok: false, ...outline };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { ok: false, path: "", rule: "must be JSON" };
  }
  if (!isRecord(parsed)) return { ok: false, path: "", rule: "must be one JSON object" };
  const members = new Members(parsed);
  const type = members.text("type");
  return type === undefined ? { ok: false, path: "/type", rule: "must be a text" } : { ok: true, type, members };
}
