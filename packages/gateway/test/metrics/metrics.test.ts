import { readFileSync } from "node:fs";
import { Tally } from "@signalbox/core";
import { describe, expect, test } from "vitest";
import { Metrics } from "../../src/metrics/metrics.ts";
import { mayScrape } from "../../src/metrics/route.ts";
import { numbered, openGateway, type TestGateway } from "../support/gateway.ts";
import { openWire } from "../support/wire.ts";

/** Figures by name and labels, as Prometheus reads them. */
function figures(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const [, name = "", value] = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
      return [name, Number(value)];
    }),
  );
}

async function scrape(gateway: TestGateway): Promise<Map<string, number>> {
  const response = await gateway.request("/metrics");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain("text/plain");
  return figures(await response.text());
}

describe("GET /metrics", () => {
  test("counts what the gateway does", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global", 1, 3));
    const before = await scrape(gateway);
    expect(before.get("signalbox_events_kept_total")).toBe(3);
    expect(before.get("signalbox_ready")).toBe(1);
    expect(before.get("signalbox_inflight_events")).toBe(0);
    expect(before.get('signalbox_connections{transport="websocket"}')).toBe(0);
    expect(before.get("process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
    expect(before.get("process_cpu_seconds_total")).toBeGreaterThan(0);

    const wire = await openWire(gateway);
    wire.send({ id: "s1", type: "subscribe", data: { channel: "global" } });
    await wire.inbox.type("subscription_update");
    const during = await scrape(gateway);
    expect(during.get('signalbox_connections{transport="websocket"}')).toBe(1);
    expect(during.get("signalbox_sessions")).toBe(1);
    expect(during.get("signalbox_subscriptions")).toBe(1);
    const delay = async () => (await scrape(gateway)).get('nodejs_eventloop_delay_seconds{quantile="0.99"}');
    await expect.poll(delay, { timeout: 10_000 }).toBeGreaterThanOrEqual(0);
  });

  test("counts who was turned away, by the error's name", async () => {
    const gateway = await openGateway();
    for (const token of ["wrong", "wrong", "wrong"]) {
      await gateway.request("/v1/info", { headers: { authorization: `Bearer ${token}` } });
    }
    expect((await scrape(gateway)).get('signalbox_refusals_total{error="unauthenticated"}')).toBe(3);
  });

  test("are those of docs/operations.md", async () => {
    const gateway = await openGateway();
    const text = await (await gateway.request("/metrics")).text();
    const page = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
    const told = [...page.matchAll(/`((?:signalbox|process|nodejs)_[a-z_]+)/g)].map(([, name]) => name);
    const served = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(served.sort()).toEqual([...new Set(told)].sort());
  });

  test("each of two gateways in a process counts its own", async () => {
    const [one, two] = [await openGateway(), await openGateway()];
    await one.publish(numbered("global", 1, 2));
    expect((await scrape(one)).get("signalbox_events_kept_total")).toBe(2);
    expect((await scrape(two)).get("signalbox_events_kept_total")).toBe(0);
    await one.close();
    expect((await scrape(two)).get("signalbox_ready")).toBe(1);
  });

  test("A48 nothing in it names a channel, a principal or a token, and labels are few", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("agent:canary-name", 1, 1));
    const wire = await openWire(gateway);
    wire.send({ id: "s1", type: "subscribe", data: { channel: "agent:canary-name" } });
    await wire.inbox.type("subscription_update");
    const text = await (await gateway.request("/metrics")).text();
    for (const secret of ["canary-name", gateway.token, "user"]) expect(text).not.toContain(secret);
    const labels = new Set([...text.matchAll(/[{,]([a-z]+)="/g)].map(([, label]) => label));
    expect(
      [...labels].filter(
        (label) => !["error", "outcome", "quantile", "reason", "transport", "version"].includes(label ?? ""),
      ),
    ).toEqual([]);
  });
});

test("what was counted is shown as it stands", async () => {
  const tally = new Tally();
  const counts = { sessions: 0, subscriptions: 0, channels: 0, inflight: 0, inflightBytes: 0, following: 6 };
  const load = { connections: { tcp: 3, websocket: 2 }, unsentBytes: 5, shed: 1 };
  const refusals = new Map<string, number>();
  const slowness = { queuedBytes: 9, behind: 3, slow: 2 };
  const metrics = new Metrics(() => ({
    version: "1",
    ready: false,
    tally,
    compressed: 4,
    amqp: { kept: 8, refused: 1 },
    refusals,
    load,
    slowness,
    webgui: undefined,
    ...counts,
    missed: 8,
    storeReachable: false,
    nodes: async () => 3,
  }));
  try {
    expect(figures(await metrics.text()).get("signalbox_deliveries_total")).toBe(0);
    expect(figures(await metrics.text()).get("signalbox_compressions_total")).toBe(4);
    tally.delivered = 7;
    for (let i = 0; i < 2; i++) tally.refuse("rate_limited");
    const read = figures(await metrics.text());
    expect(read.get("signalbox_deliveries_total")).toBe(7);
    expect(read.get('signalbox_events_refused_total{error="rate_limited"}')).toBe(2);
    expect(read.get("signalbox_ready")).toBe(0);
    expect(read.get('signalbox_connections{transport="websocket"}')).toBe(2);
    expect(read.get("signalbox_unsent_bytes")).toBe(5);
    expect(read.get('signalbox_amqp_messages_total{outcome="kept"}')).toBe(8);
    expect(read.get("signalbox_shed_total")).toBe(1);
    expect(read.get("signalbox_queued_bytes")).toBe(9);
    expect(read.get("signalbox_subscriptions_behind")).toBe(3);
    expect(read.get("signalbox_slow_connections")).toBe(2);
    const shared = ["nodes", "following_channels", "missed_total", "store_reachable"];
    expect(shared.map((name) => read.get(`signalbox_${name}`))).toEqual([3, 6, 8, 0]);
  } finally {
    metrics.close();
  }
});

test.each([
  ["an administrator of anything", [], true, true],
  ["the role monitor", ["viewer", "monitor"], false, true],
  ["a viewer", ["viewer"], false, false],
  ["nobody", [], false, false],
])("A48 may %s see metrics?", (_who, roles, admin, may) => {
  expect(mayScrape({ roles, rights: { mayAny: (verb) => verb === "admin" && admin } })).toBe(may);
});
