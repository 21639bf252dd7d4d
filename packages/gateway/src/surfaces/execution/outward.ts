/** From events and folded states to the flat messages of S§3.2. Pure. */
import type { Gap, Message, Position, Snapshot } from "@signalbox/protocol";
import { isoTime } from "../iso-time.ts";
import { isRecord, type Members, membersIn } from "../members.ts";
import { cursorText } from "./cursor.ts";

export interface Flat {
  type: string;
  [member: string]: unknown;
}

/** Names that every flat message has for itself. */
const reserved = ["type", "room", "id", "cursor"];

const idIn = (room: string): string => room.slice(room.indexOf(":") + 1);

/** @param progress The last one said of this execution. */
export function flatEvent(message: Message, room: string, position: Position | undefined, progress: number): Flat {
  const { id, type, timestamp, data } = message;
  const special = shapes.get(type)?.(membersIn(data), room, progress) ?? {};
  const cursor = position === undefined ? {} : { cursor: cursorText(room, position) };
  return { ...flatData(data), ...special, type, timestamp: isoTime(timestamp), room, id, ...cursor };
}

/** Data whose members would be taken for the message's own stays together. */
const flatData = (data: unknown): Record<string, unknown> =>
  isRecord(data) && !reserved.some((name) => Object.hasOwn(data, name)) ? data : { data };

type Shape = (data: Members, room: string, progress: number) => Record<string, unknown>;

const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  [
    "execution_update",
    (data, room, progress) => ({
      executionId: data.text("executionId") ?? idIn(room),
      progress: data.number("progress") ?? progress,
    }),
  ],
  ["step_update", (data, room) => ({ executionId: data.text("executionId") ?? idIn(room) })],
  ["browser_update", (data, room) => ({ sessionId: data.text("sessionId") ?? idIn(room) })],
  ["checkpoint_required", checkpointShape],
]);

function checkpointShape(data: Members, room: string): Record<string, unknown> {
  const deadline = data.number("deadline");
  return {
    executionId: data.text("executionId") ?? idIn(room),
    stepId: data.text("stepId") ?? data.text("checkpointId") ?? "",
    ...(deadline === undefined ? {} : { deadline: isoTime(deadline) }),
  };
}

/** What a late viewer is told first. `undefined`: there is nothing to tell. */
export function flatState(
  room: string,
  { epoch, offset, reducer, state }: Snapshot,
  position: Position,
): Flat | undefined {
  if (offset === 0) return undefined;
  const folded = membersIn(state);
  const cursor = cursorText(room, { epoch, offset: position.offset });
  const timestamp = isoTime(folded.number("updatedAt") ?? 0);
  if (reducer !== "execution") return { type: "state", state, timestamp, room, cursor };
  const currentStep = folded.text("currentStep");
  return {
    type: "execution_update",
    executionId: idIn(room),
    status: folded.text("status") ?? "unknown",
    ...(currentStep === undefined ? {} : { currentStep }),
    progress: folded.number("progress") ?? 0,
    timestamp,
    room,
    cursor,
  };
}

/** The steps of an execution as they are folded; what came of them is in its history. */
export function flatSteps(room: string, { state }: Snapshot): Flat[] {
  const steps = membersIn(membersIn(state).value("steps")).value("items");
  return (Array.isArray(steps) ? steps : []).map((one) => {
    const step = membersIn(one);
    const shown = step.pick("stepId", "name", "index", "status", "error", "durationMs");
    const timestamp = isoTime(step.number("updatedAt") ?? 0);
    return { ...shown, type: "step_update", executionId: idIn(room), timestamp, room };
  });
}

/** Ids of the checkpoints that a folded state says are open. */
export function openCheckpoints({ state }: Snapshot): string[] {
  const open = membersIn(state).value("checkpoints");
  const ids = Array.isArray(open) ? open.map((one) => membersIn(one).text("checkpointId")) : [];
  return ids.filter((id) => id !== undefined);
}

/** One that was asked before the viewer came; `checkpoint` is how it is kept, without what the viewer may not see. */
export function flatCheckpoint(checkpoint: unknown, room: string): Flat {
  const kept = membersIn(checkpoint);
  const shown = kept.pick(
    "checkpointId",
    "checkpointData",
    "title",
    "risk",
    "default",
    "payloadHash",
    "requestedBy",
    "agentId",
  );
  return {
    ...{ ...shown, ...checkpointShape(kept, room), type: "checkpoint_required" },
    timestamp: isoTime(kept.number("requestedAt") ?? 0),
    room,
  };
}

export const flatGap = (room: string, { reason, from, to, counts }: Gap, timestamp: number): Flat => ({
  type: "gap",
  room,
  reason,
  from,
  ...(to === undefined ? {} : { to }),
  ...(counts === undefined ? {} : { counts }),
  timestamp: isoTime(timestamp),
});

/** How a command stands, for whoever gave it. */
export function flatCommand(command: unknown, nowMs: number): Flat {
  const shown = membersIn(command).pick(
    "commandId",
    "target",
    "name",
    "state",
    "progress",
    "message",
    "result",
    "error",
    "code",
  );
  return { ...shown, type: "command_update", timestamp: isoTime(nowMs) };
}
