import { EventSource } from "eventsource";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { parseCursor } from "../../src/transports/sse/cursor.ts";
import { nextEvent, type ServerEvent, serverEvents } from "../support/events.ts";
import { numbered, openGateway, type TestGateway, token } from "../support/gateway.ts";
import { openRelay } from "../support/relay.ts";
import { openWire } from "../support/wire.ts";

const stream = (gateway: TestGateway, path: string, lastEventId?: string): Promise<Response> => {
  const gone = new AbortController();
  onTestFinished(() => gone.abort());
  const headers = {
    accept: "text/event-stream",
    ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
  };
  return gateway.request(path, { headers, signal: gone.signal });
};

const isMessage = ({ event }: ServerEvent): boolean => event === "message";
const numberOf = ({ data }: ServerEvent): number => (JSON.parse(data) as { data: { n: number } }).data.n;

describe("§6.4 one channel", () => {
  test("the opening state, then each publication with its position as id and no event name", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global", 1, 2));
    const response = await stream(gateway, "/v1/channels/global/events");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    expect(response.headers.get("cache-control")).toContain("no-transform");
    const events = serverEvents(response);
    const opening = await nextEvent(events, ({ event }) => event === "subscription_update");
    expect(opening.id).toMatch(/:0$/);
    expect(JSON.parse(opening.data)).toMatchObject({
      type: "subscription_update",
      data: { state: "subscribed", recovered: true },
    });
    const first = await nextEvent(events);
    expect(first.event).toBe("message");
    const message = JSON.parse(first.data) as { channel: string; epoch: string; offset: number };
    expect(first.id).toBe(`${message.epoch}:${message.offset}`);
    expect((await nextEvent(events)).id).toMatch(/:2$/);
    await gateway.publish(numbered("global", 3, 3));
    expect(numberOf(await nextEvent(events))).toBe(3);
  });

  test("Last-Event-ID goes on after it, and wins over since", async () => {
    const gateway = await openGateway();
    const [kept] = await gateway.publish(numbered("global", 1, 400));
    const response = await stream(gateway, "/v1/channels/global/events?since=earliest", `${kept?.epoch}:390`);
    const events = serverEvents(response);
    for (let n = 391; n <= 400; n++) expect(numberOf(await nextEvent(events, isMessage))).toBe(n);
  });

  test("types filters; what was skipped moves the id", async () => {
    const gateway = await openGateway();
    await gateway.publish([
      ...numbered("global", 1, 3),
      { type: "other", channel: "global" },
      ...numbered("global", 4, 4),
    ]);
    const events = serverEvents(await stream(gateway, "/v1/channels/global/events?types=other"));
    const ids: Array<string | undefined> = [];
    for (let i = 0; i < 4; i++) ids.push((await nextEvent(events, ({ event }) => event !== "retry")).id?.split(":")[1]);
    expect(ids).toEqual(["0", "3", "4", "5"]);
  });

  test("§4.3 a gap is an event with the position after it", async () => {
    const gateway = await openGateway({ namespaces: { global: { retention: { count: 10 } } } });
    const [kept] = await gateway.publish(numbered("global", 1, 1_000));
    const events = serverEvents(await stream(gateway, "/v1/channels/global/events", `${kept?.epoch}:5`));
    const gap = await nextEvent(events, ({ event }) => event === "gap");
    const { data } = JSON.parse(gap.data) as { data: { gap: { reason: string; from: number; to: number } } };
    expect(data.gap).toMatchObject({ reason: "trimmed", from: 6 });
    expect(gap.id).toBe(`${kept?.epoch}:${data.gap.to}`);
    expect((await nextEvent(events, isMessage)).id).toBe(`${kept?.epoch}:${data.gap.to + 1}`);
  });

  test("what cannot begin is an error with its status, not a stream", async () => {
    const gateway = await openGateway();
    const [kept] = await gateway.publish(numbered("global", 1, 1));
    const cases: Array<[string, string | undefined, number, string]> = [
      ["/v1/channels/global/events", `${kept?.epoch}:9`, 409, "position_beyond_head"],
      ["/v1/channels/global/events", "nonsense", 400, "invalid_position"],
      ["/v1/channels/global/events?since=nonsense", undefined, 400, "invalid_position"],
      ["/v1/channels/nowhere:x/events", undefined, 400, "unknown_namespace"],
      ["/v1/events?channel=global", "nonsense", 400, "invalid_position"],
    ];
    for (const [path, id, status, name] of cases) {
      const response = await stream(gateway, path, id);
      expect([path, response.status]).toEqual([path, status]);
      expect(await response.json()).toMatchObject({ error: { name } });
    }
  });

  test("a comment comes when nothing else does", async () => {
    const gateway = await openGateway({ limits: { heartbeatMs: 100 } });
    const events = serverEvents(await stream(gateway, "/v1/channels/global/events"));
    await nextEvent(events, ({ event }) => event === "comment");
    await nextEvent(events, ({ event }) => event === "comment");
  });

  test("§5.6 ephemeral events carry no id", async () => {
    const gateway = await openGateway();
    const events = serverEvents(await stream(gateway, "/v1/channels/global/events"));
    await nextEvent(events, ({ event }) => event === "subscription_update");
    await gateway.publish(numbered("global", 1, 1));
    expect((await nextEvent(events)).id).toMatch(/:1$/);
    const [forged] = await gateway.publish({ type: "presence_left", channel: "global", data: { memberId: "m1" } });
    expect(forged).toMatchObject({ error: { name: "forbidden" } });
    const wire = await openWire(gateway);
    wire.send({ id: "p", type: "presence", data: { channel: "global", memberId: "m1" } });
    const event = await nextEvent(events);
    expect(event.id).toBeUndefined();
    expect(JSON.parse(event.data)).toMatchObject({ type: "presence_joined", channel: "global" });
  });
});

