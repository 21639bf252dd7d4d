/** A checkpoint that waits, as the gateway tells of it. */
import type { Checkpoint } from "@signalbox/client/steering";

export const checkpoint = (more: Partial<Checkpoint> = {}): Checkpoint => ({
  ...({ checkpointId: "c1", channel: "execution:e", state: "open", checkpointData: {}, payloadHash: "" } as const),
  ...({ requestedBy: "agent:a", requestedAt: 1, deadline: 2, default: "deny", approvals: 1, approvedBy: [] } as const),
  ...more,
});
