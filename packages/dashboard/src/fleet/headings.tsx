/** The stretches of the panel, and what they are called. */
import { classes } from "../components/classes.ts";
import { count } from "../components/figures.ts";
import type { Rank } from "./condition.ts";

const rankTitle: Readonly<Record<Rank, string>> = {
  "needs-you": "Needs you",
  running: "Running",
  trouble: "Stuck, lost or failed",
  idle: "Idle",
  done: "Done",
};

/** A stretch of line with the name of what stands along it. */
export function Heading({ rank, rows, className }: { rank: Rank; rows: number; className?: string }) {
  return (
    <h2 className={classes("flex items-end gap-3 pb-1.5 text-xs font-semibold text-ink-3", className)}>
      <span className={rank === "needs-you" && rows > 0 ? "text-wait" : undefined}>{rankTitle[rank]}</span>
      <span aria-hidden="true" className="mb-[7px] h-px flex-1 bg-rule" />
      <span>{count(rows)}</span>
    </h2>
  );
}
