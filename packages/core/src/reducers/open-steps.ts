/** What is still to come in a channel, for those who look late: open commands and open checkpoints. */
import { Fields, type FoldedEvent } from "./reducer.ts";

export interface OpenCommand {
  commandId: string;
  name: string;
  /** queued, delivered or started. */
  state: string;
  issuedBy: string;
  /** Milliseconds since 1970. */
  expiresAt: number | undefined;
  /** 0 to 100. */
  progress: number | undefined;
}

export interface OpenCheckpoint {
  checkpointId: string;
  title: string | undefined;
  risk: string | undefined;
  requestedBy: string;
  payloadHash: string;
  /** Milliseconds since 1970. */
  deadline: number | undefined;
  /** Milliseconds since 1970. */
  requestedAt: number;
  /** People who must approve, and those who did. */
  needed: number;
  approvedBy: readonly string[];
}

/** The newest are shown; all are in the gateway's lists. */
const commandsKept = 100;
const checkpointsKept = 60;
/** Characters of an id of a command or a checkpoint, a command's name and a hash. */
const idLength = 64;
const hashLength = 80;
/** A checkpoint takes five. */
const approvalsKept = 5;

/** The same list if the event changes nothing in it. */
export function foldCommands(open: readonly OpenCommand[], { type, data }: FoldedEvent): readonly OpenCommand[] {
  if (!type.startsWith("command_")) return open;
  const fields = new Fields(data);
  const commandId = fields.text("commandId", idLength);
  if (commandId === undefined) return open;
  if (type === "command_queued") {
    const added: OpenCommand = {
      commandId,
      name: fields.text("name", idLength) ?? "",
      state: "queued",
      issuedBy: fields.text("issuedBy") ?? "",
      expiresAt: fields.number("expiresAt"),
      progress: undefined,
    };
    return [...open.filter((one) => one.commandId !== commandId), added].slice(-commandsKept);
  }
  if (!open.some((one) => one.commandId === commandId)) return open;
  const state = stateAfter.get(type);
  if (state === undefined) return open.filter((one) => one.commandId !== commandId);
  const progress = fields.number("progress");
  return open.map((one) => (one.commandId === commandId ? { ...one, state, progress: progress ?? one.progress } : one));
}

/** All other steps end a command. */
const stateAfter: ReadonlyMap<string, string> = new Map([
  ["command_delivered", "delivered"],
  ["command_started", "started"],
  ["command_progress", "started"],
]);

/** The same list if the event changes nothing in it. */
export function foldCheckpoints(
  open: readonly OpenCheckpoint[],
  { type, data, timestamp }: FoldedEvent,
): readonly OpenCheckpoint[] {
  if (!type.startsWith("checkpoint_")) return open;
  const fields = new Fields(data);
  const checkpointId = fields.text("checkpointId", idLength);
  if (checkpointId === undefined) return open;
  if (type === "checkpoint_required") {
    const added: OpenCheckpoint = {
      checkpointId,
      title: fields.text("title"),
      risk: fields.text("risk"),
      requestedBy: fields.text("requestedBy") ?? "",
      payloadHash: fields.text("payloadHash", hashLength) ?? "",
      deadline: fields.number("deadline"),
      requestedAt: timestamp,
      needed: fields.number("approvals") ?? 1,
      approvedBy: [],
    };
    return [...open.filter((one) => one.checkpointId !== checkpointId), added].slice(-checkpointsKept);
  }
  if (!open.some((one) => one.checkpointId === checkpointId)) return open;
  if (type !== "checkpoint_approved") return open.filter((one) => one.checkpointId !== checkpointId);
  const by = fields.text("approvedBy") ?? "";
  return open.map((one) =>
    one.checkpointId === checkpointId ? { ...one, approvedBy: [...one.approvedBy, by].slice(-approvalsKept) } : one,
  );
}
