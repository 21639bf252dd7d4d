import type { AlertRow } from "@signalbox/core/reducers";
import { expect, test, vi } from "vitest";
import { hoursNow } from "../../src/alerts/hours.tsx";
import { readAlertsSearch, toggled } from "../../src/alerts/search.ts";
import { heldOrder, kindWord, placeOf, shownOf, unseen } from "../../src/alerts/words.ts";

const row = (alertId: string, change: Partial<AlertRow> = {}): AlertRow => ({
  ...{ alertId, kind: "process_failed", severity: "warning", source: "process:p1", cause: "exit 1", count: 1 },
  ...{ firstAt: 1, updatedAt: 1, hours: [], standing: false },
  ...{ resolvedAt: undefined, acknowledged: undefined, muted: undefined },
  ...change,
});
const ids = (rows: readonly AlertRow[]): string[] => rows.map(({ alertId }) => alertId);
const acknowledged = { by: "user:ada", at: 5 };

test("open ones, the most serious first, then what happened last", () => {
  const rows = [
    row("old"),
    row("new", { updatedAt: 9 }),
    row("bad", { severity: "critical" }),
    row("odd", { severity: "dreadful" }),
    row("seen", { acknowledged }),
    row("quiet", { muted: { by: "", until: 100 } }),
  ];
  expect(ids(shownOf(rows, {}, 10))).toEqual(["bad", "new", "odd", "old"]);
  expect(ids(shownOf(rows, {}, 100))).toContain("quiet");
  expect(ids(shownOf(rows, { state: ["acknowledged", "muted"] }, 10))).toEqual(["quiet", "seen"]);
  expect(ids(shownOf(rows, { severity: ["critical"] }, 10))).toEqual(["bad"]);
  expect(ids(shownOf(rows, { q: "FAILED p1" }, 10))).toHaveLength(4);
  expect(ids(shownOf(rows, { q: "p2" }, 10))).toEqual([]);
  expect(unseen(rows, 10)).toBe(1);
});

test("while somebody reads nothing moves; new ones come behind", () => {
  expect(ids(heldOrder([row("c"), row("a"), row("b")], ["a", "b"]))).toEqual(["a", "b", "c"]);
});

test("where a source is shown", () => {
  expect(placeOf("agent:lead/tests")).toEqual({ to: "/agents/$id", id: "lead/tests" });
  expect(placeOf("node:n1")).toBeUndefined();
  expect(kindWord("disk_full")).toBe("disk_full");
  expect(kindWord("constructor")).toBe("constructor");
});

test("what an address says is read", () => {
  expect(readAlertsSearch({ state: "open,over,odd", severity: "info", q: "x" })).toEqual({
    ...{ state: ["open", "over"], severity: ["info"], q: "x" },
  });
  expect(readAlertsSearch({ state: "odd", q: "" })).toEqual({});
  expect(toggled(["open"], "open")).toBeUndefined();
  expect(toggled(undefined, "over")).toEqual(["over"]);
});

test("hours that have passed since are empty", () => {
  const hour = 3_600_000;
  expect(hoursNow([...Array.from({ length: 23 }, () => 0), 7], 5 * hour, 7 * hour).slice(-3)).toEqual([7, 0, 0]);
  expect(hoursNow([1], 0, 1_000 * hour)).toEqual(Array.from({ length: 24 }, () => 0));
});

test("the same problem of a page again is counted, and the list has an end", async () => {
  vi.stubGlobal("localStorage", { getItem: () => null });
  const { withProblem } = await import("../../src/alerts/page-problems.ts");
  vi.unstubAllGlobals();
  const twice = withProblem(withProblem([], "the link was lost", 1), "the link was lost", 5);
  expect(twice).toEqual([{ what: "the link was lost", count: 2, firstAt: 1, lastAt: 5 }]);
  let many: ReturnType<typeof withProblem> = [];
  for (let i = 0; i < 80; i++) many = withProblem(many, `problem ${i}`, i);
  expect(many).toHaveLength(50);
  expect(many[0]?.what).toBe("problem 79");
});
