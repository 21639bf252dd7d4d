/** D5 with real clients: one that never left, and one that comes late, show the same, by whichever reducer, whatever ended meanwhile. */
import { type Client, createClient, type Readable } from "@signalbox/client";
import {
  agentReducer,
  executionReducer,
  globalReducer,
  memoryReducer,
  processReducer,
  repoReducer,
  sessionReducer,
  tddReducer,
  workflowReducer,
} from "@signalbox/core/reducers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { post } from "./support/http.ts";
import { until } from "./support/until.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
});

interface Shown {
  state: unknown;
  status: string;
  position: { offset: number } | undefined;
}

/** Every reducer of every namespace that has some. */
const storesOf = (client: Client): ReadonlyMap<string, Readable<Shown>> =>
  new Map<string, Readable<Shown>>([
    ["agent", client.channel("agent:a", agentReducer)],
    ["agent, tdd", client.channel("agent:a", tddReducer)],
    ["session", client.channel("session:s", sessionReducer)],
    ["session, memory", client.channel("session:s", memoryReducer)],
    ["session, tdd", client.channel("session:s", tddReducer)],
    ["process", client.channel("process:p", processReducer)],
    ["process, tdd", client.channel("process:p", tddReducer)],
    ["execution", client.channel("execution:e", executionReducer)],
    ["workflow", client.channel("workflow:w", workflowReducer)],
    ["repo", client.channel("repo:acme/shop", repoReducer)],
    ["global", client.channel("global", globalReducer)],
  ]);

const say = (n: number): Promise<unknown> =>
  post(gateway, "/v1/events", [
    { type: "agent_status", data: { agentId: "a", status: n % 2 === 0 ? "running" : "waiting_input" } },
    { type: "agent_usage", data: { agentId: "a", inputTokens: n, costUsd: 0.1 } },
    { type: "tdd_phase_change", data: { agentId: "a", currentPhase: n % 2 === 0 ? "red" : "green" } },
    { type: "session_update", data: { sessionId: "s", status: "active", progress: n } },
    {
      type: "memory_update",
      data: { sessionId: "s", key: `k${n % 2}`, version: n + 1, value: `one\n${n}`, author: "a" },
    },
    { type: "coverage_update", data: { sessionId: "s", coverage: { lines: n } } },
    { type: "process_output", data: { processId: "p", stream: "stdout", output: `line ${n}` } },
    {
      type: "test_result",
      data: { processId: "p", total: 9, passing: 9 - n, failing: n, failures: [{ name: `t${n}` }] },
    },
    { type: "step_update", data: { executionId: "e", stepId: `s${n}`, status: "done", result: { n } } },
    { type: "workflow_step_complete", data: { workflowId: "w", stepId: `s${n}`, progress: n } },
    {
      type: "github_issue_update",
      data: { repository: "acme/shop", number: n + 1, action: "opened", title: `Issue ${n}` },
    },
    { type: "system_notification", data: { message: `round ${n}` } },
  ]);

/** The newest event of each channel is in what it shows. */
async function upToDate(shown: ReadonlyMap<string, Readable<Shown>>, rounds: number): Promise<void> {
  const perRound: Record<string, number> = { agent: 3, session: 3, process: 2 };
  await until(`${rounds} rounds`, () =>
    [...shown].every(([name, store]) => {
      const { status, position } = store.snapshot();
      return status === "live" && position?.offset === rounds * (perRound[name.split(",")[0] ?? ""] ?? 1);
    }),
  );
}

const statesOf = (shown: ReadonlyMap<string, Readable<Shown>>): unknown =>
  JSON.parse(JSON.stringify([...shown].map(([name, store]) => [name, store.snapshot().state])));

test("D5 a view that opens late shows what one shows that never left, also after the gateway was killed", async () => {
  const clients: Client[] = [];
  const open = (): ReadonlyMap<string, Readable<Shown>> => {
    const backoff = { minMs: 50, maxMs: 200 };
    const client = createClient({ url: gateway.url, token: gateway.token, backoff });
    clients.push(client);
    const stores = storesOf(client);
    for (const store of stores.values()) store.subscribe(() => {});
    return stores;
  };
  try {
    const stayed = open();
    for (let n = 0; n < 4; n++) await say(n);
    await upToDate(stayed, 4);
    const late = open();
    await upToDate(late, 4);
    expect(statesOf(late)).toEqual(statesOf(stayed));

    await gateway.kill9();
    await gateway.restart();
    for (let n = 4; n < 7; n++) await say(n);
    const later = open();
    for (const stores of [stayed, late, later]) await upToDate(stores, 7);
    expect(statesOf(late)).toEqual(statesOf(stayed));
    expect(statesOf(later)).toEqual(statesOf(stayed));

    // They say something.
    const stateOf = (name: string): unknown => later.get(name)?.snapshot().state;
    expect(stateOf("agent")).toMatchObject({ status: "running", usage: { inputTokens: 21 } });
    expect(stateOf("agent, tdd")).toMatchObject({ phase: "red", phases: { items: { length: 7 } } });
    expect(stateOf("session, memory")).toMatchObject({
      entries: { items: { 0: { key: "k0", version: 7, versions: { length: 4 } }, 1: { key: "k1", version: 6 } } },
    });
    expect(stateOf("process, tdd")).toMatchObject({ failures: { items: [{ name: "t6" }] } });
    expect(stateOf("repo")).toMatchObject({ issues: { items: { length: 7 } } });
  } finally {
    for (const client of clients) client.close();
  }
});
