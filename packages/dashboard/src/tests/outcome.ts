/** How outcomes look and are called. */
import type { LampName } from "../fleet/condition.ts";
import type { Outcome } from "./test-record.ts";

export const outcomeLamp: Readonly<Record<Outcome, LampName>> = { passed: "done", failed: "failed", skipped: "idle" };

export const outcomeWord: Readonly<Record<Outcome, string>> = {
  passed: "Passed",
  failed: "Failed",
  skipped: "Skipped",
};