describe("§6.5 several channels", () => {
  test("the cursor holds every channel's position, and resumes them all", async () => {
    const gateway = await openGateway();
    await gateway.publish([...numbered("agent:a", 1, 3), ...numbered("agent:b", 4, 5), ...numbered("global", 6, 6)]);
    const path = "/v1/events?channel=agent:*&channel=global&since=earliest";
    const events = serverEvents(await stream(gateway, path));
    const got: number[] = [];
    let cursor = "";
    for (let i = 0; i < 4; i++) {
      const event = await nextEvent(events, isMessage);
      got.push(numberOf(event));
      cursor = event.id ?? "";
    }
    await events.return(undefined);
    expect(parseCursor(cursor)?.size).toBeGreaterThan(0);
    // A channel that is born while nobody listens belongs to the pattern too.
    await gateway.publish(numbered("agent:c", 7, 8));
    const again = serverEvents(await stream(gateway, path.replace("earliest", "now"), cursor));
    for (let i = 0; i < 4; i++) got.push(numberOf(await nextEvent(again, isMessage)));
    expect(got.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("without since it begins now", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global", 1, 3));
    const events = serverEvents(await stream(gateway, "/v1/events?channel=global"));
    await nextEvent(events, ({ event }) => event === "subscription_update");
    await gateway.publish(numbered("global", 4, 4));
    expect(numberOf(await nextEvent(events, isMessage))).toBe(4);
  });

  test("more than 128 channels are refused, and a pattern that grows over them ends with the error", async () => {
    const gateway = await openGateway();
    const agents = (from: number, to: number): object[] =>
      Array.from({ length: to - from + 1 }, (_, i) => ({ type: "note", channel: `agent:${from + i}` }));
    await gateway.publish(agents(1, 128));
    const events = serverEvents(await stream(gateway, "/v1/events?channel=agent:*"));
    await nextEvent(events, ({ event }) => event === "subscription_update");
    await gateway.publish(agents(129, 129));
    const error = await nextEvent(events, ({ event }) => event === "error");
    expect(JSON.parse(error.data)).toMatchObject({ data: { name: "too_many_subscriptions" } });
    await expect(nextEvent(events)).rejects.toThrow("ended");
    const response = await stream(gateway, "/v1/events?channel=agent:*");
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ error: { name: "too_many_subscriptions", details: { limit: 128 } } });
  });
});

describe("the official EventSource client", () => {
  const sources: EventSource[] = [];
  afterEach(() => {
    for (const source of sources.splice(0)) source.close();
  });

  test("resumes by itself when the connection is cut", async () => {
    const gateway = await openGateway({ allowedHosts: ["127.0.0.1"] });
    const relay = await openRelay(gateway);
    const source = new EventSource(`${relay.url}/v1/channels/global/events`, {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
    });
    sources.push(source);
    const got: number[] = [];
    let wake: () => void = () => {};
    source.onmessage = (event: MessageEvent) => {
      got.push((JSON.parse(event.data) as { data: { n: number } }).data.n);
      wake();
    };
    const until = async (count: number): Promise<void> => {
      while (got.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    await gateway.publish(numbered("global", 1, 5));
    await until(5);
    relay.cut();
    await gateway.publish(numbered("global", 6, 10));
    await until(10);
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});
