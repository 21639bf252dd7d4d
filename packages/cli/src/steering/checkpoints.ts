/** Checkpoints as the gateway tells them, and as people read them. */
import type { Colours } from "../io.ts";
import { ago } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";

export interface CheckpointRow {
  checkpointId: string;
  channel: string;
  state: string;
  checkpointData: unknown;
  payloadHash: string;
  requestedBy: string;
  requestedAt: number;
  title?: unknown;
  risk?: unknown;
  approvals: number;
  approvedBy: string[];
  decision?: string;
  decidedBy?: string;
}

/** Enough of what is asked to know it again; `--json` has all of it. */
const dataLength = 200;

export function describeCheckpoint(row: CheckpointRow, nowMs: number, paint: Colours): string {
  const { checkpointId, channel, title, risk, approvals, approvedBy } = row;
  const missing = approvals > 1 && row.state === "open" ? `, ${approvedBy.length} of ${approvals} approved` : "";
  const state = row.decision === undefined ? row.state : `${row.state}: ${row.decision} by ${row.decidedBy}`;
  const head = `${paint.cyan(checkpointId)}  ${channel}  ${paint.yellow(sanitised(state))}${missing}  ${ago(nowMs - row.requestedAt)} by ${sanitised(row.requestedBy)}`;
  const said = [title, risk].filter((text) => typeof text === "string").map((text) => sanitised(String(text)));
  const data = sanitised(JSON.stringify(row.checkpointData ?? null)).slice(0, dataLength);
  return [head, ...said.map((text) => `    ${text}`), `    ${data}`].join("\n");
}
