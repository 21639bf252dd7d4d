import fc from "fast-check";
import { expect, test } from "vitest";
import { isoMs } from "../../src/steering/iso-time.ts";

test("a moment is what Date makes of it", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date("0001-01-02"), max: new Date("9999-12-30"), noInvalidDate: true }), (date) => {
      expect(isoMs(date.toISOString())).toBe(date.getTime());
    }),
  );
});

test.each(["2026-11-21T04:05:06+02:00", "2026-11-21T04:05:06.789-05:30", "2024-02-29T23:59Z", "1969-12-31T23:59:59Z"])(
  "%s",
  (text) => expect(isoMs(text)).toBe(Date.parse(text)),
);

test.each(["", "tomorrow", "2026-11-21", "2026-11-21T04:05:06", "2026-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "1"])(
  "%j is none",
  (text) => expect(isoMs(text)).toBeUndefined(),
);
