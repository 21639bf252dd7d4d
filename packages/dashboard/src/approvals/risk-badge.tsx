import type { Checkpoint } from "@signalbox/client/steering";
import { classes } from "../components/classes.ts";
import { AlertIcon } from "../components/icons.tsx";
import { calm } from "../text/visible.ts";
import { riskOf, riskWord } from "./risk.ts";

const looks = {
  high: "bg-stop-soft text-stop",
  medium: "bg-wait-soft text-wait",
  low: "bg-sunken text-ink-2",
  unrated: "bg-sunken text-ink-2",
} as const;

/** How grave it is: a word, a mark where it is grave, and what the agent said of it. */
export function RiskBadge({ checkpoint, short = false }: { checkpoint: Pick<Checkpoint, "risk">; short?: boolean }) {
  const { risk } = checkpoint;
  const level = riskOf(checkpoint);
  if (risk === undefined || risk === "") return null;
  const word = short && level !== "unrated" ? riskWord[level] : `Risk: ${calm(risk)}`;
  return (
    <span
      data-risk={level}
      title={`Risk: ${calm(risk)}`}
      className={classes(
        "inline-flex min-h-5 max-w-full min-w-0 items-center gap-1 rounded px-1.5 text-xs font-medium",
        looks[level],
      )}
    >
      {level === "high" && <AlertIcon className="h-3.5 w-3.5" />}
      <span className={short ? "truncate" : "[overflow-wrap:anywhere]"}>{word}</span>
    </span>
  );
}
