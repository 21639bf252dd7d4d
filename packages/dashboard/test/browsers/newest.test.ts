import { expect, test } from "vitest";
import { newestOnly } from "../../src/browsers/newest.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve));

test("what comes while one is worked on is left out, but for the newest", async () => {
  const done: number[] = [];
  const waits: Array<() => void> = [];
  const pump = newestOnly<number>(async (item) => {
    await new Promise<void>((resolve) => waits.push(resolve));
    done.push(item);
  });
  for (const item of [1, 2, 3, 4]) pump.push(item);
  while (waits.length > 0) {
    waits.shift()?.();
    await turn();
  }
  expect(done).toEqual([1, 4]);
  pump.push(5);
  waits.shift()?.();
  await turn();
  expect(done).toEqual([1, 4, 5]);
});
