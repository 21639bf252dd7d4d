/** X on several nodes: rooms, late viewers, checkpoints and commands, each at another node than the last. */
import { defaultNamespaces } from "@signalbox/core";
import { expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { openGateway, type TestGateway, token } from "../support/gateway.ts";
import { memoryCluster } from "../support/memory-broker.ts";

type Flat = Record<string, unknown> & { type: string };

async function openNodes(): Promise<[TestGateway, TestGateway, TestGateway]> {
  const cluster = memoryCluster(defaultNamespaces);
  const open = () => openGateway({}, { store: cluster.node() });
  return [await open(), await open(), await open()];
}

async function viewer({ url }: TestGateway, path: string) {
  const all: Flat[] = [];
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/executions${path}`, { headers });
  socket.on("message", (data) => all.push(JSON.parse(String(data)) as Flat));
  onTestFinished(() => socket.terminate());
  const told = async (type: string, members: object = {}): Promise<Flat> => {
    const wanted = expect.objectContaining({ type, ...members });
    await expect.poll(() => all, { timeout: 10_000 }).toContainEqual(wanted);
    return all.findLast((flat) => wanted.asymmetricMatch(flat)) as Flat;
  };
  await told("connected");
  return { all, told, say: (flat: object) => socket.send(JSON.stringify(flat)), end: () => socket.terminate() };
}

const ask = async (gateway: TestGateway, path: string, body: object): Promise<number> =>
  (await gateway.request(path, { method: "POST", body: JSON.stringify(body) })).status;

test("whoever comes late to another node is told how it stands and what is asked; a decision there is everybody's", async () => {
  const [one, other, third] = await openNodes();
  await one.publish([
    { type: "execution_update", data: { executionId: "e1", status: "running", progress: 30, currentStep: "build" } },
    { type: "step_update", data: { executionId: "e1", stepId: "build", status: "running" } },
  ]);
  const question = { executionId: "e1", checkpointId: "c1", checkpointData: { command: "deploy" } };
  expect(await ask(one, "/v1/checkpoints", question)).toBe(201);
  const early = await viewer(third, "/e1");
  const late = await viewer(other, "/e1");
  for (const { told } of [early, late]) {
    await told("execution_update", { progress: 30, currentStep: "build" });
    await told("step_update", { stepId: "build" });
    await told("checkpoint_required", { checkpointId: "c1", checkpointData: { command: "deploy" } });
  }
  late.say({ type: "checkpoint_response", checkpointId: "c1", decision: "approve", id: "m1" });
  await late.told("checkpoint_ack", { checkpointId: "c1", accepted: true, replyTo: "m1" });
  await early.told("checkpoint_decided", { checkpointId: "c1", decision: "approve" });
  early.say({ type: "checkpoint_response", checkpointId: "c1", decision: "deny" });
  await early.told("checkpoint_ack", { checkpointId: "c1", accepted: false, decision: "approve" });
  const afterwards = await viewer(one, "/e1");
  await afterwards.told("execution_update", { progress: 30 });
  expect(afterwards.all.some(({ type }) => type === "checkpoint_required")).toBe(false);
});

test("a room goes on at the next node, by its cursor", async () => {
  const [one, other, third] = await openNodes();
  const at = (n: number) => ({ type: "execution_update", data: { executionId: "e1", status: "running", progress: n } });
  const before = await viewer(one, "/e1");
  await other.publish([1, 2, 3].map(at));
  const { cursor } = await before.told("execution_update", { progress: 3 });
  before.end();
  await one.publish([4, 5].map(at));
  const after = await viewer(third, `/e1?since=${String(cursor)}`);
  await other.publish([at(6)]);
  await after.told("execution_update", { progress: 6 });
  const progress = after.all.filter(({ type }) => type === "execution_update").map((flat) => flat.progress);
  expect(progress).toEqual([4, 5, 6]);
});

test("a command that was given at one node is followed there while it is carried out at another", async () => {
  const [one, other] = await openNodes();
  const { told, say } = await viewer(one, "");
  say({ type: "command", executionId: "e1", name: "pause", commandId: "k1" });
  await told("command_ack", { commandId: "k1", accepted: true });
  for (const type of ["command_delivered", "command_started", "command_done"]) {
    await other.publish({ type, data: { commandId: "k1" } });
  }
  await told("command_update", { commandId: "k1", state: "done" });
});
