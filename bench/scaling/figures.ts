/** What the arithmetic of docs/scaling.md stands on: docs/scaling.json, where each figure says whether it was measured. */
import { readFileSync } from "node:fs";

export interface Figure {
  value: number;
  unit: string;
  kind: "measured" | "assumed" | "price";
  what: string;
  /** The command that measured it, or who says so. */
  from: string;
}

/** All of them; the file has no others. */
export const figureNames = [
  ...["viewerBytes", "deliverUs", "deliverBusyUs", "connectUs", "replayUs", "fanInUs", "publishUs"],
  ...["redisAppendUs", "redisTellUs", "redisWriteUs", "redisTurnsPerS", "wireBytes", "hopMs"],
  ...["viewersMost", "redisReadUs", "headroom", "nodesPerMachine", "machineGb", "machineGbits"],
  ...["machineUsdPerMonth", "redisUsdPerMonth", "egressUsdPerGb"],
] as const;

export type FigureName = (typeof figureNames)[number];

export type Parameters = Readonly<Record<FigureName, number>>;

export const figures = JSON.parse(
  readFileSync(new URL("../../docs/scaling.json", import.meta.url), "utf8"),
) as Readonly<Record<FigureName, Figure>>;

export const parametersOf = (all: Readonly<Record<FigureName, Figure>>): Parameters =>
  Object.fromEntries(Object.entries(all).map(([name, { value }]) => [name, value])) as Parameters;
