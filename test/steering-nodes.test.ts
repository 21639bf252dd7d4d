/**
 * D3 D5 B2 over three gateways that share a store: an agent whose gateway is killed goes on at another one, people answer at a third, and
 * everything is done once. An agent that dies together with its gateway is lost, once.
 */
import { type Decision, startAgent } from "@signalbox/agent";
import { defaultNamespaces } from "@signalbox/core";
import type { Publication } from "@signalbox/protocol";
import { expect, onTestFinished, test } from "vitest";
import { openGateway, type TestGateway, tempDir, token } from "../packages/gateway/test/support/gateway.ts";
import { type MemoryCluster, memoryCluster } from "../packages/gateway/test/support/memory-broker.ts";
import { history, post } from "./support/http.ts";
import { startProxy } from "./support/proxy.ts";
import { until } from "./support/until.ts";

interface Nodes {
  cluster: MemoryCluster;
  gateways: TestGateway[];
  /** As if its process had been killed: nothing that it still does reaches anybody. */
  kill(gateway: TestGateway): Promise<void>;
}

async function threeNodes(): Promise<Nodes> {
  const cluster = memoryCluster(defaultNamespaces);
  const gateways = await Promise.all(
    [0, 1, 2].map(() => openGateway({ allowedHosts: ["localhost"] }, { store: cluster.node() })),
  );
  const kill = async (gateway: TestGateway): Promise<void> => {
    const { node } = await get<{ node: string }>(gateway, "/v1/info");
    cluster.cut(node);
    cluster.kill(node);
    await gateway.close();
  };
  return { cluster, gateways, kill };
}

const typesOf = (events: readonly Publication[]): string[] => events.map(({ type }) => type);
const statusesOf = (events: readonly Publication[]): unknown[] =>
  events.filter(({ type }) => type === "agent_status").map(({ data }) => Reflect.get(Object(data), "status"));

const get = async <Answer>(at: TestGateway, path: string): Promise<Answer> =>
  (await (await at.request(path)).json()) as Answer;

test("an agent goes on when its gateway is killed; what waited is answered at another, and done once", async () => {
  const { gateways, kill } = await threeNodes();
  const [first, second, third] = gateways as [TestGateway, TestGateway, TestGateway];
  const target = { port: first.port };
  const door = await startProxy(target);
  onTestFinished(() => door.close());
  const agent = await startAgent({
    agentId: "a",
    url: door.url.replace("127.0.0.1", "localhost"),
    token,
    ttlMs: 6_000,
    spool: { root: tempDir() },
  });
  onTestFinished(async () => void (await agent.close()));
  const effects: string[] = [];
  agent.command("work", ({ commandId }) => {
    effects.push(commandId);
    return { worked: commandId };
  });
  agent.status("running");
  await until("it is at work", () => agent.lease.snapshot().state === "held");
  const { epoch } = agent.lease.snapshot();
  const decision: Promise<Decision> = agent.ask({ id: "deploy", title: "Deploy?", data: { to: "production" } });
  const give = (at: TestGateway, commandId: string) =>
    post(at, "/v1/commands", { target: "agent:a", name: "work", commandId });
  const ended = (at: TestGateway, commandId: string) => get<{ state: string }>(at, `/v1/commands/${commandId}?wait=30`);
  await give(second, "k1");
  expect(await ended(third, "k1")).toMatchObject({ state: "done" });
  await until("the question is open", async () => (await openQuestions(second)).length === 1);

  const given = give(third, "k2");
  const killed = kill(first);
  target.port = second.port;
  door.cut();
  door.mend();
  await given;
  expect(await ended(third, "k2")).toMatchObject({ state: "done" });
  expect(await openQuestions(third)).toEqual(["deploy"]);
  await Promise.all([
    expect(decision).resolves.toMatchObject({ decision: "approve" }),
    post(third, "/v1/checkpoints/deploy/decision", { decision: "approve" }),
  ]);
  await agent.applied("deploy", { deployed: true });
  await give(third, "k3");
  expect(await ended(second, "k3")).toMatchObject({ state: "done" });
  await killed;

  expect(effects).toEqual(["k1", "k2", "k3"]);
  // The same life: nobody thought that it was gone.
  expect(agent.lease.snapshot()).toMatchObject({ state: "held", epoch });
  await agent.done();
  const events = await history(second, "agent:a");
  expect(statusesOf(events)).not.toContain("lost");
  for (const type of ["command_started", "command_done"]) {
    expect(typesOf(events).filter((one) => one === type)).toHaveLength(3);
  }
  const decided = typesOf(await history(third, "agent:a")).filter((type) => type.startsWith("checkpoint_"));
  expect(decided).toEqual(["checkpoint_required", "checkpoint_decided", "checkpoint_applied"]);
});

const openQuestions = async (at: TestGateway): Promise<string[]> => {
  const { checkpoints } = await get<{ checkpoints: Array<{ checkpointId: string }> }>(at, "/v1/checkpoints?state=open");
  return checkpoints.map(({ checkpointId }) => checkpointId);
};

test("an agent that dies with its gateway is lost once; one that lives at another is not", async () => {
  const { gateways, kill } = await threeNodes();
  const [first, second, third] = gateways as [TestGateway, TestGateway, TestGateway];
  const lease = (at: TestGateway, agentId: string, more: object) =>
    post<{ epoch: number }>(at, `/v1/leases/agent:${agentId}`, { producer: "p", ...more }, "PUT");
  await lease(first, "dead", { ttlMs: 1_000 });
  const { epoch } = await lease(second, "alive", { ttlMs: 1_500 });
  let isOver = false;
  const renewing = (async () => {
    // At the one, then at the other.
    for (let i = 0; !isOver; i++) {
      await lease(i % 2 === 0 ? second : third, "alive", { epoch });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  await kill(first);
  const lost = async () => statusesOf(await history(third, "agent:dead")).filter((one) => one === "lost");
  await until("it is lost", async () => (await lost()).length > 0);
  isOver = true;
  await renewing;
  expect(await get(third, "/v1/leases/agent:alive")).toMatchObject({ state: "held", epoch });
  expect(await lost()).toEqual(["lost"]);
});
