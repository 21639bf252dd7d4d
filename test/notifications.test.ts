/** B11: notifications that can be acted on, from a real gateway to a real receiver. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyWebhook } from "@signalbox/agent";
import { createClient } from "@signalbox/client";
import { presence } from "@signalbox/client/presence";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { defaultNamespaces } from "../packages/core/src/namespaces.ts";
import { openRedisBroker } from "../packages/gateway/src/brokers/redis/index.ts";
import { openGateway, type TestGateway } from "../packages/gateway/test/support/gateway.ts";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";
import { subscriberAt, vapidClaims } from "./support/notify/push-service.ts";
import { Sink } from "./support/notify/sink.ts";
import { startRedis } from "./support/redis/index.ts";
import { until } from "./support/until.ts";

let sink: Sink;
let folder: string;
let gateway: Gateway;

beforeAll(async () => {
  sink = await Sink.open();
  folder = mkdtempSync(join(tmpdir(), "signalbox-notify-"));
  const config = join(folder, "gateway.json");
  const notifications = { allow: ["127.0.0.1"], contact: "mailto:ops@example.org" };
  writeFileSync(config, JSON.stringify({ jwt: [issuer], notifications }));
  gateway = await startGateway({ args: ["--config", config] });
});

afterAll(async () => {
  await gateway.stop();
  await sink.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = async <Answer>(path: string): Promise<Answer> =>
  (await (await fetch(gateway.url + path, { headers: bearer(gateway.token) })).json()) as Answer;

interface Webhook {
  id: string;
  secret: string;
}

const webhook = (path: string, more: object = {}): Promise<Webhook> =>
  post(gateway, "/v1/notifications/webhooks", { url: sink.url + path, delayMs: 0, ...more });

const ask = (id: string, more: object = {}): Promise<unknown> =>
  post(gateway, "/v1/checkpoints", {
    ...{ checkpointId: id, channel: "agent:coder", title: `Deploy ${id}?`, checkpointData: { run: "deploy" } },
    ...more,
  });

const decide = (id: string, decision = "approve"): Promise<unknown> =>
  post(gateway, `/v1/checkpoints/${id}/decision`, { decision });

const remove = ({ id }: { id: string }, kind = "webhooks"): Promise<unknown> =>
  fetch(`${gateway.url}/v1/notifications/${kind}/${id}`, { method: "DELETE", headers: bearer(gateway.token) });

const dataOf = (body: Buffer): Record<string, unknown> & { links: Record<string, string> } =>
  JSON.parse(String(body)).data;

test("B11 a webhook is told what waits, and that it is over, under ids that belong together", async () => {
  const hook = await webhook("/told");
  await ask("told");
  const [opened] = await sink.at("/told", 1);
  await decide("told");
  const [, withdrawn] = await sink.at("/told", 2);
  const first = JSON.parse(String(opened?.body));
  expect(first).toMatchObject({ type: "checkpoint.opened", data: { title: "Deploy told?", checkpointId: "told" } });
  const second = JSON.parse(String(withdrawn?.body));
  expect(second).toMatchObject({ type: "checkpoint.withdrawn", data: { outcome: "Approved by user:admin." } });
  expect(second.data.id).toBe(first.data.id);
  expect(opened?.headers["webhook-id"]).toBe(first.data.id);
  expect(withdrawn?.headers["webhook-id"]).toBe(`${first.data.id}.withdrawn`);
  await remove(hook);
});

test("B11 who decides within the delay hears nothing; whoever waits longer does", async () => {
  const slow = await webhook("/delayed", { delayMs: 3_000 });
  await ask("quick");
  await decide("quick");
  const askedMs = Date.now();
  await ask("late");
  const [told] = await sink.at("/delayed", 1);
  expect(Date.now() - askedMs).toBeGreaterThanOrEqual(3_000);
  expect(dataOf(told?.body ?? Buffer.alloc(0)).checkpointId).toBe("late");
  await decide("late");
  await sink.at("/delayed", 2);
  // What comes after is told: nothing of "quick" was on its way.
  expect(sink.count("/delayed")).toBe(2);
  await remove(slow);
});

test("B11 nobody is told while a dashboard of theirs is awake; they are when it sleeps", async () => {
  const token = tokenOf("ada", { role: ["approver", "operator"] });
  const ada = { url: gateway.url, token };
  const hook = await post<Webhook>(ada, "/v1/notifications/webhooks", { url: `${sink.url}/ada`, delayMs: 0 });
  const watcher = await webhook("/watcher");
  const looking = createClient({ url: gateway.url, token });
  looking.connect();
  const here = presence(looking, "global", { state: { awake: true } });
  await until("ada is there", () => here.snapshot().status === "present");
  await ask("seen");
  await sink.at("/watcher", 1);
  await decide("seen");
  await sink.at("/watcher", 2);
  await ask("away");
  await sink.at("/watcher", 3);
  expect(sink.count("/ada")).toBe(0);
  here.set({ awake: false });
  const [told] = await sink.at("/ada", 1);
  expect(dataOf(told?.body ?? Buffer.alloc(0)).checkpointId).toBe("away");
  looking.close();
  await decide("away");
  await sink.at("/ada", 2);
  await Promise.all([
    remove(watcher),
    fetch(`${gateway.url}/v1/notifications/webhooks/${hook.id}`, { method: "DELETE", headers: bearer(token) }),
  ]);
});

test("B11 what fails is tried again under the same id; what is gone is said to be", async () => {
  const hook = await webhook("/flaky");
  sink.answers.set("/flaky", [503]);
  await ask("flaky");
  const [first, second] = await sink.at("/flaky", 2);
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(false);
  await decide("flaky");
  await sink.at("/flaky", 3);
  const list = async (): Promise<Array<Record<string, unknown>>> =>
    (await get<{ deliveries: Array<Record<string, unknown>> }>(`/v1/notifications/webhooks/${hook.id}/deliveries`))
      .deliveries;
  await until("all three are noted", async () => (await list()).length === 3);
  expect(await list()).toMatchObject([
    { what: "withdrawn", status: 204 },
    { what: "opened", status: 204 },
    { what: "opened", status: 503, error: "answered 503" },
  ]);
  sink.answers.set("/flaky", [410]);
  expect(await post(gateway, `/v1/notifications/webhooks/${hook.id}/test`, {})).toMatchObject({ status: 410 });
  const { webhooks } = await get<{ webhooks: Array<Record<string, unknown>> }>("/v1/notifications/webhooks");
  expect(webhooks).toMatchObject([{ id: hook.id, disabled: "it is gone: answered 410" }]);
  await remove(hook);
});

test("A35 what is sent is what verifyWebhook takes, also while a secret is changed", async () => {
  const hook = await webhook("/signed");
  const { secret } = await post<Webhook>(gateway, `/v1/notifications/webhooks/${hook.id}/rotate`, {});
  await post(gateway, `/v1/notifications/webhooks/${hook.id}/test`, {});
  const [told] = await sink.at("/signed", 1);
  const { headers = {}, body = Buffer.alloc(0) } = told ?? {};
  for (const one of [hook.secret, secret, [secret, hook.secret]]) {
    expect(verifyWebhook(one, headers, body)).toMatchObject({ ok: true, id: headers["webhook-id"] });
  }
  expect(verifyWebhook(`whsec_${Buffer.alloc(32).toString("base64")}`, headers, body)).toMatchObject({ ok: false });
  expect(verifyWebhook(secret, headers, JSON.stringify(JSON.parse(String(body)), undefined, 1))).toMatchObject({
    ok: false,
  });
  await remove(hook);
});

test("B11 a browser's push service gets what only that browser can read, until its subscription is gone", async () => {
  const { publicKey } = await get<{ publicKey: string }>("/v1/notifications/key");
  const subscriber = subscriberAt(`${sink.url}/push/1`);
  const { id } = await post<{ id: string }>(
    gateway,
    "/v1/notifications/subscriptions",
    { endpoint: subscriber.endpoint, keys: subscriber.keys, delayMs: 0, label: "a phone" },
    "PUT",
  );
  const deadline = Date.now() + 3_600_000;
  const token = `ghp_${"a1B2".repeat(9)}`;
  await ask("push", { deadline, risk: "high", title: `Push with ${token}?` });
  const [told] = await sink.at("/push/1", 1);
  const { headers = {}, body = Buffer.alloc(0) } = told ?? {};
  expect(body.includes("Push with")).toBe(false);
  expect(headers).toMatchObject({ "content-encoding": "aes128gcm", urgency: "high" });
  expect(Number(headers.ttl)).toBeGreaterThan(3_500);
  expect(Number(headers.ttl)).toBeLessThanOrEqual(3_600);
  const vapid = vapidClaims(headers.authorization);
  expect(vapid).toMatchObject({ publicKey, claims: { aud: sink.url, sub: "mailto:ops@example.org" } });
  const message = subscriber.read(body);
  expect(message).toMatchObject({
    what: "opened",
    checkpointId: "push",
    deadline,
    risk: "high",
    askedBy: "user:admin",
  });
  expect(String(message.title)).not.toContain(token);
  // What is dangerous is not approved with one tap.
  expect(message.links).toEqual({ open: "approvals?id=push" });
  sink.answers.set("/push/1", [410]);
  await decide("push");
  const [, withdrawn] = await sink.at("/push/1", 2);
  expect(subscriber.read(withdrawn?.body ?? Buffer.alloc(0))).toMatchObject({
    ...{ id: message.id, what: "withdrawn", outcome: "Approved by user:admin." },
  });
  expect(withdrawn?.headers.topic).toBe(headers.topic);
  const ids = async (): Promise<string[]> =>
    (await get<{ subscriptions: Array<{ id: string }> }>("/v1/notifications/subscriptions")).subscriptions.map(
      (one) => one.id,
    );
  await until("it is removed", async () => !(await ids()).includes(id));
});

test("B11 a restart neither forgets what has to be told nor tells it twice", async () => {
  const hook = await webhook("/restart");
  const later = await webhook("/later", { delayMs: 4_000 });
  const trouble = await webhook("/trouble", { notify: ["trouble"], delayMs: 4_000 });
  await ask("restart");
  await post(gateway, "/v1/events", {
    type: "agent_status",
    data: { agentId: "sick", status: "stuck", reason: "no word" },
  });
  await sink.at("/restart", 1);
  await gateway.restart();
  const [told] = await sink.at("/later", 1);
  expect(dataOf(told?.body ?? Buffer.alloc(0)).checkpointId).toBe("restart");
  const [sick] = await sink.at("/trouble", 1);
  expect(dataOf(sick?.body ?? Buffer.alloc(0))).toMatchObject({
    title: "sick is stuck",
    agentId: "sick",
    notify: "trouble",
  });
  expect(sink.count("/restart")).toBe(1);
  await decide("restart");
  await post(gateway, "/v1/events", { type: "agent_status", data: { agentId: "sick", status: "running" } });
  await Promise.all([sink.at("/restart", 2), sink.at("/later", 2), sink.at("/trouble", 2)]);
  for (const name of ["notification-keys", "notification-endpoints", "notifications"]) {
    expect(statSync(join(gateway.dataDir, `${name}.json`)).mode & 0o777).toBe(0o600);
  }
  await Promise.all([hook, later, trouble].map((one) => remove(one)));
});

test("B11 of nodes that share a store one tells, another takes back, and a third goes on when the first is gone", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const open = async (): Promise<TestGateway> =>
    openGateway(
      { notifications: { allow: ["127.0.0.1"] } },
      { store: await openRedisBroker({ url: redis.url, namespaces: defaultNamespaces }) },
    );
  const [first, second, third] = [await open(), await open(), await open()];
  const hook = await post<Webhook>(first, "/v1/notifications/webhooks", { url: `${sink.url}/nodes`, delayMs: 0 });
  await post(second, "/v1/notifications/webhooks", { url: `${sink.url}/late`, delayMs: 4_000 });
  const keys = await Promise.all(
    [first, second, third].map(async (node) => {
      const { webhooks } = (await (await node.request("/v1/notifications/webhooks")).json()) as { webhooks: unknown[] };
      expect(webhooks).toHaveLength(2);
      return ((await (await node.request("/v1/notifications/key")).json()) as { publicKey: string }).publicKey;
    }),
  );
  expect(new Set(keys).size).toBe(1);
  const asked = { checkpointId: "shared", channel: "agent:coder", checkpointData: {} };
  await post(first, "/v1/checkpoints", asked);
  const [told] = await sink.at("/nodes", 1);
  // The one that knew of it alone.
  await first.close();
  await sink.at("/late", 1);
  await post(third, "/v1/checkpoints/shared/decision", { decision: "deny" });
  await Promise.all([sink.at("/nodes", 2), sink.at("/late", 2)]);
  const [, withdrawn] = await sink.at("/nodes", 2);
  expect(dataOf(withdrawn?.body ?? Buffer.alloc(0)).id).toBe(dataOf(told?.body ?? Buffer.alloc(0)).id);
  // Whoever else would tell of it has had the time: what comes last is told last.
  await post(second, `/v1/notifications/webhooks/${hook.id}/test`, {});
  expect(sink.count("/nodes")).toBe(3);
  expect(sink.count("/late")).toBe(2);
});
