import { expect, test } from "vitest";
import type { Act } from "../../src/audit/entry.ts";
import { SignIns } from "../../src/audit/sign-ins.ts";

test("§18.2 a million wrong tokens make six entries: five addresses, and how many others", () => {
  const noted: Act[] = [];
  let nowMs = 0;
  const signIns = new SignIns(
    (act) => noted.push(act),
    () => nowMs,
  );
  for (let n = 0; n < 1_000_000; n++) signIns.refused("unauthenticated", "not known", `10.0.0.${n % 200}`);
  expect(noted.map(({ address }) => address)).toEqual([0, 1, 2, 3, 4].map((n) => `10.0.0.${n}`));
  nowMs = 10_000;
  signIns.tick();
  expect(noted.at(-1)).toMatchObject({ who: "nobody", what: "sign_in_refused", details: { more: 999_995 } });
  signIns.tick();
  expect(noted).toHaveLength(6);
  signIns.refused("rate_limited", "too many", "10.0.0.7");
  signIns.tick(true);
  expect(noted).toHaveLength(7);
});
