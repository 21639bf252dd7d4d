/** How checkpoints are spoken of. */
import type { Checkpoint } from "@signalbox/client/steering";
import { calm } from "../text/visible.ts";
import { shapesOf } from "./proposal/shapes.ts";

/** Nothing in it acts, and nothing is left out: who decides must see what stands there. */
export const titleOf = ({ title, checkpointData, checkpointId }: Checkpoint): string =>
  calm(title || gistOf(checkpointData) || checkpointId);

/** The command that is asked about, or the file or address, where the payload names one. */
export function gistOf(data: unknown): string | undefined {
  if (typeof data === "string") return data.split("\n", 1)[0];
  for (const shape of shapesOf(data)) {
    if (shape.kind === "command") return shape.line;
    if (shape.kind === "sql") return shape.text;
    if (shape.kind === "request") return `${shape.method} ${shape.url}`;
    if (shape.kind === "write") return `Write ${shape.path}`;
    if (shape.kind === "diff") return `Change ${shape.files.map(({ path }) => path).join(", ") || "a text"}`;
  }
  return undefined;
}

export const decisionWord: Readonly<Record<string, string>> = { approve: "Approved", deny: "Denied" };

/** `user:ada` → `ada`; the kind is said where it is no person. */
export const whoIs = (by: string): string =>
  by === "gateway:deadline" ? "the deadline" : calm(by.startsWith("user:") ? by.slice("user:".length) : by);
