import { describe, expect, test } from "vitest";
import { arrange, inOrder, nothingArranged } from "../../src/approvals/order.ts";
import { checkpoint } from "./checkpoint.ts";

const minute = 60_000;
const row = (checkpointId: string, inMinutes: number, risk?: string) =>
  checkpoint({ checkpointId, deadline: inMinutes * minute, ...(risk !== undefined && { risk }) });
const ids = (rows: ReturnType<typeof inOrder>) => rows.map(({ checkpointId }) => checkpointId).join(" ");

describe("what waits stands in order", () => {
  test("whose time is nearly up first, then the gravest, then by deadline", () => {
    const rows = [row("calm", 60), row("late", 600, "high"), row("grave", 90, "high"), row("soon", 9), row("now", 1)];
    expect(ids(inOrder(rows, 0))).toBe("now soon grave late calm");
    expect(ids(inOrder([row("b", 60), row("a", 60), row("low", 30, "low")], 0))).toBe("a b low");
  });
});

describe("nothing jumps while somebody reads", () => {
  const first = arrange(nothingArranged, [row("a", 60), row("b", 90)], 0);

  test("at first there is an order, and nothing in it is new", () => {
    expect(first).toEqual({ ids: ["a", "b"], fresh: 0 });
  });

  test("what is new comes below, however urgent, and is counted", () => {
    const more = arrange(first, [row("urgent", 1, "high"), row("a", 60), row("b", 90)], 0);
    expect(more).toEqual({ ids: ["a", "b", "urgent"], fresh: 1 });
    expect(arrange(more, [row("c", 5), row("urgent", 1), row("a", 60), row("b", 90)], 0)).toEqual({
      ids: ["a", "b", "urgent", "c"],
      fresh: 2,
    });
  });

  test("what is decided goes; what was new among the rest is new still", () => {
    const more = arrange(first, [row("a", 60), row("b", 90), row("c", 5)], 0);
    expect(arrange(more, [row("b", 90), row("c", 5)], 0)).toEqual({ ids: ["b", "c"], fresh: 1 });
    // Nothing is left that it could be new to.
    expect(arrange(more, [row("c", 5)], 0)).toEqual({ ids: ["c"], fresh: 0 });
    expect(arrange(more, [], 0)).toEqual({ ids: [], fresh: 0 });
  });

  test("where nothing came or went it is the same", () => {
    expect(arrange(first, [row("b", 1), row("a", 2)], 0)).toBe(first);
  });
});
