/** What people tell agents: the shapes, and how each step changes them (spec §10). */
import type { Publication } from "@signalbox/protocol";
import { dataOf } from "./decode.ts";
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

/** Who follows commands asks for all of these, so that those of one channel share a delivery. */
export const commandTypes = [
  "queued",
  "delivered",
  "started",
  "progress",
  "done",
  "failed",
  "expired",
  "cancelled",
].map((step) => `command_${step}`);

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
