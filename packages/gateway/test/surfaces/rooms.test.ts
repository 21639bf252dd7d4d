/** S§3.3 through a gateway: gaps, patterns, renewed tokens, and what some may not see, on both surfaces. */
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocketClient } from "../../../../test/support/execution-client.ts";
import { jwt, may, withIssuer } from "../identity/issuer.ts";
import { openGateway, type TestGateway, token } from "../support/gateway.ts";

async function open(gateway: TestGateway, path: string, who = token): Promise<WebSocketClient> {
  const client = await WebSocketClient.connect(gateway.url.replace("http", "ws") + path, who);
  onTestFinished(() => client.close());
  return client;
}

const until = (isSo: () => boolean) => expect.poll(isSo, { timeout: 60_000, interval: 10 }).toBe(true);

const step = (executionId: string, n: number) => ({
  type: "step_update",
  data: { executionId, stepId: `s${n}`, status: "done" },
});
const updated = (executionId: string, more: object = {}) => ({
  type: "execution_update",
  data: { executionId, status: "running", progress: 10, ...more },
});

describe("S§3.3 rooms", () => {
  test("what retention took from whoever comes back is said, with the state", async () => {
    const retention = { ageMs: 3_600_000, count: 5, bytes: 1_000_000 };
    const gateway = await openGateway({ namespaces: { execution: { retention } } });
    const first = await open(gateway, "/ws/executions/e1");
    await gateway.publish([updated("e1"), step("e1", 0)]);
    await until(() => first.of("step_update").length === 1);
    const cursor = first.received.at(-1)?.cursor;
    first.close();
    // Trimmed in blocks: enough of them.
    for (let n = 1; n < 40; n++) await gateway.publish(Array.from({ length: 50 }, (_, i) => step("e1", n * 100 + i)));
    const back = await open(gateway, `/ws/executions/e1?since=${cursor}`);
    await until(() => back.of("step_update").some(({ stepId }) => stepId === "s3949"));
    const types = back.received.map(({ type }) => type);
    expect(types.slice(0, 4)).toEqual(["connected", "joined", "gap", "execution_update"]);
    expect(back.of("gap")[0]).toMatchObject({ room: "execution:e1", reason: "trimmed", from: 3 });
  });

  test("a pattern tells the state of each room it finds, and takes up those that begin later", async () => {
    const gateway = await openGateway();
    await gateway.publish([updated("a"), updated("b", { progress: 70 })]);
    const client = await open(gateway, "/ws/executions");
    await until(() => client.of("execution_update").length === 2);
    expect(client.of("execution_update").map(({ executionId, status }) => [executionId, status])).toEqual([
      ["a", "running"],
      ["b", "running"],
    ]);
    await gateway.publish([updated("c")]);
    await until(() => client.of("execution_update").some(({ executionId }) => executionId === "c"));
    client.send({ type: "leave", room: "execution:*" });
    await until(() => client.of("left").length === 1);
    client.send({ type: "leave", room: "execution:*", id: "again" });
    await until(() => client.of("error").length === 1);
    expect(client.of("error")[0]).toMatchObject({
      replyTo: "again",
      room: "execution:*",
      error: { name: "not_subscribed" },
    });
  });

  test("without the right to history nothing of before is told", async () => {
    const gateway = await openGateway(withIssuer);
    await gateway.publish([updated("e1")]);
    const live = jwt({ sub: "liv", can: [may("execution:*", "subscribe")] });
    const client = await open(gateway, "/ws/executions/e1", live);
    await until(() => client.of("joined").length === 1);
    await gateway.publish([updated("e1", { status: "done" })]);
    await until(() => client.of("execution_update").length === 1);
    expect(client.of("execution_update")[0]).toMatchObject({ status: "done" });
  });

  test("§8.8 a renewed token goes on; what it does not allow any more ends", async () => {
    const gateway = await openGateway(withIssuer);
    const can = [may("execution:*", "subscribe", "history")];
    const client = await open(gateway, "/ws/executions/e1", jwt({ sub: "ren", can }));
    await until(() => client.of("joined").length === 1);
    client.send({
      type: "auth_request",
      id: "t1",
      token: jwt({ sub: "ren", can: [may("execution:e2", "subscribe")] }),
    });
    await until(() => client.of("left").length === 1);
    expect(client.of("auth_success")[0]).toMatchObject({ replyTo: "t1", principal: { kind: "user", id: "ren" } });
    expect(client.of("left")[0]).toMatchObject({ room: "execution:e1", reason: "forbidden" });
    client.send({ type: "auth_request", token: jwt({ sub: "else" }) });
    expect(await client.closed).toBe(3501);
    expect(client.of("auth_failure")).toHaveLength(1);
  });
});

