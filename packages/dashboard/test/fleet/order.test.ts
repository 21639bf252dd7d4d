import { describe, expect, test } from "vitest";
import type { FleetItem } from "../../src/fleet/item.ts";
import { arrange, nothingArranged } from "../../src/fleet/order.ts";
import { item } from "./items.ts";

const fleet = (...items: FleetItem[]): ReadonlyMap<string, FleetItem> => new Map(items.map((one) => [one.key, one]));

describe("the order of the fleet", () => {
  test("what needs a person comes first, then what runs, trouble, idle, done", () => {
    const { keys } = arrange(
      nothingArranged,
      fleet(item("a", "done"), item("b", "idle"), item("c", "failed"), item("d", "running"), item("e", "waiting")),
      false,
    );
    expect(keys).toEqual(["e", "d", "c", "b", "a"]);
  });

  test("at first the newest of a rank comes first, and names decide between equals", () => {
    const { keys } = arrange(
      nothingArranged,
      fleet(
        item("agent-10", "running"),
        item("agent-9", "running"),
        item("old", "running", { startedAt: 1 }),
        item("new", "running", { startedAt: 2 }),
      ),
      false,
    );
    expect(keys).toEqual(["new", "old", "agent-9", "agent-10"]);
  });

  test("nothing moves while states keep their rank, whatever else changes", () => {
    const first = arrange(
      nothingArranged,
      fleet(item("a", "running"), item("b", "running"), item("c", "failed")),
      false,
    );
    const changed = fleet(
      item("a", "running", { updatedAt: 9, progress: 80 }),
      item("b", "running", { startedAt: 99 }),
      item("c", "lost"),
    );
    expect(arrange(first, changed, false).keys).toBe(first.keys);
  });

  test("a row whose rank changed goes to the top of its new rank", () => {
    const first = arrange(nothingArranged, fleet(item("a", "running"), item("b", "done"), item("c", "done")), false);
    const { keys } = arrange(first, fleet(item("a", "done"), item("b", "done"), item("c", "done")), false);
    expect(keys[0]).toBe("a");
  });

  test("while somebody reads, rows keep their places, and what would move is counted", () => {
    const first = arrange(nothingArranged, fleet(item("a", "running"), item("b", "running")), false);
    const now = fleet(item("a", "running"), item("b", "waiting"), item("new", "waiting"));
    const held = arrange(first, now, true);
    expect(held.keys).toEqual(first.keys);
    expect(held.pending.map(({ key }) => key)).toEqual(["b", "new"]);
    const later = arrange(arrange(held, now, true), now, false);
    expect(later.keys.slice(0, 2).sort()).toEqual(["b", "new"]);
    expect(later.pending).toEqual([]);
  });

  test("a row that changed and changed back has not moved", () => {
    const first = arrange(nothingArranged, fleet(item("a", "running"), item("b", "running")), false);
    const held = arrange(first, fleet(item("a", "running"), item("b", "failed")), true);
    expect(arrange(held, fleet(item("a", "running"), item("b", "running")), false).keys).toEqual(first.keys);
  });

  test("rows that are gone go, held or not", () => {
    const first = arrange(nothingArranged, fleet(item("a", "running"), item("b", "running")), false);
    expect(arrange(first, fleet(item("b", "running")), true).keys).toEqual(["b"]);
  });
});
