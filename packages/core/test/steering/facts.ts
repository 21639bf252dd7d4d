/** Facts for pure steps. */
import { createHash } from "node:crypto";
import { type Capability, compileRights } from "../../src/index.ts";
import type { CheckpointFacts } from "../../src/steering/checkpoint.ts";
import type { CommandFacts } from "../../src/steering/command.ts";

type Facts = CommandFacts & CheckpointFacts & { id: string };

export const everything: Capability[] = [{ channels: "*", verbs: ["admin"] }];

export const facts = (more: Partial<Facts> = {}, capabilities: readonly Capability[] = everything): Facts => ({
  ...{ id: "x1", commandId: "x1", checkpointId: "x1", eventId: "event", channel: "agent:a", nowMs: 1_000_000 },
  ...{ by: "user:ada", roles: ["operator"], declared: undefined, rights: compileRights(capabilities) },
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
  ...more,
});
