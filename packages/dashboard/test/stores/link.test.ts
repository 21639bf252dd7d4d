import type { LinkState } from "@signalbox/client";
import { expect, test } from "vitest";
import { type LinkWords, linkWords } from "../../src/stores/link.ts";

const link: LinkState = {
  state: "live",
  transport: "websocket",
  attempt: 0,
  retryAtMs: undefined,
  offlineSinceMs: undefined,
  reason: undefined,
  catchingUp: 0,
  notSent: 0,
  queued: 0,
};

const time = (ms: number): string => `t${ms}`;

test.each<[Partial<LinkState>, LinkWords["state"], string]>([
  [{}, "live", "Live"],
  [{ catchingUp: 3 }, "catching-up", "Catching up 3 streams"],
  [{ transport: "sse" }, "live", "Live"],
  [{ transport: "poll" }, "polling", "Polling"],
  [{ state: "waiting", offlineSinceMs: 7 }, "offline", "Offline since t7"],
  [{ state: "connecting", offlineSinceMs: 7, attempt: 2 }, "connecting", "Reconnecting, offline since t7"],
  [{ state: "connecting" }, "connecting", "Connecting"],
  [{ state: "idle" }, "connecting", "Connecting"],
  [{ state: "stopped" }, "stopped", "Disconnected"],
])("%j is %s", (change, state, label) => {
  expect(linkWords({ ...link, ...change }, time)).toMatchObject({ state, label });
});

test("the detail says why", () => {
  const reason = { code: 3000, name: "going_away", help: "The gateway restarts." };
  expect(linkWords({ ...link, state: "waiting", reason }, time).detail).toContain("The gateway restarts. (going_away)");
});
