/** Commands as the gateway tells them, and as people read them. */
import type { Client } from "@signalbox/client";
import type { Colours } from "../io.ts";
import { ago } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";

export interface CommandRow {
  commandId: string;
  target: string;
  name: string;
  state: string;
  issuedBy: string;
  issuedAt: number;
  endedAt?: number;
  error?: string;
  /** Of what failed: a stable name of the error. */
  code?: string;
  result?: unknown;
}

/** One question to the gateway waits so long; it is asked again until the command has ended. */
const waitS = 25;

export async function untilEnded(client: Client, given: CommandRow): Promise<CommandRow> {
  let row = given;
  while (row.endedAt === undefined) {
    row = await client.request<CommandRow>(`/v1/commands/${row.commandId}?wait=${waitS}`);
  }
  return row;
}

export function describeCommand(row: CommandRow, nowMs: number, paint: Colours): string {
  const { commandId, target, name, state, error, result } = row;
  const more = error ?? (result === undefined ? "" : JSON.stringify(result));
  const line = `${paint.cyan(commandId)}  ${target}  ${sanitised(name)}  ${painted(state, paint)}  ${ago(nowMs - row.issuedAt)}`;
  return more === "" ? line : `${line}  ${sanitised(more)}`;
}

const painted = (state: string, paint: Colours): string => {
  if (state === "done") return paint.green(state);
  return state === "failed" ? paint.red(state) : paint.yellow(state);
};
