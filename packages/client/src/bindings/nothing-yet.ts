/** What views show before anything came: on servers, and in browsers until they took over. */
import type { Checkpoint } from "../checkpoint-steps.ts";
import type { OpenView } from "../open-list.ts";
import type { PresenceView } from "../presence.ts";
import type { LinkState, PatternView } from "../types.ts";

export const offlineLink: LinkState = {
  state: "idle",
  transport: undefined,
  attempt: 0,
  retryAtMs: undefined,
  offlineSinceMs: undefined,
  reason: undefined,
  catchingUp: 0,
  queued: 0,
  notSent: 0,
};

export const noStates: PatternView<never> = {
  channels: new Map<string, never>(),
  status: "offline",
  truncated: false,
  error: undefined,
};

export const noApprovals: OpenView<Checkpoint> = {
  open: [],
  truncated: false,
  ended: [],
  status: "loading",
  error: undefined,
};

export const nobodyHere: PresenceView = { members: [], total: 0, status: "offline", error: undefined };
