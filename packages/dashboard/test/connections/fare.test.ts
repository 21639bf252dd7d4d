import { expect, test } from "vitest";
import { type Connection, keptInPlace, look, matches, sorted } from "../../src/connections/fare.ts";

const one = (id: string, more: Partial<Connection> = {}): Connection => ({
  ...{ id, transport: "websocket", node: "n1", principal: { kind: "user", id }, openedMs: Number(id) },
  ...{ subscriptions: 1, given: 0, queuedBytes: 0, windowBytes: 1_000, behind: 0, dropped: { coalesce: 0, latest: 0 } },
  ...more,
});

test("a connection is ok, slow, behind or dropping, and who lost something stays named so for a while", () => {
  const first = look(
    new Map(),
    [
      one("1"),
      one("2", { queuedBytes: 600 }),
      one("3", { behind: 2 }),
      one("4", { dropped: { coalesce: 5, latest: 1 } }),
    ],
    0,
  );
  expect(first.rows.map(({ grade }) => grade)).toEqual(["ok", "slow", "behind", "ok"]);
  expect(first.rows.map(({ rate }) => rate)).toEqual([undefined, undefined, undefined, undefined]);
  const later = look(first.seen, [one("1", { given: 50, dropped: { coalesce: 0, latest: 9 } })], 2_000);
  expect(later.rows).toMatchObject([{ grade: "dropping", newlyLost: 9, rate: 25 }]);
  expect(look(later.seen, [one("1", { dropped: { coalesce: 0, latest: 9 } })], 31_000).rows[0]?.grade).toBe("dropping");
  expect(look(later.seen, [one("1", { dropped: { coalesce: 0, latest: 9 } })], 33_000).rows[0]?.grade).toBe("ok");
});

test("the worst first; those that stand keep their places while somebody reads", () => {
  const { rows } = look(new Map(), [one("1"), one("2", { behind: 1 }), one("3", { queuedBytes: 900 })], 0);
  expect(sorted(rows, "worst").map(({ id }) => id)).toEqual(["2", "3", "1"]);
  expect(sorted(rows, "opened").map(({ id }) => id)).toEqual(["3", "2", "1"]);
  expect(keptInPlace(sorted(rows, "worst"), ["1", "gone", "3"]).map(({ id }) => id)).toEqual(["1", "3", "2"]);
});

test("every word must occur somewhere", () => {
  const [row] = look(new Map(), [one("7", { client: "dashboard", address: "10.0.0.1" })], 0).rows;
  if (row === undefined) throw new Error("there is one");
  expect([matches(row, "user:7 10.0"), matches(row, "DASH ok"), matches(row, "dash slow"), matches(row)]).toEqual([
    ...[true, true, false, true],
  ]);
});
