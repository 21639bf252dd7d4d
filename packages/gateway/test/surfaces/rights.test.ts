/** S§2.1 and S§1.5: who may start, stop and follow sessions; what the gateway does in their name, and what nobody can make it do. */
import { describe, expect, onTestFinished, test } from "vitest";
import WebSocket from "ws";
import { bearer, jwt, may, withIssuer } from "../identity/issuer.ts";
import { openGateway, type TestGateway } from "../support/gateway.ts";

type Body = Record<string, unknown> & { error?: { name: string; message: string; details?: unknown } };

async function ask(
  gateway: TestGateway,
  who: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: Body }> {
  const init = { headers: bearer(who), ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }) };
  const response = await gateway.request(path, init);
  return { status: response.status, body: (await response.json()) as Body };
}

const operator = jwt({ sub: "olga", role: "operator" });
const viewer = jwt({ sub: "vera", role: "viewer" });
const narrow = jwt({ sub: "nina", can: [may("session:n-*", "command", "history"), may("agent:runner-b", "command")] });
const named = jwt({
  sub: "nora",
  can: [
    { channels: "session:*", verbs: ["command"], commands: ["start"] },
    { channels: "agent:*", verbs: ["command"], commands: ["pause"] },
  ],
});

/** An agent that is at work and has this recipe. */
async function addRunner(gateway: TestGateway, name: string, ...recipes: string[]): Promise<void> {
  const agentId = `runner-${name}`;
  const body = JSON.stringify({ producer: agentId, ttlMs: 60_000 });
  const taken = await gateway.request(`/v1/leases/agent:${agentId}`, { method: "PUT", body });
  expect(taken.status).toBe(200);
  const schema = { type: "object", properties: { recipe: { type: "string", enum: recipes } } };
  const [result] = await gateway.publish([
    { type: "agent_commands", data: { agentId, commands: [{ name: "start", args: schema }] } },
  ]);
  expect(result).not.toHaveProperty("error");
}

async function given(
  gateway: TestGateway,
  target: string,
): Promise<Array<{ name: string; issuedBy: string; args: { sessionId: string } }>> {
  const response = await gateway.request(`/v1/commands?target=${target}`);
  return (
    (await response.json()) as { commands: Array<{ name: string; issuedBy: string; args: { sessionId: string } }> }
  ).commands;
}

describe("S§2.1 starting", () => {
  test("takes `command` for `start` on the session and on some agent; without either nothing happens", async () => {
    const gateway = await openGateway(withIssuer);
    await addRunner(gateway, "a", "work");
    for (const [who, session] of [
      [viewer, "v1"],
      [narrow, "other"],
      [named, "m1"],
    ] as const) {
      const { status, body } = await ask(gateway, who, "/orchestrate/start", { agents: ["work"], session_id: session });
      expect([status, body.error?.name]).toEqual([403, "forbidden"]);
      expect((await ask(gateway, jwt({ role: "admin" }), `/orchestrate/status/${session}`)).status).toBe(404);
    }
    expect(await given(gateway, "agent:runner-a")).toEqual([]);
  });

  test("uses only runners that the asker may command, then and later", async () => {
    const gateway = await openGateway(withIssuer);
    await addRunner(gateway, "a", "work");
    const { body } = await ask(gateway, narrow, "/orchestrate/start", { agents: ["work"], session_id: "n-1" });
    expect(body).toMatchObject({ session_id: "n-1", status: "waiting" });
    await addRunner(gateway, "b", "work");
    await expect.poll(async () => (await given(gateway, "agent:runner-b")).length, { timeout: 60_000 }).toBe(1);
    expect(await given(gateway, "agent:runner-a")).toEqual([]);
    expect((await given(gateway, "agent:runner-b"))[0]).toMatchObject({
      name: "start",
      issuedBy: "service:orchestrate",
    });
  });

  test("cannot be forged: an order that the gateway did not give counts for nothing", async () => {
    const gateway = await openGateway(withIssuer);
    await addRunner(gateway, "a", "work");
    const real = await ask(gateway, operator, "/orchestrate/start", { agents: ["none"], session_id: "real" });
    expect(real.body.status).toBe("waiting");
    const commands = await given(gateway, "session:real");
    const { commandId = "" } = commands[0] as { commandId?: string };
    const forged = {
      ...{ target: "session:n-f", name: "start", commandId: commandId.replace(/.$/, "0") },
      args: { agents: ["work"], runners: ["agent:*"] },
    };
    expect((await ask(gateway, narrow, "/v1/commands", forged)).status).toBe(202);
    await addRunner(gateway, "b", "none");
    // What comes after it has happened.
    await expect.poll(async () => (await given(gateway, "agent:runner-b")).length, { timeout: 60_000 }).toBe(1);
    expect(await given(gateway, "agent:runner-a")).toEqual([]);
    expect((await ask(gateway, narrow, "/orchestrate/stop", { session_id: "n-f" })).status).toBe(404);
  });

  test("twice with the same id is one session; another with it is refused", async () => {
    const gateway = await openGateway(withIssuer);
    const start = (body: object) => ask(gateway, operator, "/orchestrate/start", { session_id: "s1", ...body });
    const objective = `use token=${"a1B2c3D4".repeat(5)}`;
    expect((await start({ project: "p", objective })).status).toBe(200);
    expect((await start({ project: "p", objective })).status).toBe(200);
    expect((await start({ project: "q", objective })).body.error?.name).toBe("already_exists");
    expect((await ask(gateway, operator, "/orchestrate/stop", { session_id: "s1" })).body).toEqual({
      session_id: "s1",
      status: "stopped",
    });
    expect((await start({ project: "p", objective })).body.error?.name).toBe("already_exists");
    const history = await (await gateway.request("/v1/channels/session:s1/events")).text();
    expect(history.match(/"session_started"/g)).toHaveLength(1);
    // A36
    expect(history).not.toContain("a1B2c3D4");
  });

  test("is refused beyond its limits, and with what is no request", async () => {
    const gateway = await openGateway({ ...withIssuer, limits: { sessionAgents: 2, sessionsAtWork: 1 } });
    const start = (body: object) => ask(gateway, operator, "/orchestrate/start", body);
    expect((await start({ agents: ["a", "b", "c"] })).body.error?.name).toBe("payload_too_big");
    expect((await start({ agents: [7] })).body.error?.name).toBe("invalid_message");
    expect((await start({ session_id: "a b" })).status).toBe(400);
    expect((await start({ agents: ["a"] })).status).toBe(200);
    expect((await start({ agents: ["a"] })).body.error?.name).toBe("overloaded");
  });
});

