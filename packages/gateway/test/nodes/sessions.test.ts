/** V2–V4 on several nodes: a session is started at one, followed at another, stopped at a third, and outlives those it was on. */
import { createHash } from "node:crypto";
import { defaultNamespaces } from "@signalbox/core";
import { describe, expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { driverOf } from "../../src/surfaces/orchestrate/driver.ts";
import { openBalancer } from "../support/balancer.ts";
import { openGateway, type TestGateway, token } from "../support/gateway.ts";
import { openRunner } from "../support/http-runner.ts";
import { memoryCluster } from "../support/memory-broker.ts";

type Three = [one: TestGateway, other: TestGateway, third: TestGateway];

async function openNodes() {
  const cluster = memoryCluster(defaultNamespaces);
  const all: TestGateway[] = [];
  const flags = { orchestrate: { recipe: "work" }, limits: { heartbeatMs: 2_500 } };
  for (let n = 0; n < 3; n++) all.push(await openGateway(flags, { store: cluster.node() }));
  const nameOf = (gateway: TestGateway): string => /"node":"([^"]+)"/.exec(gateway.lines.join(""))?.[1] ?? "";
  /** It can keep nothing any more, and the others are told. */
  const kill = (gateway: TestGateway): void => {
    cluster.cut(nameOf(gateway));
    cluster.kill(nameOf(gateway));
  };
  return { all: all as Three, kill };
}

const post = async (gateway: Pick<TestGateway, "url">, path: string, body: object) => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(gateway.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  return { code: answer.status, ...((await answer.json()) as { status?: string }) };
};

const statusOf = async (gateway: TestGateway, id: string): Promise<Record<string, unknown>> =>
  (await (await gateway.request(`/orchestrate/status/${id}`)).json()) as Record<string, unknown>;

const typesOf = async (gateway: TestGateway, channel: string): Promise<string[]> => {
  const page = await (await gateway.request(`/v1/channels/${channel}/events?limit=1000`)).json();
  return (page as { events: Array<{ type: string }> }).events.map(({ type }) => type);
};

const count = (types: readonly string[], wanted: string): number => types.filter((type) => type === wanted).length;

/** What somebody who follows it is told; and whether the connection ended as one of a session that is over. */
function follow({ url }: TestGateway, id: string) {
  const told: Array<{ status: string; progress_step?: string }> = [];
  let closed: number | undefined;
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/session/${id}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  socket.on("message", (data) => {
    const { type, data: update } = JSON.parse(String(data)) as { type: string; data: { status: string } };
    if (type === "session_update") told.push(update);
  });
  socket.on("close", (code) => {
    closed = code;
  });
  socket.on("error", () => {});
  onTestFinished(() => socket.terminate());
  return { told, closed: () => closed };
}

const within = { timeout: 20_000 };

test("V3 V4 started at one node, followed at another, worked for through all, stopped at a third: each step once", async () => {
  const { all } = await openNodes();
  const [one, other, third] = all;
  const runner = await openRunner((await openBalancer(all)).url, "build");
  await post(one, "/orchestrate/start", { session_id: "s1", project: "shop", agents: ["a", "b"] });
  const { told, closed } = follow(other, "s1");
  await expect.poll(() => told.some(({ progress_step: step }) => step === "a: running, b: running"), within).toBe(true);
  expect((await statusOf(third, "s1")).status).toBe("active");
  expect(await post(third, "/orchestrate/stop", { session_id: "s1" })).toMatchObject({ code: 200 });
  await expect.poll(closed, within).toBe(1_000);
  expect(told.at(-1)).toMatchObject({ status: "stopped", outcome: "cancelled" });
  expect(runner.begun).toEqual(["s1", "s1"]);
  expect(runner.ended).toHaveLength(2);
  const types = await typesOf(one, "session:s1");
  expect([count(types, "session_started"), count(types, "session_stopped")]).toEqual([1, 1]);
  // Nobody says again what another node has said.
  expect(count(types, "session_update")).toBeLessThanOrEqual(5);
});

test("V3 the same session asked for at all nodes at once is one", async () => {
  const { all } = await openNodes();
  const runner = await openRunner((await openBalancer(all)).url, "build");
  const body = { session_id: "s1", agents: ["a"], objective: "once" };
  const answers = await Promise.all([...all, ...all].map((gateway) => post(gateway, "/orchestrate/start", body)));
  expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 200));
  await expect.poll(async () => (await statusOf(all[1], "s1")).status, within).toBe("active");
  const stops = await Promise.all(all.map((gateway) => post(gateway, "/orchestrate/stop", { session_id: "s1" })));
  expect(stops.map(({ code }) => code)).toEqual([200, 200, 200]);
  await expect.poll(async () => (await statusOf(all[2], "s1")).status, within).toBe("stopped");
  expect([runner.begun.length, runner.ended.length]).toEqual([1, 1]);
  const types = await typesOf(all[0], "session:s1");
  expect([count(types, "session_started"), count(types, "session_stopped")]).toEqual([1, 1]);
});

test("V3 a node that dies leaves its sessions to the others: they wait on, begin and end once", async () => {
  const { all, kill } = await openNodes();
  const [one, other, third] = all;
  const ids = Array.from({ length: 6 }, (_, n) => `s${n}`);
  for (const id of ids) {
    expect(await post(one, "/orchestrate/start", { session_id: id, agents: ["a"] })).toMatchObject({
      status: "waiting",
    });
  }
  kill(one);
  const runner = await openRunner((await openBalancer([other, third])).url, "late");
  for (const id of ids) await expect.poll(async () => (await statusOf(third, id)).status, within).toBe("active");
  const stop = (gateway: TestGateway, id: string) => post(gateway, "/orchestrate/stop", { session_id: id });
  for (const id of ids.slice(0, 3)) expect(await stop(other, id)).toMatchObject({ code: 200 });
  kill(other);
  for (const id of ids.slice(3)) expect(await stop(third, id)).toMatchObject({ code: 200 });
  for (const id of ids) await expect.poll(async () => (await statusOf(third, id)).status, within).toBe("stopped");
  expect(runner.begun.sort()).toEqual(ids);
  expect(new Set(runner.ended).size).toBe(ids.length);
  expect(runner.ended).toHaveLength(ids.length);
  for (const id of ids) {
    const types = await typesOf(third, `session:${id}`);
    expect([count(types, "session_started"), count(types, "session_stopped")]).toEqual([1, 1]);
  }
});

describe("which node carries a session on", () => {
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  const orders = Array.from({ length: 3_000 }, (_, n) => `session-start.${n}`);
  const drivers = (takenBy: string, working: string[]): string[] =>
    orders.map((order) => driverOf(order, takenBy, working, sha256));

  test("the one that took the order, while it is there", () => {
    expect(new Set(drivers("b", ["a", "b", "c"]))).toEqual(new Set(["b"]));
  });

  test("then one that all agree on, each about as often, whatever order they list them in", () => {
    const chosen = drivers("gone", ["a", "b", "c"]);
    for (const name of ["a", "b", "c"]) expect(chosen.filter((one) => one === name).length).toBeGreaterThan(800);
    expect(drivers("gone", ["c", "a", "b"])).toEqual(chosen);
  });

  test("of one that is gone then only its own go to others", () => {
    const before = drivers("gone", ["a", "b", "c"]);
    const after = drivers("gone", ["a", "c"]);
    for (const [at, name] of before.entries()) if (name !== "b") expect(after[at]).toBe(name);
  });
});
