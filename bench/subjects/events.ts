/** The event that every subject carries: the same 256 bytes for all. */
import { numberSlot, timeMark, timeSlot } from "../load/template.ts";

export const eventBytes = 256;

/** A log line of the agent `channel` is named after, as JSON text of exactly `eventBytes` bytes, with its slots. */
export function logEvent(channel: string): string {
  const agentId = channel.slice(channel.indexOf(":") + 1);
  const text = (line: string): string =>
    JSON.stringify({
      id: `b${numberSlot}`,
      type: "agent_log",
      timestamp: 1_700_000_000_000,
      channel,
      data: { agentId, level: "info", message: `${line}${timeMark}${timeSlot}` },
    });
  const words = "compiled packages/core in 412 ms, 18 modules, no problems; next: tests ";
  const room = eventBytes - text("").length;
  return text(words.repeat(Math.ceil(room / words.length)).slice(0, room));
}
