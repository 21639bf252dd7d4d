/** Rows for tests. */
import type { Condition } from "../../src/fleet/condition.ts";
import type { FleetItem } from "../../src/fleet/item.ts";

export const item = (key: string, condition: Condition, more: Partial<FleetItem> = {}): FleetItem => ({
  key,
  kind: "agent",
  id: key,
  condition,
  lamp: condition,
  word: "",
  since: undefined,
  reason: "",
  title: key,
  subtitle: "",
  task: "",
  progress: undefined,
  said: "",
  saidBad: false,
  lines: undefined,
  cpuHistory: [],
  cpuPercent: undefined,
  tokens: 0,
  costUsd: 0,
  sessionId: undefined,
  agentId: undefined,
  parentId: undefined,
  members: [],
  startedAt: undefined,
  stoppedAt: undefined,
  updatedAt: 0,
  ...more,
});
