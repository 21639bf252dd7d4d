/**
 * F1 I1 I12 I14: the gateway and the agents are killed again and again around decisions and deliveries, while several people
 * give, decide, ask again. What each process wrote down is held against what the gateway has at the end.
 * `SIGNALBOX_SEED` repeats the choices of a run, `SIGNALBOX_STEERING_KILLS` says how many kills.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkHistory, printed } from "@signalbox/testkit/history";
import { expect, test } from "vitest";
import { startGateway } from "./support/gateway.ts";
import { issuer } from "./support/issuer.ts";
import { quietPort } from "./support/quiet-port.ts";
import { inProcesses } from "./support/steering/agents.ts";
import { killAll } from "./support/steering/nemesis.ts";
import { Run } from "./support/steering/run.ts";

const kills = Number(process.env.SIGNALBOX_STEERING_KILLS ?? 100);
const seed = Number(process.env.SIGNALBOX_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** Who comes too late is told so; nobody in this run does anything else that could be refused. */
const expected: ReadonlySet<string> = new Set(["wrong_state", "already_decided", "fenced"]);

test(`A38 F1 I1 I12 I14 ${kills} kills of gateway and agents: nothing lost, nothing twice, nothing before its approval`, {
  timeout: 900_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-kills-"));
  const journals = join(folder, "journals");
  mkdirSync(journals);
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ jwt: [issuer] }));
  const options = { dataDir: join(folder, "data"), port: await quietPort(), args: ["--config", config] };
  const gateway = await startGateway(options);
  const startedMs = performance.now();
  const run = new Run({
    ...{ gateway, folder: journals, seed, agents: 3, givers: 4, beginAgent: inProcesses },
    commandLine: true,
  });
  try {
    const ofGateway = Math.floor(kills / 2);
    await killAll(run, gateway, seed, { gateway: ofGateway, agent: kills - ofGateway });
    const { records, final, isFinished } = await run.finish(120_000);
    const { broken, counters, violations } = checkHistory(records, final);
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    console.log(JSON.stringify({ seed, seconds, ...counters, broken }));
    expect(printed(violations)).toBe("");
    expect(isFinished).toBe(true);
    // Otherwise the run proved nothing.
    expect(counters.kills).toEqual({ gateway: ofGateway, agent: kills - ofGateway });
    for (const much of ["given", "executed", "approvedDeeds", "toldWhose", "duplicatesSuppressed"] as const) {
      expect([much, counters[much]]).toEqual([much, expect.toSatisfy((count: number) => count > 0)]);
    }
    // Nobody asked for what cannot be done.
    expect(Object.keys(counters.refused).filter((error) => !expected.has(error))).toEqual([]);
    expect(counters.unknown.kept).toBeGreaterThan(0);
    expect(counters.commands.interrupted).toBeGreaterThan(0);
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    throw new Error(`with SIGNALBOX_SEED=${seed}, journals in ${journals}`, { cause: error });
  } finally {
    await run.abort();
    await gateway.stop().catch(() => {});
  }
});
