/**
 * The tester is tested: faults are seeded into a running system, at its ports, and each must be caught by the checker that
 * `kills.test.ts` relies on. The same system without a fault must not be complained of.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { checkHistory, printed, type Report } from "@signalbox/testkit/history";
import { afterAll, expect, test } from "vitest";
import { here } from "./support/steering/agents.ts";
import { GatewayHere } from "./support/steering/gateway-here.ts";
import { fetchOf, type Mutant, mutants } from "./support/steering/mutants.ts";
import { Run } from "./support/steering/run.ts";

const seed = Number(process.env.SIGNALBOX_SEED ?? Math.floor(Math.random() * 2 ** 32));
const rounds = 3;
/** A fault may keep everything from going on: what has happened until then is looked at. */
const patienceMs = { ordeal: 30_000, finish: 5_000 };
const withoutFault = { ordeal: 120_000, finish: 60_000 };

const caught: string[] = [];
afterAll(() => {
  const found = caught.filter((line) => !line.includes("nothing")).length;
  console.log([`seed ${seed}`, ...caught, `${found} of ${mutants.length} mutants caught`].join("\n"));
});

/** Agents are cut off in the middle of their deeds, then the gateway between keeping something and saying so. */
async function ordeal(run: Run, gateway: GatewayHere): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await run.goesOn(60);
    const points = ["done", "sent start", "begun"];
    const killing = run.agentIds.map((agentId, index) =>
      run.killAgent(agentId, points[(index + round) % points.length]),
    );
    await Promise.all(killing);
    await run.goesOn(60);
    const type = round % 2 === 0 ? "checkpoint_decided" : "command_started";
    await gateway.killAfter(type);
    run.killed(`${type} is kept`);
    await gateway.restart();
  }
}

async function suffer(mutant: Pick<Mutant, "store" | "answer">, within = patienceMs): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-mutant-"));
  const journals = join(folder, "journals");
  mkdirSync(journals);
  const gateway = new GatewayHere(folder, mutant.store ?? {});
  await gateway.restart();
  const run = new Run({
    ...{ gateway, folder: journals, seed, agents: 2, givers: 4, beginAgent: here },
    fetch: fetchOf(mutant),
  });
  try {
    await Promise.race([ordeal(run, gateway).catch(() => {}), pause(within.ordeal, undefined, { ref: false })]);
    const { records, final } = await run.finish(within.finish);
    return checkHistory(records, final);
  } finally {
    await run.abort();
    await gateway.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a system without a fault is not complained of, and it did everything that a fault could spoil", async () => {
  const { counters, violations } = await suffer({}, withoutFault);
  expect(printed(violations)).toBe("");
  expect(counters.kills).toEqual({ agent: 2 * rounds, gateway: rounds });
  expect(counters.commands).toMatchObject({ done: expect.any(Number), interrupted: expect.any(Number) });
  expect(counters.checkpoints).toMatchObject({ decided: expect.any(Number), expired: expect.any(Number) });
  expect(counters.unknown.kept).toBeGreaterThan(0);
  expect(counters.toldWhose).toBeGreaterThan(0);
  expect(counters.duplicatesSuppressed).toBeGreaterThan(0);
});

test.concurrent.each(mutants.map((make) => make()))("a system that $name is caught by $caughtBy", async (mutant) => {
  const { broken, violations } = await suffer(mutant);
  const by = Object.entries(broken).flatMap(([invariant, count]) => (count > 0 ? [`${invariant} ×${count}`] : []));
  caught.push(`${mutant.name}: ${by.join(", ") || "nothing"}`);
  expect([mutant.name, printed(violations, 3), broken[mutant.caughtBy]]).toEqual([
    mutant.name,
    expect.any(String),
    expect.toSatisfy((count: number) => count > 0),
  ]);
});
