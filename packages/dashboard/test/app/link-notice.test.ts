import type { LinkState } from "@signalbox/client";
import { expect, test } from "vitest";
import { type LinkNotice, linkNotice } from "../../src/app/link-notice.ts";

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

test.each<[string, Partial<LinkState>, boolean, LinkNotice["kind"] | undefined]>([
  ["live", {}, false, undefined],
  ["a view that opens", { catchingUp: 2 }, false, undefined],
  ["back after a while", { catchingUp: 2 }, true, "catching-up"],
  ["polling", { transport: "poll" }, false, "polling"],
  ["the first attempt", { state: "connecting" }, false, undefined],
  ["waiting", { state: "waiting", offlineSinceMs: 5 }, true, "offline"],
  ["the next attempt", { state: "connecting", offlineSinceMs: 5 }, true, "offline"],
  ["for good", { state: "stopped" }, true, "stopped"],
])("%s", (_name, change, wasAway, kind) => {
  expect(linkNotice({ ...link, ...change }, wasAway, time)?.kind).toBe(kind);
});

test("while there is no link it is said of when the view is, why, and what waits", () => {
  const reason = { code: 3000, name: "going_away", help: "The gateway restarts." };
  const away: LinkState = { ...link, state: "waiting", offlineSinceMs: 5, reason, queued: 2 };
  expect(linkNotice(away, true, time)).toEqual({
    kind: "offline",
    title: "Offline since t5",
    detail:
      "The gateway restarts. (going_away) What you see is how it was at t5; what happened since follows when the link is back. 2 messages of yours wait to be sent.",
  });
});
