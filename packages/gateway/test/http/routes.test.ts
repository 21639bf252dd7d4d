import { describe, expect, test } from "vitest";
import { nextEvent, serverEvents } from "../support/events.ts";
import { numbered, openGateway, type TestGateway } from "../support/gateway.ts";

const json = async (gateway: TestGateway, path: string, status = 200): Promise<Record<string, unknown>> => {
  const response = await gateway.request(path);
  expect([path, response.status]).toEqual([path, status]);
  return (await response.json()) as Record<string, unknown>;
};

const post = (gateway: TestGateway, path: string, body: unknown, type = "application/json"): Promise<Response> =>
  gateway.request(path, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": type },
  });

describe("§6.1 tokens", () => {
  test.each([
    "/v1/info",
    "/v1/channels",
    "/v1/channels/agent:a",
    "/v1/channels/agent:a/events",
    "/v1/search?q=x",
    "/v1/processes/p/logs",
    "/v1/events?channel=global",
  ])("GET %s needs one", async (path) => {
    const gateway = await openGateway();
    for (const authorization of ["", "Bearer wrong", "Basic eDp5"]) {
      const response = await gateway.request(path, { headers: { authorization } });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await response.json()).toMatchObject({
        error: { name: "unauthenticated", number: 115, temporary: false },
      });
    }
  });

  test.each(["/v1/events", "/v1/stream", "/v1/poll"])("POST %s needs one, whatever the body", async (path) => {
    const gateway = await openGateway();
    const response = await gateway.request(path, { method: "POST", body: "{", headers: { authorization: "" } });
    expect(response.status).toBe(401);
  });
});

describe("§6.2 POST /v1/events", () => {
  test("one event or an array is kept, results in order", async () => {
    const gateway = await openGateway();
    const one = await post(gateway, "/v1/events", { type: "agent_status", data: { agentId: "a", status: "running" } });
    expect(await one.json()).toMatchObject({ results: [{ channel: "agent:a", offset: 1, duplicate: false }] });
    const many = await gateway.publish([...numbered("global", 1, 2), { type: "note", channel: "agent:a" }]);
    expect(many).toMatchObject([
      { channel: "global", offset: 1 },
      { channel: "global", offset: 2 },
      { channel: "agent:a", offset: 2 },
    ]);
  });

  test("§5.3 the same idempotency key keeps one event", async () => {
    const gateway = await openGateway();
    const event = { type: "note", channel: "global", metadata: { idempotencyKey: "k" } };
    const [first] = await gateway.publish(event);
    const [second] = await gateway.publish(event);
    expect(first).toMatchObject({ offset: 1, duplicate: false });
    expect(second).toMatchObject({ offset: 1, duplicate: true });
  });

  test("200 if at least one was kept, else the status of the first error", async () => {
    const gateway = await openGateway();
    const bad = { id: "b", type: "note", channel: "nowhere:x" };
    const mixed = await post(gateway, "/v1/events", [bad, ...numbered("global", 1, 1)]);
    expect(mixed.status).toBe(200);
    const none = await post(gateway, "/v1/events", [bad, { type: "note" }]);
    expect(none.status).toBe(400);
    expect(await none.json()).toMatchObject({
      error: { name: "unknown_namespace" },
      results: [{ id: "b", error: { name: "unknown_namespace" } }, { error: { name: "channel_required" } }],
    });
  });

  test("CloudEvents are taken, structured and in a batch, once each", async () => {
    const gateway = await openGateway();
    const event = {
      specversion: "1.0",
      id: "1",
      source: "/ci",
      type: "com.example.build.done",
      subject: "workflow:w1",
    };
    const one = await post(gateway, "/v1/events", event, "application/cloudevents+json; charset=utf-8");
    expect(await one.json()).toMatchObject({ results: [{ id: "1", channel: "workflow:w1", offset: 1 }] });
    const batch = await post(
      gateway,
      "/v1/events",
      [event, { ...event, id: "2" }],
      "application/cloudevents-batch+json",
    );
    expect(await batch.json()).toMatchObject({
      results: [
        { offset: 1, duplicate: true },
        { offset: 2, duplicate: false },
      ],
    });
    const page = await json(gateway, "/v1/channels/workflow:w1/events");
    expect(page).toMatchObject({ events: [{ type: "build_done" }, { type: "build_done" }] });
    const wrong = await post(gateway, "/v1/events", [{ ...event, source: "" }], "application/cloudevents-batch+json");
    expect(await wrong.json()).toMatchObject({ error: { name: "invalid_message", details: { path: "/0/source" } } });
  });
});

