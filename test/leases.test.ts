/**
 * §12 with real processes: a producer that is killed is lost, once; one that was stopped while another took over is refused;
 * a gateway that was killed gives every lease its whole time again.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Publication } from "@signalbox/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { history } from "./support/http.ts";
import { until } from "./support/until.ts";

interface Holder {
  child: ChildProcess;
  /** What it printed. */
  lines: Array<Record<string, unknown>>;
}

let gateway: Gateway;
let holders: Holder[] = [];

beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(async () => {
  await Promise.all(holders.map((holder) => end(holder)));
  holders = [];
  await gateway.stop();
});

/** Begins a producer; resolves when it has its lease and has published. */
async function hold(agentId: string, producer: string, ttlMs: number, how = ""): Promise<Holder> {
  const script = join(import.meta.dirname, "support/lease-holder.ts");
  const args = [script, gateway.url, gateway.token, agentId, producer, String(ttlMs), how];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const holder: Holder = { child, lines: [] };
  holders.push(holder);
  createInterface({ input: child.stdout }).on("line", (line) => holder.lines.push(JSON.parse(line)));
  await until(`${producer} publishes`, () => holder.lines.length >= 2);
  expect(holder.lines[0]).toMatchObject({ took: expect.any(Number) });
  return holder;
}

async function end({ child }: Holder): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

type Status = Publication<string, Record<string, unknown>>;

const lost = async (agentId: string): Promise<Status[]> =>
  (await history(gateway, `agent:${agentId}`)).filter(
    (event): event is Status => event.type === "agent_status" && Reflect.get(Object(event.data), "status") === "lost",
  );

/** Longer than any further sign of a lost one would take: a second one is lost after it, in its own time. */
async function loseAnother(ttlMs: number): Promise<void> {
  await end(await hold("witness", "w", ttlMs));
  await until("the witness is lost", async () => (await lost("witness")).length > 0);
}

test("D5 a killed producer is lost once, one that lives is not, and a returning one goes on in a new epoch", async () => {
  const [first] = await Promise.all([hold("a", "p", 2_000), hold("b", "q", 2_000)]);
  await end(first);
  await until("the killed one is lost", async () => (await lost("a")).length > 0);
  const [said] = await lost("a");
  expect(said).toMatchObject({ data: { previousStatus: "running", producer: "p", epoch: 1 } });
  const before = (await history(gateway, "agent:a")).findLast(({ offset }) => offset < (said?.offset ?? 0));
  // Never early.
  expect((said?.timestamp ?? 0) - (before?.timestamp ?? 0)).toBeGreaterThanOrEqual(1_990);
  await loseAnother(2_000);
  expect(await lost("a")).toHaveLength(1);
  expect(await lost("b")).toEqual([]);
  const back = await hold("a", "p", 60_000);
  expect(back.lines[0]).toEqual({ took: 2 });
  expect(await lost("a")).toHaveLength(1);
});

test("D5 a zombie is refused after another took over: its renewals, and its events", async () => {
  const zombie = await hold("a", "p", 60_000);
  zombie.child.kill("SIGSTOP");
  const next = await hold("a", "q", 60_000, "takeOver");
  expect(next.lines[0]).toEqual({ took: 2 });
  const toldBefore = zombie.lines.length;
  const exited = once(zombie.child, "exit");
  zombie.child.kill("SIGCONT");
  await exited;
  await until("its last line", () => zombie.lines.at(-1)?.published !== undefined);
  expect(zombie.lines.length).toBeGreaterThan(toldBefore);
  expect(zombie.lines.at(-1)).toMatchObject({ renewed: "fenced", published: "fenced" });
  const events = await history(gateway, "agent:a");
  const taken = events.findLast(({ type }) => type === "lease_held")?.offset ?? 0;
  const after = events.filter(({ offset }) => offset > taken).map(({ metadata }) => metadata?.producer?.id);
  expect(after.length).toBeGreaterThan(0);
  expect(new Set(after)).toEqual(new Set(["q"]));
});

test("D5 a gateway that was killed gives the whole time again, then says lost once; who lives goes on", async () => {
  const ttlMs = 4_000;
  const [first, second] = await Promise.all([hold("a", "p", ttlMs), hold("b", "q", ttlMs)]);
  await end(first);
  await gateway.kill9();
  const restartedMs = Date.now();
  await gateway.restart();
  await until("the dead one is lost", async () => (await lost("a")).length > 0);
  const [said] = await lost("a");
  expect((said?.timestamp ?? 0) - restartedMs).toBeGreaterThanOrEqual(ttlMs);
  await gateway.kill9();
  await gateway.restart();
  await loseAnother(1_000);
  expect(await lost("a")).toHaveLength(1);
  expect(await lost("b")).toEqual([]);
  const seen = second.lines.length;
  await until("the other one goes on", () => second.lines.slice(seen).some((line) => line.away === undefined));
  expect(second.lines.at(-1)).not.toHaveProperty("published");
});
