/** Where a client stands in a room, as text that it need not understand. */
import { formatPosition, isChannel, type Position, parsePosition } from "@signalbox/protocol";

export interface Cursor {
  room: string;
  position: Position;
}

/** No channel and no epoch has this character. */
const between = " ";

export const cursorText = (room: string, position: Position): string =>
  Buffer.from(`${formatPosition(position)}${between}${room}`).toString("base64url");

/** `undefined` for what was never given out. */
export function readCursor(text: unknown): Cursor | undefined {
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]{1,600}$/.test(text)) return undefined;
  const [place = "", room, ...more] = Buffer.from(text, "base64url").toString("latin1").split(between);
  const position = parsePosition(place);
  return position === undefined || !isChannel(room) || more.length > 0 ? undefined : { room, position };
}
