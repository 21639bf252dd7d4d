import type { LinkState } from "@signalbox/client";
import { expect, test } from "vitest";
import { tokenDesk } from "../../src/stores/token-desk.ts";

const link = (state: LinkState["state"], name?: string, code?: number): LinkState => ({
  ...{ state, transport: undefined, attempt: 0, retryAtMs: undefined, offlineSinceMs: undefined },
  ...{ catchingUp: 0, queued: 0, notSent: 0 },
  reason: name === undefined ? undefined : { code, name, help: "" },
});

test("before each connection it is the same token", () => {
  const desk = tokenDesk("one");
  expect(desk.ask(link("connecting"))).toBe("one");
  expect(desk.ask(link("connecting", "connection_lost"))).toBe("one");
  expect(desk.wanted.snapshot()).toBeUndefined();
});

test("while it still works another is asked for, and nothing waits", () => {
  const desk = tokenDesk("one");
  void desk.ask(link("connecting"));
  expect(() => desk.ask(link("live"))).toThrow();
  expect(desk.wanted.snapshot()).toBe("ending");
  desk.give("two");
  expect(desk.wanted.snapshot()).toBeUndefined();
  expect(desk.ask(link("live"))).toBe("two");
});

test.each([
  ["token_expired", 3506],
  ["unauthorized", 3501],
  ["unauthenticated", 115],
])("after %s the connection waits for another", async (name, code) => {
  const desk = tokenDesk("one");
  void desk.ask(link("connecting"));
  const next = desk.ask(link("connecting", name, code));
  expect(desk.wanted.snapshot()).toBe("ended");
  desk.give("two");
  expect(await next).toBe("two");
  expect(desk.wanted.snapshot()).toBeUndefined();
});
