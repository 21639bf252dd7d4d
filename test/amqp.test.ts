/** W11 agents that talk over RabbitMQ: Debian's rabbitmq-server, agents that use pika, gateways that are killed. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, head, history } from "./support/http.ts";
import { type RabbitMq, startRabbitMq } from "./support/rabbitmq.ts";
import { until } from "./support/until.ts";

const root = join(import.meta.dirname, "..");

let rabbit: RabbitMq;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-amqp-"));
  rabbit = await startRabbitMq();
});
afterAll(async () => {
  await rabbit?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Message {
  key: string;
  body: string;
  properties?: object;
}

interface Agent {
  send(messages: readonly Message[]): void;
  /** Messages that RabbitMQ confirmed. */
  readonly confirmed: number;
}

/** Ended with the test. */
function startAgent(exchange: string): Agent {
  const script = join(root, "test/support/rabbitmq_agent.py");
  const python = join(root, ".venv/bin/python");
  const child: ChildProcessWithoutNullStreams = spawn(python, [script, rabbit.url, exchange]);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  let confirmed = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    confirmed = Number(line);
  });
  child.stderr.on("data", (text) => process.stderr.write(text));
  return {
    send: (messages) => void child.stdin.write(messages.map((message) => `${JSON.stringify(message)}\n`).join("")),
    get confirmed() {
      return confirmed;
    },
  };
}

/** `name` is that of its data, queue and exchange. */
async function startReader(name: string, amqp: object = {}): Promise<Gateway> {
  const dataDir = mkdtempSync(join(folder, `${name}-`));
  const config = join(folder, `${name}.json`);
  const capabilities = [{ channels: "agent:*", verbs: ["publish"] }];
  const names = { queue: name, exchange: name, deadLetterExchange: `${name}.refused` };
  writeFileSync(config, JSON.stringify({ amqp: { url: rabbit.url, ...names, capabilities, ...amqp } }));
  const gateway = await startGateway({ dataDir, args: ["--config", config] });
  onTestFinished(() => gateway.stop());
  return gateway;
}

const health = async (gateway: Gateway): Promise<string> => (await fetch(`${gateway.url}/health/ready`)).text();
const reads = (gateway: Gateway) =>
  until("the queue is read", async () => (await health(gateway)) === '{"status":"ready","reasons":[]}', 20_000);
const numbers = async (gateway: Gateway, channel: string): Promise<number[]> =>
  (await history(gateway, channel)).map(({ data }) => (data as { n: number }).n);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** From the n-th to the m-th of each agent, in turns. */
const notes = (agents: readonly string[], from: number, to: number): Message[] =>
  upTo(to - from + 1).flatMap((i) =>
    agents.map((agent) => ({
      key: `agent.${agent}`,
      body: JSON.stringify({ type: "note", data: { n: from + i - 1 } }),
      properties: { message_id: `${agent}-${from + i - 1}`, app_id: "third-party" },
    })),
  );

describe("W11 an AMQP source", () => {
  test("gateway and broker are killed under a stream of messages: 0 lost, 0 doubled, in order", async () => {
    const agents = ["a", "b", "c"];
    const each = 500;
    const gateway = await startReader("killed");
    await reads(gateway);
    const agent = startAgent("killed");
    agent.send(notes(agents, 1, each));
    const confirmed = (count: number) => until(`${count} confirmed`, () => agent.confirmed >= count);

    await confirmed(200);
    await gateway.kill9();
    await confirmed(400);
    await gateway.restart();
    await until("it goes on", async () => (await head(gateway, "agent:a")) > 134);
    await rabbit.kill9();
    await until("health says so", async () => /nothing comes from RabbitMQ/.test(await health(gateway)));
    expect(JSON.parse(await health(gateway))).toMatchObject({ status: "degraded" });
    await rabbit.start();
    await confirmed(1_000);
    await gateway.kill9();
    await gateway.restart();

    await confirmed(agents.length * each);
    await until("all are kept", async () => (await head(gateway, "agent:c")) >= each);
    for (const name of agents) expect(await numbers(gateway, `agent:${name}`)).toEqual(upTo(each));
    await until("all are acknowledged", async () => (await rabbit.messages("killed")) === 0);
    expect(await rabbit.messages("killed.refused")).toBe(0);
  });

  test("what is refused goes to the dead letters, with the reason in the log and a count; the rest is taken", async () => {
    const gateway = await startReader("refused");
    await reads(gateway);
    const agent = startAgent("refused");
    const cloud = { specversion: "1.0", id: "1", source: "/ci", type: "com.example.job.done", data: { ok: true } };
    agent.send([
      { key: "agent.x", body: "no JSON" },
      { key: "agent.x", body: '{"type":"agent_status","data":{"status":7}}' },
      { key: "session.s1", body: '{"type":"note"}' },
      { key: "agent.x", body: '{"type":"note"}' },
      { key: "status", body: '{"agentId":"x","status":"busy"}', properties: { type: "agent_status" } },
      { key: "any", body: JSON.stringify(cloud), properties: { headers: { "signalbox-channel": "agent:x" } } },
      { key: "agent.x", body: '{"type":"last"}' },
    ]);
    await until("the last one is kept", async () => (await head(gateway, "agent:x")) === 4);
    expect((await history(gateway, "agent:x")).map(({ type }) => type)).toEqual([
      "note",
      "agent_status",
      "job_done",
      "last",
    ]);
    await until("three are dead letters", async () => (await rabbit.messages("refused.refused")) === 3);
    expect(gateway.logs()).toMatch(/routing key session.s1: this token may not publish to session:s1/);
    const metrics = await (await fetch(`${gateway.url}/metrics`, { headers: bearer(gateway.token) })).text();
    expect(metrics).toContain('signalbox_amqp_messages_total{outcome="refused"} 3');
    expect(metrics).toContain('signalbox_amqp_messages_total{outcome="kept"} 4');
  });

  test("one node reads the queue at a time; when it goes, the next goes on where it was", async () => {
    const first = await startReader("shared");
    await reads(first);
    const second = await startReader("shared");
    await reads(second);
    const agent = startAgent("shared");
    agent.send(notes(["a"], 1, 50));
    await until("the first has them", async () => (await head(first, "agent:a")) === 50);
    agent.send(notes(["a"], 51, 150));
    await first.stop();
    await until("all confirmed", () => agent.confirmed === 150);
    await until("all are acknowledged", async () => (await rabbit.messages("shared")) === 0);
    await first.restart();
    const [before, after] = [await numbers(first, "agent:a"), await numbers(second, "agent:a")];
    expect([...before, ...after]).toEqual(upTo(150));
    expect(after.length).toBeGreaterThan(0);
  });

  test("a queue that is there with other arguments is left as it is, and health says why nothing comes", async () => {
    await reads(await startReader("taken"));
    const other = await startReader("taken", { arguments: { "x-max-length": 5 } });
    await until("the reason", async () => /PRECONDITION_FAILED/.test(await health(other)));
    const passive = await startReader("taken", { declare: false });
    await reads(passive);
  });
});
