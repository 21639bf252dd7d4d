/** F1: kill -9 at any moment. Every acknowledged event is there afterwards, once, at its offset. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../src/stores/sqlite/index.ts";
import { Acknowledged } from "./support/acknowledged.ts";
import { chance, namespaces } from "./support/load.ts";
import { scratch } from "./support/scratch.ts";

const kills = Number(process.env.SIGNALBOX_KILLS ?? 200);
const seed = Number(process.env.SIGNALBOX_SEED ?? Math.floor(Math.random() * 2 ** 32));
/** In between the killed processes recover from each other, which is harder than from a clean close. */
const checkEvery = 10;

/** One process: killed some milliseconds after its start, or some after its so-manieth acknowledgement. */
async function killOne(directory: string, random: () => number, acknowledged: Acknowledged): Promise<void> {
  // A burst makes the writer fall behind with what it writes later, so that the kill hits that too.
  const burst = random() < 0.1;
  const script = join(import.meta.dirname, "support/publisher-to-kill.ts");
  const largest = burst ? 800 : 20;
  const args = [
    directory,
    String(Math.floor(random() * 2 ** 32)),
    String(largest),
    ...acknowledged.starts().map(String),
  ];
  const child = spawn(process.execPath, ["--conditions=source", script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  let complaints = "";
  child.stderr.on("data", (piece: Buffer) => {
    complaints += piece.toString();
  });
  const early = !burst && random() < 0.25;
  const killAfterMs = early ? random() * 250 : random() * 5;
  const ackedBefore = burst ? 20_000 + random() * 40_000 : random() ** 3 * 8_000;
  const killAfterAcks = early ? Number.POSITIVE_INFINITY : ackedBefore;
  let acks = 0;
  let killing = false;
  const kill = (): void => {
    if (killing) return;
    killing = true;
    setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  };
  if (early) kill();
  let rest = "";
  for await (const piece of child.stdout) {
    const lines = `${rest}${piece}`.split("\n");
    // What the kill cut off in the middle was not said.
    rest = lines.pop() ?? "";
    for (const line of lines) acks += acknowledged.take(line);
    if (acks >= killAfterAcks) kill();
  }
  await ended;
  expect([complaints, child.signalCode]).toEqual(["", "SIGKILL"]);
}

async function check(directory: string, acknowledged: Acknowledged): Promise<void> {
  const complaints: string[] = [];
  const log = { error: (message: string) => complaints.push(message) };
  const store = await openSqliteStore({ directory, namespaces, log });
  await acknowledged.check(store);
  await store.close();
  expect(complaints).toEqual([]);
}

test(`F1 I1 I3 I5 I14 ${kills} kills: nothing acknowledged is lost, nothing is there twice`, {
  timeout: 600_000,
}, async () => {
  const directory = scratch();
  const random = chance(seed);
  const acknowledged = new Acknowledged();
  try {
    for (let kill = 1; kill <= kills; kill++) {
      await killOne(directory, random, acknowledged);
      if (kill % checkEvery === 0 || kill === kills) await check(directory, acknowledged);
    }
  } catch (error) {
    throw new Error(`with SIGNALBOX_SEED=${seed}`, { cause: error });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const { total, suppressed, unacknowledged, trimmed } = acknowledged;
  console.log(JSON.stringify({ kills, seed, acknowledged: total, suppressed, unacknowledged, trimmed }));
  // Otherwise the test proved nothing.
  expect(total).toBeGreaterThan(kills);
  expect(suppressed).toBeGreaterThan(0);
});
