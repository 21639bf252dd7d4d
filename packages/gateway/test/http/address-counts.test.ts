import { expect, test } from "vitest";
import { AddressCounts, countedAs } from "../../src/http/address-counts.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
  ["2001:db8::6", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["", ""],
])("A19 %s counts as %s", (address, counted) => {
  expect(countedAs(address)).toBe(counted);
});

test("A19 an address has so many and no more, whatever others have, and room again afterwards", () => {
  const counts = new AddressCounts(2);
  expect(["a", "a", "a", "b"].map((address) => counts.enter(address))).toEqual([true, true, false, true]);
  counts.leave("a");
  expect([counts.enter("a"), counts.enter("a")]).toEqual([true, false]);
});
