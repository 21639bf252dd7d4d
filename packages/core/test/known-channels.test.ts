import { expect, test } from "vitest";
import { KnownChannels } from "../src/known-channels.ts";

test("a channel that is known costs nothing, and what is used stays known", () => {
  const known = new KnownChannels(1);
  expect(known.mayAppend("agent:a", "p", 0)).toBe(true);
  expect(known.mayAppend("agent:b", "p", 0)).toBe(false);
  for (let n = 0; n < 200_000; n++) {
    known.add(`agent:other-${n}`);
    if (n % 1_000 === 0) expect(known.mayAppend("agent:a", "p", 0)).toBe(true);
  }
  expect(known.mayAppend("agent:a", "p", 0)).toBe(true);
});

test("names are forgotten, so that a million channels cost no more than a hundred thousand", () => {
  const known = new KnownChannels(1);
  for (let n = 0; n < 300_000; n++) known.add(`agent:${n}`);
  expect(known.size).toBeLessThanOrEqual(100_000);
});
