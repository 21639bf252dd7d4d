/** How grave it is, in the words that agents use; anything else is said as it stands. */
import type { Checkpoint } from "@signalbox/client/steering";

/** The gravest first; what was not said may be worse than what was said to be low. */
export const riskLevels = ["high", "medium", "unrated", "low"] as const;
export type RiskLevel = (typeof riskLevels)[number];

const words: ReadonlyArray<readonly [RiskLevel, RegExp]> = [
  ["high", /^(high|critical|severe|dangerous|destructive)\b/i],
  ["medium", /^(medium|moderate|elevated)\b/i],
  ["low", /^(low|minor|none|safe)\b/i],
];

export const riskOf = ({ risk }: Pick<Checkpoint, "risk">): RiskLevel =>
  words.find(([, pattern]) => risk !== undefined && pattern.test(risk.trim()))?.[0] ?? "unrated";

/** Deciding these takes more than a click. */
export const isGrave = (checkpoint: Pick<Checkpoint, "risk">): boolean => riskOf(checkpoint) === "high";

export const riskRank = (checkpoint: Pick<Checkpoint, "risk">): number => riskLevels.indexOf(riskOf(checkpoint));

export const riskWord: Readonly<Record<RiskLevel, string>> = {
  ...{ high: "Dangerous", medium: "Medium risk", low: "Low risk", unrated: "Risk not said" },
};