describe("§6.3 history", () => {
  test("pages follow each other without hole or repetition", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global", 1, 25));
    const seen: number[] = [];
    let since = "earliest";
    for (let i = 0; i < 3; i++) {
      const page = await json(gateway, `/v1/channels/global/events?limit=10&since=${since}`);
      expect(page).toMatchObject({ channel: "global", top: 25, floor: 1 });
      const { epoch, offset } = page.next as { epoch: string; offset: number };
      since = `${epoch}:${offset}`;
      seen.push(...(page.events as Array<{ offset: number }>).map((event) => event.offset));
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(await json(gateway, `/v1/channels/global/events?since=${since}`)).toMatchObject({
      events: [],
      next: { offset: 25 },
    });
    expect(await json(gateway, "/v1/channels/global/events?since=last:2")).toMatchObject({
      events: [{ offset: 24 }, { offset: 25 }],
    });
    expect(await json(gateway, "/v1/channels/global/events?since=now")).toMatchObject({
      events: [],
      next: { offset: 25 },
    });
  });

  test("types leaves others out and still moves the position", async () => {
    const gateway = await openGateway();
    await gateway.publish([
      ...numbered("global", 1, 3),
      { type: "other", channel: "global" },
      ...numbered("global", 4, 5),
    ]);
    const page = await json(gateway, "/v1/channels/global/events?types=other,another");
    expect(page).toMatchObject({ events: [{ type: "other", offset: 4 }], next: { offset: 6 } });
  });

  test("wait delays the answer until something comes", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global", 1, 1));
    const waiting = json(gateway, "/v1/channels/global/events?since=now&wait=50");
    await subscribed(gateway, "global");
    await gateway.publish(numbered("global", 2, 2));
    expect(await waiting).toMatchObject({ events: [{ offset: 2 }], next: { offset: 2 } });
  });

  test("wait ends with the time, and with the one who asked", async () => {
    const gateway = await openGateway();
    expect(await json(gateway, "/v1/channels/global/events?wait=0.01")).toMatchObject({ events: [] });
    await gateway.publish(numbered("global", 1, 1));
    const gone = new AbortController();
    const waiting = gateway.request("/v1/channels/global/events?since=now&wait=50", { signal: gone.signal });
    await subscribed(gateway, "global");
    gone.abort();
    await expect(waiting).rejects.toThrow();
    await subscribed(gateway, "global", 0);
  });

  test("§4.3 what retention removed is said, counted by type", async () => {
    const gateway = await openGateway({ namespaces: { global: { retention: { count: 10 } } } });
    await gateway.publish(numbered("global", 1, 1_000));
    const first = await json(gateway, "/v1/channels/global/events");
    const floor = first.floor as number;
    expect(floor).toBeGreaterThan(1);
    expect(first.gap).toBeUndefined();
    const { epoch } = first.next as { epoch: string };
    const page = await json(gateway, `/v1/channels/global/events?since=${epoch}:0`);
    expect(page.gap).toMatchObject({ reason: "trimmed", epoch, from: 1, to: floor - 1, counts: { note: floor - 1 } });
    const other = await json(gateway, "/v1/channels/global/events?since=another:5");
    expect(other.gap).toMatchObject({ reason: "epoch_changed", epoch: "another", from: 6 });
  });

  test.each([
    ["/v1/channels/nowhere:x/events", 400, "unknown_namespace"],
    ["/v1/channels/agent:%20/events", 400, "invalid_channel"],
    ["/v1/channels/agent:*/events", 400, "invalid_channel"],
    ["/v1/channels/global/events?since=5", 400, "invalid_position"],
    ["/v1/channels/global/events?since=last:0", 400, "invalid_position"],
    ["/v1/channels/global/events?since=e:9007199254740993", 400, "invalid_position"],
    ["/v1/channels/global/events?since=e:-1", 400, "invalid_position"],
    ["/v1/channels/global/events?limit=0", 400, "invalid_message"],
    ["/v1/channels/global/events?limit=1001", 400, "invalid_message"],
    ["/v1/channels/global/events?limit=1&limit=2", 400, "invalid_message"],
    ["/v1/channels/global/events?wait=soon", 400, "invalid_message"],
    ["/v1/channels/agent:none", 404, "not_found"],
    ["/v1/channels?pattern=nowhere:*", 400, "unknown_namespace"],
    ["/v1/search", 400, "invalid_message"],
    ["/v1/search?q=x", 501, "unsupported"],
    ["/v1/nowhere", 404, "not_found"],
    ["/v1/events", 400, "invalid_message"],
    ["/v1/events?channel=nowhere:x", 400, "unknown_namespace"],
  ])("%s is refused with %i %s", async (path, status, name) => {
    expect(await json(await openGateway(), path, status)).toMatchObject({ error: { name } });
  });

  test("§4.4 a position beyond the head names the head", async () => {
    const gateway = await openGateway();
    const [kept] = await gateway.publish(numbered("global", 1, 1));
    const answer = await json(gateway, `/v1/channels/global/events?since=${kept?.epoch}:7`, 409);
    expect(answer).toMatchObject({
      error: { name: "position_beyond_head", details: { epoch: kept?.epoch, offset: 1 } },
    });
  });
});

