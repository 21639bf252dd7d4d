/** The event that every subject carries: the same 256 bytes for all. */
import { numberSlot, timeMark, timeSlot } from "../load/template.ts";

export const eventBytes = 256;

/** Which stream a log line is of: the letter its id begins with. */
export type Letter = "b" | "l";

/** A log line of the agent `channel` is named after, as JSON text of exactly `bytes` bytes, with its slots. */
export function logEvent(channel: string, letter: Letter = "b", bytes = eventBytes): string {
  const agentId = channel.slice(channel.indexOf(":") + 1);
  const text = (line: string): string =>
    JSON.stringify({
      id: `${letter}${numberSlot}`,
      type: "agent_log",
      timestamp: 1_700_000_000_000,
      channel,
      data: { agentId, level: "info", message: `${line}${timeMark}${timeSlot}` },
    });
  const words = "compiled packages/core in 412 ms, 18 modules, no problems; next: tests ";
  const room = bytes - text("").length;
  return text(words.repeat(Math.ceil(room / words.length)).slice(0, room));
}

/** A new state of an agent. */
export function statusEvent(agentId: string): string {
  return JSON.stringify({
    id: `s${numberSlot}`,
    type: "agent_status",
    timestamp: 1_700_000_000_000,
    channel: `agent:${agentId}`,
    data: { agentId, agentType: "coder", status: "busy", name: `${timeMark}${timeSlot}` },
  });
}

/** A line that a process wrote. */
export function outputEvent(processId: string): string {
  return JSON.stringify({
    id: `l${numberSlot}`,
    type: "process_output",
    timestamp: 1_700_000_000_000,
    channel: `process:${processId}`,
    data: {
      processId,
      stream: "stdout",
      output: `\u001b[32m✓\u001b[39m packages/core compiled in 412 ms, 18 modules, no problems ${timeMark}${timeSlot}`,
    },
  });
}

/** A picture of a watched browser, `bytes` of base64. */
export function frameEvent(sessionId: string, bytes: number): string {
  return JSON.stringify({
    id: `f${numberSlot}`,
    type: "browser_update",
    timestamp: 1_700_000_000_000,
    channel: `browser:${sessionId}`,
    // Like the base64 of a picture: no two pieces alike would be dearer to make than to send.
    data: {
      sessionId,
      screenshot: "iVBORw0K".repeat(Math.ceil(bytes / 8)).slice(0, bytes),
      title: `${timeMark}${timeSlot}`,
    },
  });
}
