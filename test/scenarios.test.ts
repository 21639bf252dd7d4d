/** spec/scenarios played with every client and with the gateway. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Driver, startDriver } from "./support/scenarios/driver.ts";
import { playClient } from "./support/scenarios/play-client.ts";
import { playGateway } from "./support/scenarios/play-gateway.ts";
import { type Party, readScenarios, type Scenario, scenarioFolder } from "./support/scenarios/scenario.ts";

const root = resolve(import.meta.dirname, "..");
const scenarios = readScenarios();
const typescript = (path: string): Driver => startDriver(process.execPath, ["--conditions=source", join(root, path)]);

const parties: Array<{
  party: Party;
  start: () => Driver;
  play: (driver: Driver, scenario: Scenario) => Promise<void>;
}> = [
  {
    party: "typescript",
    start: () => typescript("packages/client/test/support/scenario-driver.ts"),
    play: playClient,
  },
  {
    party: "python",
    start: () =>
      startDriver(join(root, ".venv/bin/python"), [join(root, "sdks/python/tests/support/scenario_driver.py")]),
    play: playClient,
  },
  { party: "gateway", start: () => typescript("test/support/scenarios/gateway-driver.ts"), play: playGateway },
];

describe.each(parties)("scenarios with $party", ({ party, start, play }) => {
  let driver: Driver | undefined;
  afterAll(() => driver?.end());

  const played = scenarios.filter(({ notOn }) => notOn?.[party] === undefined);
  test.each(played)("$file: $title", async (scenario) => {
    driver ??= start();
    await play(driver, scenario);
  });
});

test.each(parties)("a scenario that is not so fails with $party, and says where", async ({ party, start, play }) => {
  const told = JSON.stringify(scenarios.find(({ file }) => file === "resume"));
  const other = told.replace('"since":{"epoch":"$e","offset":2}', '"since":{"epoch":"$e","offset":3}');
  const why =
    party === "gateway"
      ? /: \/data\/offset is 3 instead of 2/
      : /the client's next message: \/data\/since\/offset is 2 instead of 3/;
  const driver = start();
  await expect(play(driver, JSON.parse(other) as Scenario)).rejects.toThrow(why);
  await driver.end();
});

test("every scenario names the rules it plays, and says why where it is not played", () => {
  const protocol = readFileSync(join(scenarioFolder, "../protocol.md"), "utf8");
  for (const { file, rules, notOn = {} } of scenarios) {
    expect(rules, file).not.toEqual([]);
    for (const rule of rules) expect(protocol, file).toContain(`\n${rule} `);
    for (const why of Object.values(notOn)) {
      const [, elsewhere = ""] = /(\S+\.test\.ts) plays that\.$/.exec(why) ?? [];
      expect(existsSync(join(root, elsewhere)), why).toBe(true);
    }
  }
  expect(scenarios.length).toBeGreaterThanOrEqual(20);
});
