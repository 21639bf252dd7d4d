/** Facts for pure steps. */
import { type Capability, compileRights } from "../../src/index.ts";
import type { BudgetFacts } from "../../src/steering/budget.ts";
import type { CheckpointFacts } from "../../src/steering/checkpoint.ts";
import type { CommandFacts } from "../../src/steering/command.ts";
import { digest } from "../support/digest.ts";

type Facts = CommandFacts & CheckpointFacts & BudgetFacts;

const everything: Capability[] = [{ channels: "*", verbs: ["admin"] }];

export const facts = (more: Partial<Facts> = {}, capabilities: readonly Capability[] = everything): Facts => ({
  ...{ id: "x1", commandId: "x1", checkpointId: "x1", eventId: "event", channel: "agent:a", nowMs: 1_000_000 },
  ...{ by: "user:ada", roles: ["operator"], declared: undefined, counts: [], rights: compileRights(capabilities) },
  sha256: digest,
  ...more,
});
