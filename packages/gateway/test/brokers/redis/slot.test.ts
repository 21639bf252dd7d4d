import { expect, test } from "vitest";
import { slotOf } from "../../../src/brokers/redis/slot.ts";

test.each([
  // The vector of the cluster specification: CRC16 0x31C3.
  ["123456789", 0x31c3 % 16_384],
  ["foo", 12_182],
  ["bar", 5_061],
  ["", 0],
])("%j is in slot %i", (key, slot) => {
  expect(slotOf(key)).toBe(slot);
});

test("only what is in the first braces counts, unless it is nothing", () => {
  expect(slotOf("{foo}bar")).toBe(slotOf("foo"));
  expect(slotOf("x{foo}{bar}")).toBe(slotOf("foo"));
  expect(slotOf("{}foo")).not.toBe(slotOf("foo"));
  expect(slotOf("}{foo}")).toBe(slotOf("foo"));
});
