/** The contract of the `Broker` port beside that of `Store` as tests. Every broker runs all of it. */
import { describe, expect, test } from "vitest";
import { followingTests } from "./broker/following.ts";
import type { BrokerHarness } from "./broker/harness.ts";
import { membershipTests } from "./broker/membership.ts";
import { tellingTests } from "./broker/telling.ts";
import { BrokerTrial } from "./broker/trial.ts";

export function brokerSuite(name: string, harness: BrokerHarness): void {
  describe(`broker ${name}`, () => {
    const trial = new BrokerTrial(harness);
    followingTests(trial);
    tellingTests(trial);
    membershipTests(trial);

    test("every skip names a test of the suite", () => {
      expect(trial.unusedSkips).toEqual([]);
    });
  });
}
