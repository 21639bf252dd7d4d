import { expect, test } from "vitest";
import { keepRecent, recentFirst, recentIds } from "../../src/app/palette/recent.ts";

function storage(value: string | null = null) {
  let kept = value;
  const setItem = (_key: string, next: string) => {
    kept = next;
  };
  return { getItem: () => kept, setItem };
}

test("what was used last comes first, the rest stays in its order", () => {
  const kept = storage();
  for (const id of ["c", "a", "c"]) keepRecent(kept, id);
  const entries = ["a", "b", "c", "d"].map((id) => ({ id }));
  expect(recentFirst(entries, recentIds(kept)).map(({ id }) => id)).toEqual(["c", "a", "b", "d"]);
});

test("eight are kept", () => {
  const kept = storage();
  for (let n = 0; n < 20; n++) keepRecent(kept, `${n}`);
  expect(recentIds(kept)).toEqual(["19", "18", "17", "16", "15", "14", "13", "12"]);
});

test.each(["{", "7", "null", '[1, "a", null]'])("%s in the storage does no harm", (value) => {
  expect(recentIds(storage(value)).every((id) => id === "a")).toBe(true);
});
