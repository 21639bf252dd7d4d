/** Kills the gateway and the agents of a run, around what is asked and what is done, as a seed says. */
import { setTimeout as pause } from "node:timers/promises";
import { between, type Chance, chance, oneOf } from "./chance.ts";
import type { KillableGateway, Run } from "./run.ts";

const around = (ops: readonly string[]): string[] =>
  ops.flatMap((op) => [`before ${op}`, `sent ${op}`, `answered ${op}`]);

/** Of what people do. */
const gatewayPoints = around(["decide", "give", "cancel", "publish"]);
/** Of what agents ask, and of what they do: between journal, deed and journal. */
const agentPoints = [...around(["deliver", "start", "end", "ask", "apply"]), "told", "begun", "done", "ended"];

/** One time that the gateway goes down. */
interface Fall {
  point: string;
  /** The kill comes so long after the point. */
  afterMs: number;
  /** An agent is killed with it. */
  withAgent: boolean;
  /** It is killed again so long after its start began; its start takes about a second. */
  againMs: number | undefined;
}

export async function killAll(
  run: Run,
  gateway: KillableGateway,
  seed: number,
  kills: { gateway: number; agent: number },
): Promise<void> {
  const falls = planFalls(chance(seed, "falls"), kills.gateway);
  const agentsWithIt = falls.filter(({ withAgent }) => withAgent).length;
  await Promise.all([
    killGateway(run, gateway, falls, chance(seed, "kill gateway")),
    killAgents(run, kills.agent - agentsWithIt, chance(seed, "kill agents")),
  ]);
}

function planFalls(random: Chance, kills: number): Fall[] {
  const falls: Fall[] = [];
  for (let planned = 0; planned < kills; planned++) {
    const afterMs = random() < 0.4 ? 0 : random() * 5;
    const isAgain = random() < 0.2 && ++planned < kills;
    const againMs = isAgain ? random() * 1_500 : undefined;
    falls.push({ point: oneOf(random, gatewayPoints), afterMs, withAgent: random() < 0.15, againMs });
  }
  return falls;
}

async function killGateway(run: Run, gateway: KillableGateway, falls: readonly Fall[], random: Chance): Promise<void> {
  const kill = async (point: string): Promise<void> => {
    await gateway.kill9();
    run.killed(point);
  };
  const agents: Promise<void>[] = [];
  for (const { point, afterMs, withAgent, againMs } of falls) {
    await run.goesOn(between(random, 5, 60));
    const agent = oneOf(random, run.agentIds);
    await run.at(point, async () => {
      if (afterMs > 0) await pause(afterMs);
      // Not waited for here: who waits to be killed at a point of its work gets there only with a gateway.
      if (withAgent) agents.push(run.killAgent(agent));
      await kill(`${point} + ${afterMs.toFixed(1)} ms`);
    });
    if (againMs !== undefined) {
      const starting = gateway.restart().catch(() => {});
      await pause(againMs);
      await kill("while it starts");
      await starting;
    }
    await gateway.restart();
  }
  await Promise.all(agents);
}

async function killAgents(run: Run, kills: number, random: Chance): Promise<void> {
  for (let n = 0; n < kills; n++) {
    await run.goesOn(between(random, 5, 30));
    await run.killAgent(oneOf(random, run.agentIds), random() < 0.75 ? oneOf(random, agentPoints) : undefined);
  }
}
