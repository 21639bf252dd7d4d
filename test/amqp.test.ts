/** W11 agents that talk over RabbitMQ: Debian's rabbitmq-server, agents that use pika, gateways that are killed. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Capability, defaultNamespaces } from "@signalbox/core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openGateway, type TestGateway } from "../packages/gateway/test/support/gateway.ts";
import { memoryCluster } from "../packages/gateway/test/support/memory-broker.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, head, history } from "./support/http.ts";
import { type RabbitMq, startRabbitMq } from "./support/rabbitmq.ts";
import { startRedis } from "./support/redis/index.ts";
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
async function startReader(name: string, amqp: object = {}, env: Record<string, string> = {}): Promise<Gateway> {
  const dataDir = mkdtempSync(join(folder, `${name}-`));
  const config = join(folder, `${name}.json`);
  const capabilities = [{ channels: "agent:*", verbs: ["publish"] }];
  const names = { queue: name, exchange: name, deadLetterExchange: `${name}.refused` };
  writeFileSync(config, JSON.stringify({ amqp: { url: rabbit.url, ...names, capabilities, ...amqp } }));
  const gateway = await startGateway({ dataDir, env, args: ["--config", config] });
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
    const gateway = await startReader("killed");
    await reads(gateway);
    const agent = startAgent("killed");
    const faults = ["gateway", "broker", "gateway", "gateway"];
    /** Of each agent between two faults. */
    const wave = 100;
    for (const [n, fault] of faults.entries()) {
      const before = n * wave;
      agent.send(notes(agents, before + 1, before + wave));
      // In the midst of it: most of this wave is still to come.
      const confirmed = before * agents.length + 50;
      await until(`${confirmed} confirmed`, () => agent.confirmed >= confirmed);
      if (fault === "gateway") {
        await gateway.kill9();
        await gateway.restart();
      } else {
        await rabbit.kill9();
        await until("health says so", async () => /nothing comes from RabbitMQ/.test(await health(gateway)));
        expect(JSON.parse(await health(gateway))).toMatchObject({ status: "degraded" });
        await rabbit.start();
      }
    }
    const each = faults.length * wave;
    for (const name of agents) {
      await until(`all of ${name} are kept`, async () => (await head(gateway, `agent:${name}`)) >= each);
      expect(await numbers(gateway, `agent:${name}`)).toEqual(upTo(each));
    }
    await until("all are confirmed", () => agent.confirmed === agents.length * each);
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

  test("of two nodes one reads the queue; the other goes on when that one is killed, and when it is stopped", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const env = { SIGNALBOX_REDIS_URL: redis.url };
    const first = await startReader("shared", {}, env);
    await reads(first);
    const second = await startReader("shared", {}, env);
    await reads(second);
    const agent = startAgent("shared");
    const upToHead = (count: number, gateway: Gateway) =>
      until(`${count} are kept`, async () => (await head(gateway, "agent:a")) >= count);
    agent.send(notes(["a"], 1, 600));
    await upToHead(100, second);
    await first.kill9();
    await upToHead(300, second);
    await first.restart();
    await reads(first);
    await second.stop();
    await upToHead(600, first);
    expect(await numbers(first, "agent:a")).toEqual(upTo(600));
    await until("all are acknowledged", async () => (await rabbit.messages("shared")) === 0);
  });

  test("a node that cannot reach the store gives its messages back, and another goes on: 0 lost, 0 doubled, in order", async () => {
    const cluster = memoryCluster(defaultNamespaces);
    const capabilities: Capability[] = [{ channels: "agent:*", verbs: ["publish"] }];
    const amqp = { url: rabbit.url, queue: "cut", exchange: "cut", capabilities };
    const ready = async (gateway: TestGateway): Promise<boolean> =>
      (await (await gateway.request("/health/ready")).text()).includes('"ready"');
    const first = await openGateway({ amqp }, { store: cluster.node() });
    await until("the first reads", () => ready(first));
    const second = await openGateway({ amqp }, { store: cluster.node() });
    await until("the second is there", () => ready(second));
    const top = async (): Promise<number> => {
      const answer = await second.request("/v1/channels/agent%3Aa");
      return answer.ok ? ((await answer.json()) as { offset: number }).offset : 0;
    };
    const agent = startAgent("cut");
    agent.send(notes(["a"], 1, 100));
    await until("the first has kept some", async () => (await top()) === 100);
    const name = /"node":"([^"]+)"/.exec(first.lines.join(""))?.[1] ?? "";
    cluster.cut(name);
    await until("the first says so", async () => !(await ready(first)));
    agent.send(notes(["a"], 101, 400));
    await until("the second has kept all", async () => (await top()) === 400);
    const { events } = (await (
      await second.request("/v1/channels/agent%3Aa/events?since=earliest&limit=1000")
    ).json()) as { events: Array<{ data: { n: number } }> };
    expect(events.map(({ data }) => data.n)).toEqual(upTo(400));
    expect(first.lines.join("")).toContain("messages were given back");
    cluster.heal(name);
    await until("the first is well again", () => ready(first));
  });

  test("a queue that is there with other arguments is left as it is, and health says why nothing comes", async () => {
    await reads(await startReader("taken"));
    const other = await startReader("taken", { arguments: { "x-max-length": 5 } });
    await until("the reason", async () => /PRECONDITION_FAILED/.test(await health(other)));
    const passive = await startReader("taken", { declare: false });
    await reads(passive);
  });

  test("A36 a wrong password is said in health, and is not in the log", async () => {
    const url = rabbit.url.replace("guest:guest@", "guest:canary-5up3r@");
    const gateway = await startReader("locked", { url });
    await until("the reason", async () => /ACCESS.REFUSED/.test(await health(gateway)));
    expect((await health(gateway)) + gateway.logs()).not.toContain("canary-5up3r");
  });
});
