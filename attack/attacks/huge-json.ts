/** JSON just below the limit of a frame: as deep, as wide and as long as it can be. */
import { clientFrame, opcodes } from "../../bench/load/frames.ts";
import { authenticated, Line, requestText } from "../attacker/line.ts";
import { held, paced } from "../attacker/pace.ts";
import type { Attack } from "./attack.ts";

const connections = 8;
const messagesPerSecond = 8;
const bytes = 1_000_000;

function texts(): Record<string, string> {
  const depth = bytes / 2 - 100;
  const keys = Array.from({ length: bytes / 10 }, (_, n) => `"${n.toString(36)}":0`).join(",");
  const event = (data: string): string => `{"type":"note","channel":"repo:attack/json","data":${data}}`;
  return {
    "500,000 deep": event("[".repeat(depth) + "]".repeat(depth)),
    "100,000 keys": event(`{${keys.slice(0, keys.lastIndexOf(","))}}`),
    "numbers, 1 MB": event(`[${Array.from({ length: bytes / 8 }, () => "1e-300,").join("")}0]`),
    "500,000 numbers": event(`[${"0,".repeat(bytes / 2 - 100)}0]`),
    "300,000 objects": event(`[${"{},".repeat(bytes / 3 - 100)}0]`),
    "text, 1 MB": event(`"${"\\u0000".repeat(bytes / 6 - 100)}"`),
    "1,000 events": `[${Array.from({ length: 1_000 }, () => event(`"${"j".repeat(500)}"`)).join(",")}]`,
  };
}

export const hugeJson: Attack = {
  name: "huge-json",
  about: `${messagesPerSecond} messages/s of up to 1 MB, half over WebSocket and half over HTTP: deep, wide, long, many`,
  start: (field) => {
    const kinds = Object.entries(texts()).map(([name, text]) => ({
      name,
      frame: clientFrame(opcodes.text, Buffer.from(text)),
      request: requestText(field, "POST /v1/events", text),
    }));
    const sockets = held(connections, () => authenticated(field));
    const lines = held(connections, () => new Line(field));
    paced(messagesPerSecond, (index) => {
      const kind = kinds[Math.floor(index / 2) % kinds.length];
      if (kind === undefined) return;
      const place = Math.floor(index / 2) % connections;
      const socket = sockets[place];
      const taken = index % 2 === 0 ? socket?.upgraded && socket.write(kind.frame) : lines[place]?.write(kind.request);
      if (taken) field.tally.sent(kind.name);
    });
  },
};
