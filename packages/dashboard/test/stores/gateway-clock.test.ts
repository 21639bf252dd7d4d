import { expect, test } from "vitest";
import { skewOf } from "../../src/stores/gateway-clock.ts";

const at = Date.parse("Sat, 28 Nov 2026 12:00:00 GMT");
const date = new Date(at).toUTCString();
const hour = 3_600_000;

test.each([
  ["the same clock", at, at + 40, 0],
  ["within a second or two", at - 1_800, at - 1_700, 0],
  ["a slow answer is no difference", at - 5_000, at + 5_000, 0],
  ["this computer is behind", at - 3 * hour, at - 3 * hour, 3 * hour + 500],
  ["this computer is ahead", at + hour, at + hour, 500 - hour],
])("%s", (_name, sent, got, skew) => {
  expect(skewOf(date, sent, got)).toBe(skew);
});

test.each([null, "", "yesterday"])("%j tells nothing", (header) => {
  expect(skewOf(header, at, at)).toBeUndefined();
});
