/** What people tell agents and what agents ask people: the shapes, and how each step changes them (spec §10, §11). */
import type { Publication } from "@signalbox/protocol";
import { dataOf } from "./decode.ts";
import type { GatewayError } from "./errors.ts";
import type { Readable } from "./types.ts";

/** `sending`: no answer of the gateway yet. `refused`: the gateway, or this client, did not take it. */
export type CommandState =
  | "sending"
  | "queued"
  | "delivered"
  | "started"
  | "done"
  | "failed"
  | "expired"
  | "cancelled"
  | "refused";

/** A command as far as it is known. Times are milliseconds since 1970. */
export interface CommandRow {
  commandId: string;
  /** The channel of whoever is to do it. */
  target: string;
  name: string;
  args?: unknown;
  state: CommandState;
  issuedBy?: string | undefined;
  issuedAt?: number | undefined;
  /** When it will not be begun any more. */
  expiresAt?: number | undefined;
  /** 0 to 100. */
  progress?: number | undefined;
  message?: string | undefined;
  result?: unknown;
  /** Why it failed or was refused, and the stable name of that. */
  error?: string | undefined;
  code?: string | undefined;
  /** Why it was taken back. */
  reason?: string | undefined;
}

/** A command, or several that were given together: then its state is that of all of them. */
export interface CommandView extends CommandRow {
  /** How many are in each state. */
  counts: Readonly<Partial<Record<CommandState, number>>>;
  /** Each of them. */
  commands: readonly CommandRow[];
}

export interface CommandHandle extends Readable<CommandView> {
  readonly commandId: string;
  /** Resolves once with how it ended; rejects only if this client may not see that. It waits while there is no link. */
  readonly ended: Promise<CommandView>;
  /** Takes it back. Rejects with a GatewayError `wrong_state` if it was started. */
  cancel(reason?: string): Promise<void>;
}

export interface CommandOptions {
  /** The same id with the same command is the same command. Default: one that nobody else has. */
  commandId?: string;
  /** How long it may wait to be begun, in milliseconds. Default: 10 minutes. */
  ttlMs?: number;
}

/** What an agent asks people. Times are milliseconds since 1970. */
export interface Checkpoint {
  checkpointId: string;
  channel: string;
  state: "open" | "decided" | "expired" | "withdrawn";
  title?: string;
  risk?: string;
  checkpointData: unknown;
  /** Of checkpointData: name it in the decision, so that nothing else can be approved by it. */
  payloadHash: string;
  requestedBy: string;
  requestedAt: number;
  deadline: number;
  /** What applies then. */
  default: "approve" | "deny";
  /** People who must approve, and those who did. */
  approvals: number;
  approvedBy: readonly string[];
  roles?: readonly string[];
  notRequester?: boolean;
  /** JSON Schema of an edited answer; without one there is none. */
  answerSchema?: unknown;
  executionId?: string;
  stepId?: string;
  agentId?: string;
  decision?: "approve" | "deny" | undefined;
  decidedBy?: string | undefined;
  decidedAt?: number | undefined;
  answer?: unknown;
  reason?: string | undefined;
  applied?: unknown;
}

export interface Decision {
  decision: "approve" | "deny";
  /** Fits the checkpoint's answerSchema. */
  answer?: unknown;
  reason?: string;
  /** Of what was looked at: if another payload waits, the decision is refused. */
  payloadHash?: string;
}

/** What is open, oldest first, and what ended while it was watched, newest first. */
export interface OpenView<Row> {
  open: readonly Row[];
  /** More than the 1,000 that are shown are open. */
  truncated: boolean;
  /** The newest 20. */
  ended: readonly Row[];
  /** `live`: all that is open is there. `refused`: see `error`. */
  status: "loading" | "live" | "offline" | "refused";
  error: GatewayError | undefined;
}

const typesOf = (kind: string, ...steps: readonly string[]): string[] => steps.map((step) => `${kind}_${step}`);

/** Who follows steps asks for all of them, so that those of one channel share a delivery. */
export const commandTypes = typesOf(
  "command",
  ...["queued", "delivered", "started", "progress", "done", "failed", "expired", "cancelled"],
);
export const checkpointTypes = typesOf("checkpoint", "required", "approved", "decided", "expired", "withdrawn");

/** The order of a command's life; what comes late changes nothing. */
const order: readonly CommandState[] = ["sending", "queued", "delivered", "started"];
const endStates: readonly CommandState[] = ["done", "failed", "expired", "cancelled", "refused"];

export const hasEnded = ({ state }: Pick<CommandRow, "state">): boolean => endStates.includes(state);

/** Of two pictures of a command the later one. */
export const laterOf = (before: CommandRow, next: CommandRow): CommandRow =>
  hasEnded(before) || (!hasEnded(next) && order.indexOf(next.state) < order.indexOf(before.state)) ? before : next;

/** What a step makes of a command; `undefined` of one that nobody knows. */
export function commandAfter(row: CommandRow | undefined, event: Publication): CommandRow | undefined {
  const { type } = event;
  const data = dataOf<CommandRow>(event);
  if (type === "command_queued") return row ?? { ...data, state: "queued" };
  if (!row) return row;
  const { progress = row.progress, message = row.message, result, error, code, reason } = data;
  const state = type === "command_progress" ? "started" : (type.slice("command_".length) as CommandState);
  return laterOf(row, { ...row, state, progress, message, result, error, code, reason });
}

/** What a step makes of a checkpoint; `undefined` of one that nobody knows. */
export function checkpointAfter(row: Checkpoint | undefined, event: Publication): Checkpoint | undefined {
  const { type, channel, timestamp } = event;
  if (type === "checkpoint_required") {
    const asked = dataOf<Checkpoint>(event);
    const { approvals = 1 } = dataOf<{ approvals?: number }>(event);
    return row ?? { ...asked, approvals, channel, state: "open", approvedBy: [], requestedAt: timestamp };
  }
  if (!row) return row;
  if (type === "checkpoint_approved") {
    const { approvedBy } = dataOf<{ approvedBy: string }>(event);
    return { ...row, approvedBy: [...new Set([...row.approvedBy, approvedBy])] };
  }
  if (type === "checkpoint_decided") {
    const { decision, decidedBy, decidedAt, answer, reason } = dataOf<Checkpoint>(event);
    return { ...row, state: "decided", decision, decidedBy, decidedAt, answer, reason };
  }
  if (type === "checkpoint_withdrawn") return { ...row, state: "withdrawn", decidedAt: timestamp };
  const { default: decision, deadline: decidedAt } = row;
  return { ...row, state: "expired", decision, decidedBy: "gateway:deadline", decidedAt };
}
