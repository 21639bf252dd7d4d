/** Every attack of the list is tried by a test that begins with its id, or the list says why none can be yet. */
import { expect, test } from "vitest";
import { rows } from "./rows.ts";
import { titles } from "./support/titles.ts";

const counts = new Map<string, number>();
for (const { text } of titles()) {
  const [, id] = /^(A\d+) /.exec(text) ?? [];
  if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
}

test("the list of attacks is A1 to A50, each once", () => {
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, i) => `A${i + 1}`));
  console.log(rows.map(({ id, notYet }) => `${id} ${counts.get(id) ?? `– ${notYet}`}`).join("\n"));
});

test.each(rows.filter(({ notYet }) => notYet === undefined))("$id has a test: $what", ({ id }) => {
  expect(counts.get(id) ?? 0, `no test's name begins with "${id} "`).toBeGreaterThan(0);
});

test.each(rows.filter(({ notYet }) => notYet !== undefined))("$id has no test yet: $notYet", ({ id }) => {
  expect(counts.get(id) ?? 0, `there are tests named ${id}: take its notYet out of rows.ts`).toBe(0);
});

test("no test is named after an attack that the list does not have", () => {
  const known = new Set(rows.map(({ id }) => id));
  expect([...counts.keys()].filter((id) => !known.has(id))).toEqual([]);
});