describe("S§1.5 A10 what may not be seen", () => {
  async function knock(gateway: TestGateway, who: string, path: string): Promise<{ status: number; body: string }> {
    const socket = new WebSocket(gateway.url.replace("http", "ws") + path, { headers: bearer(who) });
    onTestFinished(() => socket.terminate());
    socket.on("error", () => {});
    return new Promise((resolve) => {
      socket.once("open", () => resolve({ status: 101, body: "" }));
      socket.once("unexpected-response", (_request, response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += String(chunk);
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      });
    });
  }

  test("looks like what is not there, on every address", async () => {
    const gateway = await openGateway(withIssuer);
    await ask(gateway, operator, "/orchestrate/start", { session_id: "kept-1" });
    const blind = jwt({ sub: "bea", can: [may("session:own", "subscribe", "history", "command")] });
    for (const path of ["/orchestrate/status", "/ws/session"]) {
      const answers = path.startsWith("/ws")
        ? await Promise.all(["kept-1", "lost-1"].map((id) => knock(gateway, blind, `${path}/${id}`)))
        : await Promise.all(["kept-1", "lost-1"].map((id) => ask(gateway, blind, `${path}/${id}`)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404]);
      const [there, absent] = answers.map(({ body }) => JSON.stringify(body));
      expect(there?.replace("kept-1", "X")).toBe(absent?.replace("lost-1", "X"));
    }
    const stops = await Promise.all(
      ["kept-1", "lost-1"].map((id) => ask(gateway, blind, "/orchestrate/stop", { session_id: id })),
    );
    expect(stops.map(({ status }) => status)).toEqual([403, 403]);
    expect((await ask(gateway, blind, "/orchestrate/sessions")).body).toEqual({ sessions: [] });
    expect((await ask(gateway, viewer, "/orchestrate/sessions")).body).toMatchObject({
      sessions: [{ session_id: "kept-1" }],
    });
    expect((await knock(gateway, viewer, "/ws/session/kept-1")).status).toBe(101);
  });

  test("A41 is another tenant's: the same name is another session there", async () => {
    const gateway = await openGateway(withIssuer);
    const [one, other] = [jwt({ role: "operator", tenant: "one" }), jwt({ role: "operator", tenant: "other" })];
    const start = (who: string, objective: string) =>
      ask(gateway, who, "/orchestrate/start", { session_id: "same", objective });
    expect((await start(one, "ours")).status).toBe(200);
    expect((await ask(gateway, other, "/orchestrate/status/same")).status).toBe(404);
    expect((await knock(gateway, other, "/ws/session/same")).status).toBe(404);
    expect((await ask(gateway, other, "/orchestrate/stop", { session_id: "same" })).status).toBe(404);
    expect((await start(other, "theirs")).status).toBe(200);
    expect((await ask(gateway, other, "/orchestrate/stop", { session_id: "same" })).body.status).toBe("stopped");
    expect((await ask(gateway, one, "/orchestrate/status/same")).body.status).toBe("waiting");
  });
});

test("a runner that names the process of somebody else gets nothing ended", async () => {
  const gateway = await openGateway({ ...withIssuer, limits: { ...withIssuer.limits, stopGraceMs: 1_000 } });
  const agent = jwt({ sub: "runner-r", agentId: "runner-r", role: "agent" });
  const as = (who: string, path: string, body: object, method = "POST") =>
    gateway.request(path, { method, headers: bearer(who), body: JSON.stringify(body) });
  await as(agent, "/v1/leases/agent:runner-r", { producer: "r", ttlMs: 60_000 }, "PUT");
  await gateway.request("/v1/leases/process:victim", {
    method: "PUT",
    body: JSON.stringify({ producer: "v", ttlMs: 60_000 }),
  });
  let seq = 0;
  const publish = (type: string, data: object) =>
    as(agent, "/v1/events", [
      { type, channel: "agent:runner-r", data, metadata: { producer: { id: "r", epoch: 1, seq: ++seq } } },
    ]);
  await publish("agent_commands", { agentId: "runner-r", commands: [{ name: "start" }] });
  await ask(gateway, operator, "/orchestrate/start", { session_id: "s1", agents: ["a"] });
  const [command] = (await given(gateway, "agent:runner-r")) as unknown as Array<{ commandId: string }>;
  const about = { commandId: command?.commandId, target: "agent:runner-r" };
  await publish("command_started", about);
  await publish("command_done", { ...about, result: { processId: "victim" } });
  await ask(gateway, operator, "/orchestrate/stop", { session_id: "s1" });
  await expect
    .poll(async () => (await ask(gateway, operator, "/orchestrate/status/s1")).body.status, { timeout: 60_000 })
    .toBe("stopped");
  expect(await given(gateway, "process:victim")).toEqual([]);
});
