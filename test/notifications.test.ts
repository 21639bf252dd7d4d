/** B11: notifications that can be acted on, from a real gateway to a real receiver. */
import { writeFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Gateway, startGateway } from "./support/gateway.ts";
import { bearer, post } from "./support/http.ts";
import { issuer, tokenOf } from "./support/issuer.ts";
import { subscriberAt, vapidClaims } from "./support/notify/push-service.ts";
import { Sink } from "./support/notify/sink.ts";
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

const dataOf = (body: Buffer): Record<string, unknown> & { links: Record<string, string> } => JSON.parse(String(body)).data;

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
