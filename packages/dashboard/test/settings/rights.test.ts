import { expect, test } from "vitest";
import { limitRows, rateRows } from "../../src/settings/limits-table.ts";
import { type KeyDraft, newKeyOf, rightsText } from "../../src/settings/rights.ts";

const draft: KeyDraft = { name: " board ", preset: "viewer", agentId: "", channels: "", verbs: [], end: 4 };

test("what a key is asked for with, or what is missing", () => {
  expect(newKeyOf(draft, 0)).toEqual({ name: "board", role: ["viewer"] });
  expect(newKeyOf({ ...draft, name: " " }, 0)).toMatch(/call it/);
  expect(newKeyOf({ ...draft, preset: "agent" }, 0)).toMatch(/agent/);
  expect(newKeyOf({ ...draft, preset: "agent", agentId: "a", end: 0 }, 1_000)).toEqual({
    ...{ name: "board", role: ["agent"], agentId: "a", expiresAtMs: 43_201_000 },
  });
  expect(newKeyOf({ ...draft, preset: "own" }, 0)).toMatch(/channels/);
  expect(newKeyOf({ ...draft, preset: "own", channels: "agent:*" }, 0)).toMatch(/verb/);
  expect(newKeyOf({ ...draft, preset: "own", channels: "agent:*, session:s", verbs: ["history"] }, 0)).toEqual({
    name: "board",
    capabilities: [
      { channels: "agent:*", verbs: ["history"] },
      { channels: "session:s", verbs: ["history"] },
    ],
  });
});

test("rights in words", () => {
  const capabilities = [{ channels: "agent:*", verbs: ["history", "command"], commands: ["pause"] }];
  expect(rightsText({ roles: ["viewer"], capabilities, agentId: "a" })).toBe(
    "viewer; history, command(pause) on agent:*; as a only",
  );
});

test("limits that are used come first, then those that were set; rates as they are spelled in the configuration", () => {
  const limits = { pageEvents: 9, connections: 100, subscriptions: 512 };
  const defaults = { pageEvents: 1_000, connections: 100, subscriptions: 512 };
  const allowed = { node: "n", limits, defaults, rates: {}, namespaces: {}, used: { connections: 50 } };
  expect(limitRows(allowed, "").map(({ name, used, share }) => [name, used, share])).toEqual([
    ["connections", "50", 0.5],
    ["pageEvents", undefined, undefined],
    ["subscriptions", undefined, undefined],
  ]);
  expect(limitRows(allowed, "pattern counts").map(({ name }) => name)).toEqual(["subscriptions"]);
  const rate = { perSecond: 1, burst: 2 };
  expect(rateRows({ principal: rate, types: { subscribe: rate } }).map(({ name }) => name)).toEqual([
    ...["rates.principal", "rates.types.subscribe"],
  ]);
});
