/** What was decided, as a table for other programs. */
import type { Checkpoint } from "@signalbox/client/steering";
import { type CsvColumn, csv } from "../export/csv.ts";
import { agentOf } from "./filter.ts";
import { appliedOf, endingOf } from "./receipt.ts";

const iso = (ms: number | undefined): string => (ms === undefined ? "" : new Date(ms).toISOString());

const columns: ReadonlyArray<CsvColumn<Checkpoint>> = [
  { name: "checkpoint", value: ({ checkpointId }) => checkpointId },
  { name: "title", value: ({ title }) => title },
  { name: "risk", value: ({ risk }) => risk },
  { name: "channel", value: ({ channel }) => channel },
  { name: "agent", value: agentOf },
  { name: "asked_by", value: ({ requestedBy }) => requestedBy },
  { name: "asked_at", value: ({ requestedAt }) => iso(requestedAt) },
  { name: "ended_as", value: endingOf },
  { name: "decision", value: ({ decision }) => decision },
  { name: "decided_by", value: ({ decidedBy }) => decidedBy },
  { name: "decided_at", value: ({ decidedAt }) => iso(decidedAt) },
  { name: "reason", value: ({ reason }) => reason },
  { name: "answer", value: ({ answer }) => (answer === undefined ? "" : JSON.stringify(answer)) },
  { name: "applied_at", value: (one) => iso(appliedOf(one)?.at) },
  { name: "payload_hash", value: ({ payloadHash }) => payloadHash },
];

export const decidedCsv = (rows: readonly Checkpoint[]): string => csv(columns, rows);
export const decidedJson = (rows: readonly Checkpoint[]): string => `${JSON.stringify(rows, undefined, 2)}\n`;
