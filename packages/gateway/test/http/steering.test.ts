/** §10.6, §11.5: commands and checkpoints over HTTP. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openGateway, type TestGateway, tempDir } from "../support/gateway.ts";

type Body = Record<string, unknown> & { error?: { name: string; details: Record<string, unknown> } };

const post = async (gateway: TestGateway, path: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await gateway.request(path, { method: "POST", body: JSON.stringify(body), headers });
  return { status: response.status, body: (await response.json()) as Body };
};
const get = async (gateway: TestGateway, path: string) => {
  const response = await gateway.request(path);
  return { status: response.status, body: (await response.json()) as Body };
};
const listed = (body: Body, name: string) => body[name] as Array<Record<string, unknown>>;

describe("§10.6 what a channel understands", () => {
  test("is the standard names, and who holds the lease", async () => {
    const gateway = await openGateway();
    const nobody = await get(gateway, "/v1/channels/process:p/steering");
    expect(nobody).toMatchObject({ status: 200, body: { channel: "process:p", declared: false, approve: true } });
    expect(listed(nobody.body, "commands")).toEqual(
      ["pause", "resume", "cancel", "input", "set_config", "restart"].map((name) => ({ name, allowed: true })),
    );
    expect(nobody.body).not.toHaveProperty("lease");
    await gateway.request("/v1/leases/process:p", { method: "PUT", body: JSON.stringify({ producer: "run-1" }) });
    expect((await get(gateway, "/v1/channels/process:p/steering")).body.lease).toEqual({ producer: "run-1", epoch: 1 });
    await gateway.request("/v1/leases/process:p?producer=run-1&epoch=1", { method: "DELETE" });
    expect((await get(gateway, "/v1/channels/process:p/steering")).body).not.toHaveProperty("lease");
  });

  test("is what the agent declared, as people are to see it", async () => {
    const gateway = await openGateway();
    const deploy = {
      name: "deploy",
      title: "Deploy",
      description: "Ships it",
      args: { type: "object" },
      confirm: true,
    };
    const commands = [{ ...deploy, more: "not known" }, { name: "pause" }];
    const kept = await gateway.publish([{ type: "agent_commands", data: { agentId: "a", commands } }]);
    expect(kept).toMatchObject([{ offset: 1 }]);
    expect((await get(gateway, "/v1/channels/agent:a/steering")).body).toMatchObject({
      declared: true,
      commands: [
        { ...deploy, allowed: true },
        { name: "pause", allowed: true },
      ],
    });
  });
});

describe("§10.6 commands", () => {
  test("are given, carried out, waited for", async () => {
    const gateway = await openGateway();
    const given = await post(gateway, "/v1/commands", {
      target: "agent:a",
      name: "pause",
      args: { now: true },
      commandId: "k1",
    });
    expect(given).toMatchObject({
      status: 202,
      body: {
        commandId: "k1",
        state: "queued",
        name: "pause",
        args: { now: true },
        attempts: 0,
        position: { offset: 1 },
      },
    });
    const waiting = get(gateway, "/v1/commands/k1?wait=30");
    const about = (type: string, more = {}) => ({ type, data: { commandId: "k1", ...more } });
    await gateway.publish([
      about("command_delivered"),
      about("command_started"),
      about("command_progress", { progress: 5 }),
    ]);
    expect((await get(gateway, "/v1/commands/k1")).body).toMatchObject({ state: "started", attempts: 1, progress: 5 });
    await gateway.publish([about("command_done", { result: { paused: true } })]);
    expect(await waiting).toMatchObject({ status: 200, body: { state: "done", result: { paused: true } } });
    expect(await post(gateway, "/v1/commands/k1/cancel", {})).toMatchObject({
      status: 409,
      body: { error: { name: "wrong_state", details: { state: "done" } } },
    });
    const history = await get(gateway, "/v1/channels/agent:a/events");
    expect(listed(history.body, "events").map(({ type }) => type)).toEqual([
      ...["command_queued", "command_delivered", "command_started", "command_progress", "command_done"],
    ]);
  });

  test("the same again is the same, by id and by Idempotency-Key; another is refused", async () => {
    const gateway = await openGateway();
    const body = { target: "agent:a", name: "pause" };
    for (let i = 0; i < 2; i++) {
      expect((await post(gateway, "/v1/commands", { ...body, commandId: "k1" })).status).toBe(202);
    }
    const keyed = { "idempotency-key": "once" };
    const first = await post(gateway, "/v1/commands", body, keyed);
    const second = await post(gateway, "/v1/commands", body, keyed);
    expect(second.body.commandId).toBe(first.body.commandId);
    expect((await post(gateway, "/v1/commands", { ...body, name: "stop" }, keyed)).body.error?.name).toBe(
      "already_exists",
    );
    expect(listed((await get(gateway, "/v1/channels/agent:a/events")).body, "events")).toHaveLength(2);
  });

  test("are listed by target, state and group, a page at a time", async () => {
    const gateway = await openGateway();
    await gateway.publish(
      ["a", "b", "c", "gone"].map((agentId) => ({ type: "agent_status", data: { agentId, status: "idle" } })),
    );
    // A group is of those who are at work.
    for (const id of ["a", "b", "c"]) {
      await gateway.request(`/v1/leases/agent:${id}`, { method: "PUT", body: JSON.stringify({ producer: "p" }) });
    }
    const group = await post(gateway, "/v1/commands", { target: "agent:*", name: "pause", commandId: "stop-all" });
    expect(group).toMatchObject({ status: 202, body: { group: "stop-all" } });
    const targets = listed(group.body, "commands");
    expect(targets.map(({ target }) => target)).toEqual(["agent:a", "agent:b", "agent:c"]);
    // Asked again it is the same group.
    expect(
      (await post(gateway, "/v1/commands", { target: "agent:*", name: "pause", commandId: "stop-all" })).body,
    ).toEqual(group.body);
    const metadata = { producer: { id: "p", epoch: 1, seq: 1 } };
    await gateway.publish([
      { type: "command_failed", data: { commandId: targets[1]?.commandId, error: "no" }, metadata },
    ]);
    const counted = await get(gateway, "/v1/commands?group=stop-all&limit=1");
    expect(counted.body.counts).toEqual({ queued: 2, failed: 1 });
    expect(listed(counted.body, "commands")).toHaveLength(1);
    const open = await get(gateway, "/v1/commands?state=open&target=agent:a");
    expect(listed(open.body, "commands")).toMatchObject([{ target: "agent:a", group: "stop-all" }]);
    const found: unknown[] = [];
    for (let after = ""; ; ) {
      const { body } = await get(gateway, `/v1/commands?limit=1&after=${after}`);
      found.push(...listed(body, "commands").map(({ target }) => target));
      if (body.next === undefined) break;
      after = String(body.next);
    }
    expect(found.sort()).toEqual(["agent:a", "agent:b", "agent:c"]);
    expect(listed((await get(gateway, "/v1/commands?state=failed")).body, "commands")).toHaveLength(1);
  });

  test("a group may be larger than a frame and a page: all are told, counted, and found page by page", async () => {
    const gateway = await openGateway({ limits: { batchMessages: 50 } });
    const names = Array.from({ length: 120 }, (_, i) => `process:p${String(i).padStart(3, "0")}`);
    for (const name of names) {
      await gateway.request(`/v1/leases/${name}`, { method: "PUT", body: JSON.stringify({ producer: "runner" }) });
    }
    const given = await post(gateway, "/v1/commands", { target: "process:*", name: "cancel", commandId: "all" });
    expect(listed(given.body, "commands").map(({ target }) => target)).toEqual(names);
    const found: unknown[] = [];
    for (let after = ""; ; ) {
      const { body } = await get(gateway, `/v1/commands?group=all&state=queued&limit=50&after=${after}`);
      expect(body.counts).toEqual({ queued: 120 });
      found.push(...listed(body, "commands").map(({ target }) => target));
      if (body.next === undefined) break;
      after = String(body.next);
    }
    expect(found.sort()).toEqual(names);
  });

  test("an agent that says for the first time what it understands need not name its channel", async () => {
    const gateway = await openGateway();
    const [said] = await gateway.publish([{ type: "agent_commands", data: { agentId: "a", commands: [] } }]);
    expect(said).toMatchObject({ channel: "agent:a", offset: 1 });
  });

  test("what is wrong is said", async () => {
    const gateway = await openGateway();
    const wrong = async (body: unknown, path = "/v1/commands") => (await post(gateway, path, body)).body.error?.name;
    expect(await wrong([])).toBe("invalid_message");
    expect(await wrong({ name: "pause" })).toBe("invalid_message");
    expect(await wrong({ target: "nowhere:a", name: "x" })).toBe("unknown_namespace");
    expect(await wrong({ target: "agent:a", name: "x", commandId: "a/b" })).toBe("invalid_message");
    expect(await wrong({}, "/v1/commands/none/cancel")).toBe("not_found");
    expect((await get(gateway, "/v1/commands/none")).status).toBe(404);
  });
});

describe("§11.5 checkpoints", () => {
  const question = { executionId: "e1", checkpointId: "c1", checkpointData: { command: "deploy" } };

  test("are asked, waited for, decided once, applied", async () => {
    const gateway = await openGateway();
    const asked = await post(gateway, "/v1/checkpoints", question);
    expect(asked).toMatchObject({ status: 201, body: { checkpointId: "c1", channel: "execution:e1", state: "open" } });
    // printf '{"command":"deploy"}' | sha256sum
    const payload = createHash("sha256").update('{"command":"deploy"}').digest("hex");
    expect(asked.body.payloadHash).toBe(`sha256:${payload}`);
    expect(await post(gateway, "/v1/checkpoints", question)).toMatchObject({ status: 200, body: { state: "open" } });
    const waiting = get(gateway, "/v1/checkpoints/c1?wait=30");
    const decide = (body: unknown) => post(gateway, "/v1/checkpoints/c1/decision", body);
    expect((await decide({ decision: "approve", payloadHash: "sha256:00" })).body.error).toMatchObject({
      name: "payload_changed",
      details: { payloadHash: asked.body.payloadHash },
    });
    expect(await decide({ decision: "approve", payloadHash: asked.body.payloadHash })).toMatchObject({ status: 200 });
    expect(await waiting).toMatchObject({ status: 200, body: { state: "decided", decision: "approve" } });
    const again = await decide({ decision: "deny" });
    expect(again.status).toBe(409);
    expect(again.body.error).toMatchObject({ name: "already_decided", details: { decision: "approve" } });
    await gateway.publish([
      { type: "checkpoint_applied", data: { checkpointId: "c1", decision: "approve", outcome: "ok" } },
    ]);
    expect((await get(gateway, "/v1/checkpoints/c1")).body).toMatchObject({ applied: { outcome: "ok" } });
    // Asked again after a restart of the agent: the answer is there.
    expect(await post(gateway, "/v1/checkpoints", question)).toMatchObject({
      status: 200,
      body: { decision: "approve" },
    });
  });

  test("are listed with their first positions", async () => {
    const gateway = await openGateway();
    for (const id of ["c1", "c2"]) await post(gateway, "/v1/checkpoints", { ...question, checkpointId: id });
    await post(gateway, "/v1/checkpoints/c1/decision", { decision: "deny" });
    const open = await get(gateway, "/v1/checkpoints?state=open&channel=execution:*");
    expect(listed(open.body, "checkpoints")).toMatchObject([{ checkpointId: "c2", position: { offset: 2 } }]);
    expect(listed((await get(gateway, "/v1/checkpoints?channel=agent:*")).body, "checkpoints")).toEqual([]);
    expect(listed((await get(gateway, "/v1/checkpoints")).body, "checkpoints")).toHaveLength(2);
  });

  test("expire at their deadline, and whoever waits hears it", async () => {
    const gateway = await openGateway();
    await post(gateway, "/v1/checkpoints", { ...question, deadline: Date.now() + 200, default: "approve" });
    const { body } = await get(gateway, "/v1/checkpoints/c1?wait=30");
    expect(body).toMatchObject({ state: "expired", decision: "approve", decidedBy: "gateway:deadline" });
  });

  test("a wait ends when the gateway stops, and goes on when it is back", async () => {
    const dataDir = tempDir();
    const first = await openGateway({ dataDir, store: "sqlite" });
    await post(first, "/v1/checkpoints", question);
    const waiting = get(first, "/v1/checkpoints/c1?wait=55");
    // Until the wait has begun.
    while ((await get(first, "/v1/checkpoints/c1?wait=0")).status !== 200);
    await new Promise((resolve) => setImmediate(resolve));
    await first.close();
    expect(await waiting.catch(() => ({ body: { state: "open" } }))).toMatchObject({ body: { state: "open" } });
    const second = await openGateway({ dataDir, store: "sqlite" });
    const again = get(second, "/v1/checkpoints/c1?wait=55");
    await post(second, "/v1/checkpoints/c1/decision", { decision: "deny", reason: "no" });
    expect(await again).toMatchObject({ body: { state: "decided", decision: "deny", reason: "no" } });
  });

  test("a deadline that passed while the gateway was away is met at its start", async () => {
    const dataDir = tempDir();
    const first = await openGateway({ dataDir, store: "sqlite" });
    await post(first, "/v1/checkpoints", { ...question, deadline: Date.now() + 1_500 });
    await first.close();
    const second = await openGateway({ dataDir, store: "sqlite" });
    expect((await get(second, "/v1/checkpoints/c1?wait=30")).body).toMatchObject({
      state: "expired",
      decision: "deny",
    });
  });
});

test("§9.1 a step that has another event's sequence number or key is not kept, so it gets no OK", async () => {
  const gateway = await openGateway();
  for (const commandId of ["k1", "k2", "k3"]) {
    await post(gateway, "/v1/commands", { target: "agent:a", name: "pause", commandId });
  }
  const start = (commandId: string, metadata: object, id = `start ${commandId}`.replace(" ", "-")) =>
    gateway.publish([{ type: "command_started", id, data: { commandId }, metadata }]);
  const producer = { id: "p", epoch: 1, seq: 1 };
  expect(await start("k1", { producer, idempotencyKey: "begin" })).toMatchObject([{ duplicate: false }]);
  // An agent that counts from 1 again in the same epoch, and one whose key is always the same.
  for (const [commandId, metadata] of [["k2", { producer }] as const, ["k3", { idempotencyKey: "begin" }] as const]) {
    expect(await start(commandId, metadata)).toMatchObject([{ error: { name: "already_exists" } }]);
    expect((await get(gateway, `/v1/commands/${commandId}`)).body.state).toBe("queued");
  }
  expect(await start("k2", { producer: { ...producer, seq: 2 } }, "start-k2-again")).toMatchObject([
    { duplicate: false },
  ]);
});

test("§5.3 a question that is asked again under its key alone, without an id, is the same question", async () => {
  const gateway = await openGateway();
  const asked = {
    ...{ type: "checkpoint_required", data: { executionId: "e1", checkpointData: { n: 1 } } },
    metadata: { idempotencyKey: "ask" },
  };
  expect(await gateway.publish([asked])).toMatchObject([{ offset: 1, duplicate: false }]);
  expect(await gateway.publish([asked])).toMatchObject([{ offset: 1, duplicate: true }]);
  expect(listed((await get(gateway, "/v1/checkpoints")).body, "checkpoints")).toHaveLength(1);
});

test("§9.1 an old step that is sent again is a duplicate, also when it is no longer among those remembered", async () => {
  const gateway = await openGateway();
  await post(gateway, "/v1/commands", { target: "agent:a", name: "pause", commandId: "k1" });
  await gateway.publish([{ type: "command_started", data: { commandId: "k1" } }]);
  const steps = Array.from({ length: 40 }, (_, i) => ({
    ...{ type: "command_progress", id: `step-${i}`, data: { commandId: "k1", progress: i } },
    metadata: { producer: { id: "p", epoch: 1, seq: i + 1 } },
  }));
  const first = await gateway.publish(steps);
  const again = await gateway.publish(steps);
  expect(again).toEqual(first.map((result) => ({ ...result, duplicate: true })));
});
