import type { Message } from "@signalbox/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { nextEvent, serverEvents } from "../support/events.ts";
import { numbered, openGateway, type TestGateway } from "../support/gateway.ts";

const post = (gateway: TestGateway, body: unknown): Promise<Response> => {
  const gone = new AbortController();
  onTestFinished(() => gone.abort());
  return gateway.request("/v1/stream", { method: "POST", body: JSON.stringify(body), signal: gone.signal });
};

describe("§7.1 stream", () => {
  test("each data is one message as on the WebSocket, without id and name", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global", 1, 500));
    const response = await post(gateway, [
      { id: "c", type: "connect", data: { client: "test" } },
      { id: "s", type: "subscribe", data: { channel: "global", since: "earliest" } },
      { id: "x", type: "subscribe", data: { channel: "nowhere:x" } },
    ]);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = serverEvents(response);
    const next = async (): Promise<Message> => {
      const event = await nextEvent(events, ({ event }) => event !== "comment");
      expect(event).toEqual({ event: "message", data: expect.any(String) });
      return JSON.parse(event.data) as Message;
    };
    expect(await next()).toMatchObject({
      type: "connect",
      metadata: { correlationId: "c" },
      data: { heartbeatMs: 25_000 },
    });
    const others: Message[] = [];
    const offsets: number[] = [];
    while (offsets.length < 500) {
      const message = await next();
      if (message.offset === undefined) others.push(message);
      else offsets.push(message.offset);
    }
    expect(offsets).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    expect(others).toMatchObject([
      { type: "error", metadata: { correlationId: "x" }, data: { name: "unknown_namespace" } },
      { type: "subscription_update", metadata: { correlationId: "s" } },
    ]);
    await gateway.publish(numbered("global", 501, 501));
    expect(await next()).toMatchObject({ offset: 501, channel: "global" });
  });

  test("comments are life", async () => {
    const gateway = await openGateway({ limits: { heartbeatMs: 100 } });
    const events = serverEvents(await post(gateway, [{ type: "connect" }]));
    await nextEvent(events, ({ event }) => event === "comment");
    await nextEvent(events, ({ event }) => event === "comment");
  });

  test("a client that goes away leaves nothing behind", async () => {
    const gateway = await openGateway();
    await gateway.publish(numbered("global", 1, 1));
    const gone = new AbortController();
    const body = JSON.stringify([{ type: "subscribe", data: { channel: "global" } }]);
    await gateway.request("/v1/stream", { method: "POST", body, signal: gone.signal });
    const subscribers = async (): Promise<number> => {
      const found = (await (await gateway.request("/v1/channels/global")).json()) as { subscribers: number };
      return found.subscribers;
    };
    expect(await subscribers()).toBe(1);
    gone.abort();
    while ((await subscribers()) > 0);
  });

  test.each([[[]], [{ type: "Bad" }], [[{ type: "connect", id: "" }]], ["text"]])(
    "%j is refused with 400",
    async (body) => {
      const response = await post(await openGateway(), body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { name: "invalid_message" } });
    },
  );
});
