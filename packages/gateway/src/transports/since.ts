/** `since` as text: EPOCH:OFFSET, `earliest`, `now` or `last:N`. */
import { parsePosition, type Since } from "@signalbox/protocol";
import { refused } from "../http/errors.ts";

/** `where` names the parameter or header in the error. */
export function parseSince(text: string, where: string): Since {
  if (text === "earliest" || text === "now") return text;
  const [, last] = /^last:([1-9][0-9]{0,8})$/.exec(text) ?? [];
  if (last !== undefined) return { last: Number(last) };
  // No epoch is called "last".
  const position = text.startsWith("last:") ? undefined : parsePosition(text);
  if (position !== undefined) return position;
  throw refused("invalid_position", `${where} must be EPOCH:OFFSET, earliest, now or last:N`, { path: where });
}