describe("§6.6 channels", () => {
  test("are listed by name, by pattern and in pages, with snapshots if asked", async () => {
    const gateway = await openGateway();
    await gateway.publish(
      ["c", "a", "b"].map((agentId) => ({ type: "agent_status", data: { agentId, status: "running" } })),
    );
    await gateway.publish(numbered("global", 1, 1));
    const first = await json(gateway, "/v1/channels?pattern=agent:*&limit=2");
    expect(first).toMatchObject({
      channels: [{ channel: "agent:a", offset: 1, oldest: 1, subscribers: 0 }, { channel: "agent:b" }],
      next: "agent:b",
    });
    const second = await json(gateway, "/v1/channels?pattern=agent:*&limit=2&after=agent:b&snapshot=1");
    expect(second).toMatchObject({
      channels: [{ channel: "agent:c", snapshot: { reducer: "agent", offset: 1, state: { status: "running" } } }],
    });
    expect(second.next).toBeUndefined();
    expect(await json(gateway, "/v1/channels")).toMatchObject({ channels: { length: 4 } });
  });

  test("one has its snapshot; names with slashes are percent-encoded", async () => {
    const gateway = await openGateway();
    await gateway.publish({ type: "agent_status", data: { agentId: "x/y", status: "running" } });
    const found = await json(gateway, `/v1/channels/${encodeURIComponent("agent:x/y")}`);
    expect(found).toMatchObject({ channel: "agent:x/y", offset: 1, snapshot: { state: { agentId: "x/y" } } });
  });

  test("one has the snapshot of the reducer that is asked for, and none where there is no such", async () => {
    const gateway = await openGateway();
    await gateway.publish({ type: "tdd_phase_change", data: { agentId: "a", currentPhase: "red" } });
    const tdd = await json(gateway, "/v1/channels/agent:a?reducer=tdd");
    expect(tdd.snapshot).toMatchObject({ reducer: "tdd", offset: 1, state: { phase: "red" } });
    const main = await json(gateway, "/v1/channels/agent:a?reducer=agent");
    expect(main).toEqual(await json(gateway, "/v1/channels/agent:a"));
    expect(await json(gateway, "/v1/channels/agent:a?reducer=memory")).not.toHaveProperty("snapshot");
    await json(gateway, "/v1/channels/agent:a?reducer=", 400);
  });
});

describe("§6.8 process logs", () => {
  const line = (n: number) => ({
    type: "process_output",
    data: { processId: "p1", output: `\u001b[31mline ${n}\u001b[39m`, line: n, stream: "stderr" },
  });
  const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => line(from + i));

  test("connected, then every kept line, then live ones, then stopped", async () => {
    const gateway = await openGateway();
    await gateway.publish(lines(1, 2));
    const response = await gateway.request("/v1/processes/p1/logs");
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = serverEvents(response);
    expect(await nextEvent(events)).toMatchObject({
      event: "connected",
      data: expect.stringContaining('"processId":"p1"'),
    });
    const logs = [await nextEvent(events, isLog), await nextEvent(events, isLog)];
    expect(JSON.parse(logs[1]?.data ?? "")).toEqual({
      processId: "p1",
      line: 2,
      stream: "stderr",
      output: line(2).data.output,
      timestamp: expect.any(Number),
    });
    expect(logs[1]?.id).toMatch(/:2$/);
    await gateway.publish([line(3), { type: "process_stopped", data: { processId: "p1", exitCode: 0, signal: null } }]);
    expect((await nextEvent(events, isLog)).id).toMatch(/:3$/);
    expect(JSON.parse((await nextEvent(events, ({ event }) => event === "stopped")).data)).toMatchObject({
      processId: "p1",
      exitCode: 0,
    });
    await events.return(undefined);
  });

  test("resumes by Last-Event-ID or since, and ends at the head with follow=0", async () => {
    const gateway = await openGateway();
    const results = await gateway.publish(lines(1, 900));
    const position = `${results[0]?.epoch}:890`;
    for (const init of [{ headers: { "last-event-id": position } }, {}]) {
      const query = "headers" in init ? "" : `&since=${position}`;
      const response = await gateway.request(`/v1/processes/p1/logs?follow=0${query}`, init);
      const ids: string[] = [];
      for await (const { event, id = "" } of serverEvents(response))
        if (event === "log") ids.push(id.split(":")[1] ?? "");
      expect(ids).toEqual(Array.from({ length: 10 }, (_, i) => String(891 + i)));
    }
    const all = await gateway.request("/v1/processes/p1/logs?follow=0");
    expect((await all.text()).match(/event: log/g)).toHaveLength(900);
  });

  test("a gap is an event", async () => {
    const gateway = await openGateway({ namespaces: { process: { retention: { count: 10 } } } });
    const results = await gateway.publish(lines(1, 1_000));
    const headers = { "last-event-id": `${results[0]?.epoch}:1` };
    const events = serverEvents(await gateway.request("/v1/processes/p1/logs", { headers }));
    const gap = await nextEvent(events, ({ event }) => event === "gap");
    expect(JSON.parse(gap.data)).toMatchObject({ processId: "p1", reason: "trimmed", from: 2 });
    await events.return(undefined);
  });

  test("are downloaded as text, with or without colours", async () => {
    const gateway = await openGateway();
    for (let n = 0; n < 3; n++) await gateway.publish(lines(n * 1_000 + 1, n * 1_000 + 1_000));
    const text = await gateway.request("/v1/processes/p1/logs", { headers: { accept: "text/plain" } });
    expect(text.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect((await text.text()).split("\n")).toEqual([...lines(1, 3_000).map(({ data }) => data.output), ""]);
    const plain = await gateway.request("/v1/processes/p1/logs?format=text&ansi=0");
    expect((await plain.text()).split("\n").slice(0, 2)).toEqual(["line 1", "line 2"]);
  });

  const isLog = ({ event }: { event: string }): boolean => event === "log";
});

