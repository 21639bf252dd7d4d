import type { LinkState } from "@signalbox/client";
import { expect, test } from "vitest";
import { changeOf } from "../../src/stores/link-log.ts";

const link = (more: Partial<LinkState>): LinkState => ({
  ...{ state: "idle", transport: undefined, attempt: 0, retryAtMs: undefined, offlineSinceMs: undefined },
  ...{ reason: undefined, catchingUp: 0, queued: 0, notSent: 0, ...more },
});

test("X17 what a link's states tell: connecting, connected, caught up, cut and why", () => {
  const reason = { code: 3000, name: "going_away", help: "It restarts." };
  const states = [
    link({}),
    link({ state: "connecting", attempt: 1 }),
    link({ state: "live", transport: "websocket", catchingUp: 2 }),
    link({ state: "live", transport: "websocket", catchingUp: 1 }),
    link({ state: "live", transport: "websocket" }),
    link({ state: "waiting", reason }),
    link({ state: "stopped", reason }),
  ];
  const told = states.map((now, at) => changeOf(states[at - 1], now));
  expect(told.map((change) => change?.state)).toEqual([
    ...[undefined, "connecting", "connected", undefined, "resumed", "cut", "stopped"],
  ]);
  expect(told[5]?.words).toBe("going_away: It restarts.");
});
