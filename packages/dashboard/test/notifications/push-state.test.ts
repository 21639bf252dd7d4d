import { describe, expect, test } from "vitest";
import { Awake } from "../../src/notifications/awake.ts";
import { browserLabel } from "../../src/notifications/browser-label.ts";
import {
  type PushFacts,
  type PushState,
  pushState,
  pushWords,
  subscribeFault,
} from "../../src/notifications/push-state.ts";

const able: PushFacts = { isSecure: true, hasWorker: true, hasPush: true, permission: "granted", isSubscribed: true };

describe("whether this browser can be told", () => {
  test.each<[PushState, Partial<PushFacts>]>([
    ["on", {}],
    ["insecure", { isSecure: false, hasWorker: false }],
    ["unsupported", { hasPush: false }],
    ["unsupported", { hasWorker: false }],
    ["unsupported", { permission: undefined }],
    ["denied", { permission: "denied" }],
    ["off", { permission: "default" }],
    ["off", { isSubscribed: false }],
  ])("%s: %j", (state, facts) => {
    expect(pushState({ ...able, ...facts })).toBe(state);
    expect(pushWords[state].next).toMatch(/\.$/);
  });

  test("what the browser says becomes what to do", () => {
    expect(subscribeFault(new DOMException("no", "NotAllowedError"))).toContain("change the setting");
    expect(subscribeFault(new DOMException("push service not available", "AbortError"))).toContain("push service");
    expect(subscribeFault(new Error("odd"))).toBe("The browser refused: odd");
  });
});

test("somebody looks for five minutes after they touched a page that is visible", () => {
  const awake = new Awake(0);
  expect([awake.is(299_999, true), awake.is(300_000, true), awake.is(1, false)]).toEqual([true, false, false]);
  awake.touch(400_000);
  expect(awake.is(500_000, true)).toBe(true);
});

test.each([
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
    "Chrome on Linux",
  ],
  ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1",
    "Safari on iPhone",
  ],
  ["Mozilla/5.0 (Android 15; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0", "Firefox on Android"],
  ["curl/8", "A browser"],
])("%s is %s", (agent, label) => {
  expect(browserLabel(agent)).toBe(label);
});