describe("§8.11 A36 what is hidden", () => {
  const hide = [{ fields: ["amount"], unless: ["admin"] }];

  test("is hidden in late checkpoints, states of commands and direct messages", async () => {
    const gateway = await openGateway({ ...withIssuer, hide });
    const checkpointData = { amount: 12, what: "shoes" };
    await gateway.publish([
      { type: "checkpoint_required", data: { executionId: "e1", checkpointId: "c1", checkpointData } },
    ]);
    const operator = await open(gateway, "/ws/executions/e1", jwt({ sub: "olga", role: "operator" }));
    const admin = await open(gateway, "/ws/executions/e1");
    for (const [client, amount] of [
      [operator, "[hidden]"],
      [admin, 12],
    ] as const) {
      await until(() => client.of("checkpoint_required").length === 1);
      expect(client.of("checkpoint_required")[0]?.checkpointData).toEqual({ amount, what: "shoes" });
    }
    admin.send({ type: "direct", to: "user:olga", data: { amount: 7, more: 1 } });
    await until(() => operator.of("direct").length === 1);
    expect(operator.of("direct")[0]?.data).toEqual({ amount: "[hidden]", more: 1 });
    operator.send({ type: "command", executionId: "e1", name: "pay", commandId: "k1" });
    await until(() => operator.of("command_ack").length === 1);
    const target = "execution:e1";
    await gateway.publish([
      { type: "command_started", channel: target, data: { commandId: "k1" } },
      { type: "command_done", channel: target, data: { commandId: "k1", result: { amount: 7 } } },
    ]);
    await until(() => operator.of("command_update").some(({ state }) => state === "done"));
    expect(operator.of("command_update").at(-1)?.result).toEqual({ amount: "[hidden]" });
  });

  test("is hidden from who follows a session", async () => {
    const gateway = await openGateway({ ...withIssuer, hide });
    await gateway.publish([{ type: "session_started", data: { sessionId: "s1" } }]);
    const viewer = await open(gateway, "/ws/session/s1", jwt({ sub: "vera", role: "viewer" }));
    await until(() => viewer.of("session_update").length === 1);
    await gateway.publish([
      { type: "session_update", data: { sessionId: "s1", status: "active", amount: 7 } },
      { type: "memory_update", data: { sessionId: "s1", key: "k", value: { amount: 7 } } },
    ]);
    await until(() => viewer.of("memory_update").length === 1 && viewer.of("session_update").length > 1);
    expect(viewer.of("memory_update")[0]?.data.value).toEqual({ amount: "[hidden]" });
    expect(JSON.stringify(viewer.received)).not.toContain('"amount":7');
    // Nor may a viewer say anything.
    viewer.send({ type: "session_update", data: { status: "testing" } });
    viewer.send({ type: "command", data: { name: "stop" } });
    await until(() => viewer.of("error").length === 1 && viewer.of("command_ack").length === 1);
    expect(viewer.of("error")[0]?.data.name).toBe("forbidden");
    expect(viewer.of("command_ack")[0]?.data).toMatchObject({ accepted: false, error: { name: "forbidden" } });
  });
});
