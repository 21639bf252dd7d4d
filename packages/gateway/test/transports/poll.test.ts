import type { Message } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { numbered, openGateway, type TestGateway } from "../support/gateway.ts";

const post = (gateway: TestGateway, body: unknown, init: RequestInit = {}): Promise<Response> =>
  gateway.request("/v1/poll", { method: "POST", body: JSON.stringify(body), ...init });

async function poll(gateway: TestGateway, messages: unknown[], waitMs?: number): Promise<Message[]> {
  const response = await post(gateway, { messages, ...(waitMs === undefined ? {} : { waitMs }) });
  expect(response.status).toBe(200);
  return ((await response.json()) as { messages: Message[] }).messages;
}

const subscribe = (since: unknown, channel = "global") => ({ id: "s", type: "subscribe", data: { channel, since } });
const offsets = (messages: Message[]): number[] => messages.flatMap(({ offset }) => offset ?? []);

describe("§7.2 poll", () => {
  test("waitMs 0 answers at once, with what there is", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global", 1, 3));
    const messages = await poll(gateway, [{ id: "c", type: "connect" }, subscribe("earliest")], 0);
    expect(messages.map(({ type }) => type)).toEqual(["connect", "subscription_update", "note", "note", "note"]);
    expect((await poll(gateway, [subscribe("now")], 0)).map(({ type }) => type)).toEqual(["subscription_update"]);
  });

  test("A14 many subscriptions are no message of many keys, one of many keys is refused", async () => {
    const gateway = await openGateway();
    const many = Array.from({ length: 400 }, (_, n) => subscribe("now", `agent:${n}`));
    expect(await poll(gateway, many, 0)).toHaveLength(many.length);
    const keys = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, n]));
    expect((await post(gateway, { messages: [...many, { type: "note", data: keys }] })).status).toBe(400);
    expect((await post(gateway, { messages: many, ...keys })).status).toBe(400);
  });

  test("nothing new: it waits until something is published", async () => {
    const gateway = await openGateway();
    const [kept] = await gateway.publish(numbered("global", 1, 1));
    const waiting = poll(gateway, [subscribe({ epoch: kept?.epoch, offset: 1 })], 50_000);
    await watched(gateway);
    await gateway.publish(numbered("global", 2, 4));
    expect(offsets(await waiting)).toEqual([2, 3, 4]);
  });

  test("nothing new at all: it answers after waitMs", async () => {
    const gateway = await openGateway();
    const [kept] = await gateway.publish(numbered("global", 1, 1));
    const messages = await poll(gateway, [subscribe({ epoch: kept?.epoch, offset: 1 })], 5);
    expect(messages.map(({ type }) => type)).toEqual(["subscription_update"]);
  });

  test("a position, gap or error that the client did not know is told at once", async () => {
    const gateway = await openGateway();
    const [kept] = await gateway.publish(numbered("global", 1, 1));
    for (const since of ["now", { epoch: "another", offset: 1 }, { epoch: kept?.epoch, offset: 7 }]) {
      expect(await poll(gateway, [subscribe(since)], 50_000)).not.toHaveLength(0);
    }
    expect(await poll(gateway, [subscribe("now", "nowhere:x")], 50_000)).toMatchObject([{ type: "error" }]);
    expect(await poll(gateway, [{ id: "c", type: "connect" }], 50_000)).toMatchObject([{ type: "connect" }]);
  });

  test("pages are bounded, and following the positions loses nothing", async () => {
    const gateway = await openGateway();
    const [kept] = await gateway.publish(numbered("global", 1, 1_000));
    const { epoch } = kept as { epoch: string };
    const got: number[] = [];
    while (got.length < 1_000) {
      const page = offsets(await poll(gateway, [subscribe({ epoch, offset: got.length })], 0));
      expect(page.length).toBeGreaterThan(0);
      got.push(...page);
    }
    expect(got).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
  });

  test("a pattern resumes by its positions and brings channels that are new", async () => {
    const gateway = await openGateway();
    const [a] = await gateway.publish([...numbered("agent:a", 1, 2), ...numbered("agent:b", 3, 3)]);
    const { epoch } = a as { epoch: string };
    const positions = { "agent:a": { epoch, offset: 2 }, "agent:b": { epoch, offset: 1 } };
    const request = { type: "subscribe", data: { channel: "agent:*", since: "earliest", positions } };
    expect(offsets(await poll(gateway, [request], 1))).toEqual([]);
    const waiting = poll(gateway, [request], 50_000);
    await watched(gateway, "agent:a");
    await gateway.publish(numbered("agent:c", 4, 4));
    expect(await waiting).toContainEqual(expect.objectContaining({ channel: "agent:c", offset: 1 }));
  });

  test("a client that goes away frees what it waited for", async () => {
    const gateway = await openGateway();
    const [kept] = await gateway.publish(numbered("global", 1, 1));
    const gone = new AbortController();
    const messages = [subscribe({ epoch: kept?.epoch, offset: 1 })];
    const waiting = post(gateway, { messages, waitMs: 50_000 }, { signal: gone.signal });
    await watched(gateway);
    gone.abort();
    await expect(waiting).rejects.toThrow();
    await watched(gateway, "global", 0);
  });

  test("A12 names in a subscribe that are no texts get its error, like on a WebSocket", async () => {
    const gateway = await openGateway();
    const since = { epoch: "e", offset: 0 };
    const data = { resource: { toString: {} }, id: { toString: {} }, since };
    const [answer] = await poll(gateway, [{ id: "s", type: "subscribe", data }], 0);
    expect(answer).toMatchObject({
      type: "error",
      data: { name: "invalid_message" },
      metadata: { correlationId: "s" },
    });
    expect(gateway.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  test.each([
    [{}, "/messages"],
    [{ messages: [] }, "/messages"],
    [{ messages: "x" }, "/messages"],
    [{ messages: [{ type: "connect" }, { type: "A" }] }, "/messages/1/type"],
    [{ messages: [{ type: "connect" }], waitMs: -1 }, "/waitMs"],
    [{ messages: [{ type: "connect" }], waitMs: "1" }, "/waitMs"],
    [[], "/messages"],
  ])("%j is refused and names %s", async (body, path) => {
    const response = await post(await openGateway(), body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { name: "invalid_message", details: { path } } });
  });
});

/** Until so many connections watch the channel, which has been published to. */
async function watched(gateway: TestGateway, channel = "global", count = 1): Promise<void> {
  for (;;) {
    const found = (await (await gateway.request(`/v1/channels/${channel}`)).json()) as { subscribers: number };
    if (found.subscribers === count) return;
  }
}