describe("§6.9 about the gateway", () => {
  test("info, health and documents", async () => {
    const gateway = await openGateway();
    expect(await json(gateway, "/v1/info")).toMatchObject({
      name: "signalbox",
      protocol: "signalbox.v1",
      principal: { kind: "user", id: "admin" },
      heartbeatMs: 25_000,
      limits: { frameBytes: 1_048_576 },
    });
    for (const path of ["/health/live", "/health/ready"]) {
      expect((await gateway.request(path, { headers: { authorization: "" } })).status).toBe(200);
    }
    const openapi = await json(gateway, "/openapi.json");
    expect(Object.keys(openapi.paths as object).sort()).toEqual([
      "/health/live",
      "/health/ready",
      "/metrics",
      "/orchestrate/sessions",
      "/orchestrate/start",
      "/orchestrate/status/{id}",
      "/orchestrate/stop",
      "/v1/audit",
      "/v1/budgets",
      "/v1/budgets/{scope}",
      "/v1/channels",
      "/v1/channels/{channel}",
      "/v1/channels/{channel}/driver",
      "/v1/channels/{channel}/events",
      "/v1/channels/{channel}/presence",
      "/v1/channels/{channel}/steering",
      "/v1/channels/{channel}/timeline",
      "/v1/checkpoints",
      "/v1/checkpoints/{id}",
      "/v1/checkpoints/{id}/decision",
      "/v1/commands",
      "/v1/commands/{id}",
      "/v1/commands/{id}/cancel",
      "/v1/connections",
      "/v1/connections/{id}",
      "/v1/events",
      "/v1/info",
      "/v1/keys",
      "/v1/keys/{id}",
      "/v1/leases",
      "/v1/leases/{channel}",
      "/v1/limits",
      "/v1/metrics/series",
      "/v1/nodes",
      "/v1/notifications/key",
      "/v1/notifications/subscriptions",
      "/v1/notifications/subscriptions/{id}",
      "/v1/notifications/subscriptions/{id}/test",
      "/v1/notifications/webhooks",
      "/v1/notifications/webhooks/{id}",
      "/v1/notifications/webhooks/{id}/deliveries",
      "/v1/notifications/webhooks/{id}/rotate",
      "/v1/notifications/webhooks/{id}/test",
      "/v1/poll",
      "/v1/processes/{id}/logs",
      "/v1/revocations",
      "/v1/revocations/{kind}/{id}",
      "/v1/search",
      "/v1/stream",
      "/v1/tickets",
    ]);
    expect((openapi.paths as Record<string, object>)["/v1/events"]).toHaveProperty("get");
    expect(await json(gateway, "/asyncapi.json")).toMatchObject({
      asyncapi: "3.0.0",
      servers: { gateway: { host: `127.0.0.1:${gateway.port}` } },
    });
  });
});

/** Until so many connections watch the channel, which has been published to. */
async function subscribed(gateway: TestGateway, channel: string, count = 1): Promise<void> {
  for (;;) {
    const { channels } = (await json(gateway, `/v1/channels?pattern=${channel}`)) as {
      channels: Array<{ subscribers: number }>;
    };
    if (channels[0]?.subscribers === count) return;
  }
}
