import { expect, test } from "vitest";
import { Ids } from "../src/ids.ts";

test("each id is another one, of 22 characters that need no escaping anywhere, a letter first", () => {
  const ids = new Ids();
  const all = Array.from({ length: 2_000 }, () => ids.next());
  expect(new Set(all).size).toBe(2_000);
  for (const id of all) expect(id).toMatch(/^[A-Za-z][\w-]{21}$/);
});
