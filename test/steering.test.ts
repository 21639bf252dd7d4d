/**
 * §9–§11 through a gateway process: of a thousand who decide at once one wins and all others are told who; what got an OK
 * outlives kill -9, and nothing is decided or begun twice.
 */
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ErrorData, PublishResult } from "@signalbox/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { history, post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";

const kills = Number(process.env.SIGNALBOX_STEERING_KILLS ?? 20);

let folder: string;
let gateway: Gateway;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-steering-"));
  const config = join(folder, "signalbox.config.json");
  writeFileSync(config, JSON.stringify({ jwt: [issuer] }));
  gateway = await startGateway({ dataDir: join(folder, "data"), args: ["--config", config] });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

const approver = (sub: string): string => tokenOf(sub, { role: "approver" });

type Outcome =
  | { who: string; ok: true }
  | { who: string; ok: false; error: ErrorData }
  | { who: string; ok: undefined };

/** `ok: undefined`: the gateway was gone before it answered. */
async function decideByHttp(who: string, id: string, decision: string): Promise<Outcome> {
  try {
    const answer = await fetch(`${gateway.url}/v1/checkpoints/${id}/decision`, {
      method: "POST",
      headers: {
        ...{ authorization: `Bearer ${approver(who)}`, "content-type": "application/json" },
        "idempotency-key": `decision of ${id}`,
      },
      body: JSON.stringify({ decision }),
    });
    const body = (await answer.json()) as { error: ErrorData };
    // Tokens are verified a few hundred at a time: who has to wait comes again.
    if (!answer.ok && body.error.temporary) return decideByHttp(who, id, decision);
    return answer.ok ? { who, ok: true } : { who, ok: false, error: body.error };
  } catch {
    return { who, ok: undefined };
  }
}

/** A connection that is open; `send` resolves with the ack of its one message. */
async function connect(
  token: string,
): Promise<{ send(message: unknown): Promise<{ results: PublishResult[] }>; close(): void }> {
  const url = `${gateway.url.replace("http", "ws")}/v1/ws`;
  const socket = new WebSocket(url, ["signalbox.v1", `signalbox.token.${token}`]);
  const acked = new Promise<{ results: PublishResult[] }>((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      for (const message of [JSON.parse(String(data))].flat()) if (message.type === "ack") resolve(message.data);
    });
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("no connection")));
  });
  return {
    send: (message) => {
      socket.send(JSON.stringify(message));
      return acked;
    },
    close: () => socket.close(),
  };
}

const typesOf = async (channel: string): Promise<string[]> => (await history(gateway, channel)).map(({ type }) => type);

test("A39 §11.2 a thousand people decide at once, half by HTTP and half by WebSocket: one wins, 999 are told who", async () => {
  await post(gateway, "/v1/checkpoints", { executionId: "many", checkpointId: "many", checkpointData: { n: 1 } });
  const connections: Array<Awaited<ReturnType<typeof connect>>> = [];
  for (let group = 0; group < 500; group += 100) {
    const opened = Array.from({ length: 100 }, (_, i) => connect(approver(`ws${group + i}`)));
    connections.push(...(await Promise.all(opened)));
  }
  const outcomes = await Promise.all([
    ...connections.map(async ({ send }, i): Promise<Outcome> => {
      const data = { checkpointId: "many", decision: i % 2 === 0 ? "approve" : "deny" };
      const { results } = await send({ type: "checkpoint_decided", data });
      const [result] = results;
      const who = `ws${i}`;
      return result !== undefined && "error" in result ? { who, ok: false, error: result.error } : { who, ok: true };
    }),
    ...Array.from({ length: 500 }, (_, i) => decideByHttp(`http${i}`, "many", i % 2 === 0 ? "approve" : "deny")),
  ]);
  for (const { close } of connections) close();
  const winners = outcomes.filter(({ ok }) => ok === true);
  expect(winners).toHaveLength(1);
  const kept = await history(gateway, "execution:many");
  expect(kept.map(({ type }) => type)).toEqual(["checkpoint_required", "checkpoint_decided"]);
  const { decision, decidedBy, decidedAt } = (kept[1]?.data ?? {}) as Record<string, unknown>;
  expect(decidedBy).toBe(`user:${winners[0]?.who}`);
  const told = outcomes.flatMap((outcome) => (outcome.ok === false ? [outcome.error] : []));
  expect(told).toHaveLength(999);
  for (const { name, details } of told) {
    expect({ name, details }).toEqual({ name: "already_decided", details: { decision, decidedBy, decidedAt } });
  }
});

test("§10.3 two instances of an agent race for each command: one of them may carry it out", async () => {
  const agent = tokenOf("coder", { role: "agent", kind: "agent", agentId: "coder" });
  for (let round = 0; round < 20; round++) {
    const commandId = `race-${round}`;
    await post(gateway, "/v1/commands", { target: "agent:coder", name: "pause", commandId });
    const instances = await Promise.all([connect(agent), connect(agent)]);
    const acks = await Promise.all(instances.map(({ send }) => send({ type: "command_started", data: { commandId } })));
    for (const { close } of instances) close();
    const results = acks.flatMap(({ results }) => results);
    expect(results.filter((result) => !("error" in result))).toHaveLength(1);
    expect(results.find((result) => "error" in result)).toMatchObject({
      error: { name: "wrong_state", details: { state: "started" } },
    });
  }
  const started = (await typesOf("agent:coder")).filter((type) => type === "command_started");
  expect(started).toHaveLength(20);
});

test(`F1 §9.1 ${kills} kills in the middle of decisions: what got an OK stands, and nothing is decided twice`, async () => {
  let answered = 0;
  for (let round = 0; round < kills; round++) {
    const id = `kill-${round}`;
    await post(gateway, "/v1/checkpoints", { executionId: id, checkpointId: id, checkpointData: { round } });
    const people = Array.from({ length: 40 }, (_, i) => `p${i}`);
    const deciding = people.map((who, i) => decideByHttp(who, id, i % 2 === 0 ? "approve" : "deny"));
    const first = Promise.race(deciding);
    if (round % 2 === 0) await first;
    // Nothing is waited for here: the kill is to come at any point of the decisions.
    await new Promise((resolve) => setTimeout(resolve, randomInt(0, 40)));
    await gateway.kill9();
    const before = await Promise.all(deciding);
    await gateway.restart();
    const winners = before.filter(({ ok }) => ok === true);
    expect(winners.length).toBeLessThanOrEqual(1);
    answered += winners.length;
    // Everybody asks again, as after a lost answer.
    const after = await Promise.all(people.map((who, i) => decideByHttp(who, id, i % 2 === 0 ? "approve" : "deny")));
    const [winner, ...more] = after.filter(({ ok }) => ok === true);
    expect(more).toEqual([]);
    if (winners[0] !== undefined) expect(winner?.who).toBe(winners[0].who);
    const told = [...before, ...after].flatMap((outcome) => (outcome.ok === false ? [outcome.error] : []));
    for (const error of told) {
      expect(error).toMatchObject({ name: "already_decided", details: { decidedBy: `user:${winner?.who}` } });
    }
    expect(await typesOf(`execution:${id}`)).toEqual(["checkpoint_required", "checkpoint_decided"]);
  }
  // Otherwise the kills came before anything was decided.
  expect(answered).toBeGreaterThan(0);
});
