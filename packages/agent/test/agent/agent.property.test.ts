import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Agent } from "../../src/agent/agent.ts";
import { FakeClock } from "../fake-clock.ts";
import { type Loss, ModelGateway } from "../model-gateway.ts";

type Deed =
  | { do: "log"; times: number }
  | { do: "give" }
  | { do: "pass"; ms: number }
  | { do: "lose lease" }
  | { do: "away" | "back" }
  /** What goes on by itself goes on a little. */
  | { do: "wait"; turns: number }
  /** Fates of requests from now on, over and over. */
  | { do: "faults"; fates: Array<Loss | undefined> }
  | { do: "crash" };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("log" as const), times: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 3, arbitrary: fc.constant({ do: "give" as const }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 8_000 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: "lose lease" as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: "away" as const }, { do: "back" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("faults" as const),
      fates: fc.array(fc.constantFrom<Loss | undefined>("request", "answer", "answer", undefined), { maxLength: 5 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait" as const), turns: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: "crash" as const }) },
);

/** A process of the agent: after its end nothing that it does has any effect, and nothing ever answers it. */
class Life {
  readonly clock = new FakeClock();
  readonly agent: Agent;
  #over = false;

  constructor(gateway: ModelGateway, root: string, did: (commandId: string) => void) {
    const never = new Promise<never>(() => undefined);
    const { request, fetch, watch } = gateway.client;
    const client = {
      request: async <Answer>(...asked: Parameters<typeof request>): Promise<Answer> => {
        const answer = this.#over ? never : request<Answer>(...asked);
        await answer.catch(() => undefined);
        return this.#over ? never : answer;
      },
      fetch: async (...asked: Parameters<typeof fetch>): Promise<Response> => {
        const answer = this.#over ? never : fetch(...asked);
        await answer.catch(() => undefined);
        return this.#over ? never : answer;
      },
      watch,
    };
    const ground = { client, url: "http://gateway", clock: this.clock, random: () => 0.5, root };
    this.agent = new Agent({ agentId: "a", ttlMs: 9_000 }, ground);
    this.agent.command("work", ({ commandId }) => {
      if (!this.#over) did(commandId);
    });
  }

  end(): void {
    this.#over = true;
  }
}

/** As the system would: the processes that wrote these spools are no more. */
function orphan(root: string): void {
  for (const name of readdirSync(root).filter((each) => !each.endsWith(".json"))) {
    const path = join(root, name, "about.json");
    const about = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...about, owner: { pid: -1 } }));
  }
}

const rest = async (): Promise<void> => {
  for (let i = 0; i < 12; i++) await turn();
};

async function pass(life: Life, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    life.clock.pass(Math.min(500, left));
    await rest();
  }
}

async function play(deeds: readonly Deed[], pageSize: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "signalbox-agent-property-"));
  const gateway = new ModelGateway("agent:a");
  gateway.pageSize = pageSize;
  let fates: Array<Loss | undefined> = [];
  let asked = 0;
  gateway.fate = () => fates[asked++ % fates.length];
  const did: string[] = [];
  let logged = 0;
  let given = 0;
  const live = (): Life => new Life(gateway, root, (commandId) => did.push(commandId));
  let life = live();
  try {
    for (const each of deeds) {
      if (each.do === "log") for (let i = 0; i < each.times; i++) life.agent.log("info", String(++logged));
      else if (each.do === "give") gateway.give(`k${++given}`, "work");
      else if (each.do === "pass") await pass(life, each.ms);
      else if (each.do === "lose lease") gateway.lose();
      else if (each.do === "faults") fates = each.fates;
      else if (each.do === "wait") for (let i = 0; i < each.turns; i++) await turn();
      else if (each.do === "crash") {
        life.end();
        orphan(root);
        life = live();
      } else gateway.away = each.do === "away";
    }
    gateway.away = false;
    fates = [];
    // Longer than any pause between two tries.
    await pass(life, 60_000);
    const ended = life.agent.done();
    await pass(life, 20_000);
    expect(await ended).toBe(0);
    const logs = gateway.events.filter(({ type }) => type === "agent_log").map(({ data }) => Number(data.message));
    expect(logs).toEqual(Array.from({ length: logged }, (_, i) => i + 1));
    expect(did).toEqual([...new Set(did)]);
    for (let k = 1; k <= given; k++) expect(["done", "failed"]).toContain(gateway.state(`k${k}`));
  } finally {
    life.end();
    rmSync(root, { recursive: true, force: true });
  }
}

test("§5.4 §10.3 whatever is lost, and whenever it dies: each event is kept once and in order, each command done at most once", async () => {
  const runs = Number(process.env.SIGNALBOX_AGENT_RUNS ?? 60);
  await fc.assert(fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 40 }), fc.constantFrom(3, 1_000), play), {
    numRuns: runs,
  });
});
