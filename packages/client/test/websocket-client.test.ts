/** S6 and X8: the class and its parts, against a gateway in memory; test/typescript.test.ts has a real one. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { EventSubscriber, isEvent } from "../src/event-subscriber.ts";
import { manual } from "../src/reconnection.ts";
import type { ClientOptions } from "../src/types.ts";
import {
  AutoSDLCWebSocketClient,
  type EventHandler,
  type Unsubscribe,
  WebSocketClient,
} from "../src/websocket-client.ts";
import { type FakeClock, fakeClock } from "./support/fake-clock.ts";
import { ModelTransport, settled } from "./support/model-transport.ts";

function open(options: Partial<ClientOptions> = {}) {
  const transport = new ModelTransport();
  const clock: FakeClock = fakeClock();
  const outside = { clock, random: () => 0.5, unique: () => "u", onWake: () => () => {} };
  const client = new WebSocketClient(
    { url: "ws://gateway.test/v1/ws", ...options },
    { transports: [transport], ...outside },
  );
  const rest = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) {
      await settled();
      clock.pass(20);
      transport.deliver();
    }
    await settled();
  };
  return { client, transport, gateway: transport.gateway, clock, rest };
}

test("the document's name is the same class, and its signatures hold", () => {
  expect(AutoSDLCWebSocketClient).toBe(WebSocketClient);
  type Doc = InstanceType<typeof AutoSDLCWebSocketClient>;
  expectTypeOf<Doc["connect"]>().returns.toEqualTypeOf<Promise<void>>();
  expectTypeOf<Doc["subscribe"]>().returns.toEqualTypeOf<Promise<string>>();
  expectTypeOf<ReturnType<Doc["on"]>>().toEqualTypeOf<Unsubscribe>();
  expectTypeOf<Doc["send"]>().returns.toEqualTypeOf<Promise<void>>();
  const { client } = open();
  client.on("agent_status", ({ data }) => expectTypeOf(data.status).toExtend<string>());
  // @ts-expect-error the catalogue's status has no such member
  client.on("agent_status", ({ data }) => data.phase);
  const anyType: string = "decided when it runs";
  client.on(anyType, ({ data }) => data.whatever);
  const handler: EventHandler = ({ id, type, timestamp, data, metadata }) => [id, type, timestamp, data, metadata];
  client.on("*", handler);
});

describe("connect", () => {
  test("resolves when the link is live, and again when it already is", async () => {
    const { client, rest } = open();
    const connected = client.connect();
    await rest();
    await connected;
    await client.connect();
    expect(client.client.link.snapshot().state).toBe("live");
  });

  test("waits over attempts that fail, as long as more are made", async () => {
    const { client, transport, clock, rest } = open();
    transport.refusal = { code: 1006 };
    let done = false;
    const connected = client.connect().then(() => {
      done = true;
    });
    await rest();
    expect(done).toBe(false);
    transport.refusal = undefined;
    clock.pass(20_000);
    await rest();
    await connected;
  });

  test("rejects when nothing more is tried: refused for good, or up to a person", async () => {
    const refused = open();
    const problem = { name: "unauthenticated", number: 115, message: "", temporary: false, help: "Log in." } as const;
    refused.transport.refusal = { code: 3501, problem };
    const why = expect(refused.client.connect()).rejects.toMatchObject({
      name: "unauthenticated",
      help: "Log in.",
      temporary: false,
    });
    await refused.rest();
    await why;
    const asking = open({ reconnect: manual });
    asking.transport.refusal = { code: 1006 };
    const noticed = expect(asking.client.connect()).rejects.toMatchObject({ name: "connection_lost", temporary: true });
    await asking.rest();
    await noticed;
    asking.transport.refusal = undefined;
    const again = asking.client.connect();
    await asking.rest();
    await again;
  });
});

describe("on and subscribe", () => {
  test("handlers by type, one for all; unsubscribing ends that one alone", async () => {
    const { client, gateway, rest } = open();
    const got: string[] = [];
    const handler =
      (name: string): EventHandler =>
      ({ type, data }) =>
        got.push(`${name} ${type} ${data.n}`);
    const stop = client.on("tick", handler("a"));
    client.on("tick", handler("b"));
    client.on("*", ({ type, offset }) => got.push(`* ${type} ${offset}`));
    const subscribed = client.subscribe({ channel: "agent:a", filter: { types: ["tick", "tock"] } });
    await rest();
    expect(await subscribed).toMatch(/./);
    got.length = 0;
    gateway.publish("agent:a", 1);
    gateway.publish("agent:a", 2, "tock");
    await rest();
    expect(got).toEqual(["a tick 1", "b tick 1", "* tick 1", "* tock 2"]);
    stop();
    got.length = 0;
    gateway.publish("agent:a", 3);
    await rest();
    expect(got).toEqual(["b tick 3", "* tick 3"]);
  });

  test("a resource with events is the channel and the types", async () => {
    const { client, gateway, rest } = open();
    const got: string[] = [];
    client.on("*", ({ type, channel }) => channel && got.push(type));
    void client.subscribe({ resource: "agent", id: "a", events: ["status", "agent_log", "other"] });
    await rest();
    for (const type of ["agent_status", "agent_log", "tick", "other"]) gateway.publish("agent:a", 1, type);
    await rest();
    expect(got).toEqual(["agent_status", "agent_log", "other"]);
  });

  test("an event that serves two subscriptions is told once; each ends by its id", async () => {
    const { client, gateway, rest } = open();
    const got: unknown[] = [];
    client.on("tick", ({ offset }) => got.push(offset));
    const [one, two] = await both(client, rest);
    expect(one).not.toBe(two);
    gateway.publish("agent:a", 1);
    await rest();
    expect(client.unsubscribe(one)).toBe(true);
    expect(client.unsubscribe(one)).toBe(false);
    gateway.publish("agent:a", 2);
    await rest();
    expect(client.unsubscribe(two)).toBe(true);
    await rest();
    gateway.publish("agent:a", 3);
    await rest();
    expect(got).toEqual([1, 2]);
  });

  test("a link that comes back within a frame is told before what it brings", async () => {
    const { client, transport, gateway, clock, rest } = open();
    const got: unknown[] = [];
    const subscribed = client.subscribe({ channel: "agent:a" });
    await rest();
    await subscribed;
    client.on("*", ({ type }) => got.push(type));
    clock.pass(20);
    transport.cut();
    await settled();
    gateway.publish("agent:a", 1);
    void client.connect();
    for (let i = 0; i < 6; i++) {
      await settled();
      clock.pass(0);
      transport.deliver();
    }
    expect(got).toEqual(["disconnect", "connect", "tick", "subscription_update"]);
  });

  test("subscriptions go on where they were after a cut, and what is lost for good is said", async () => {
    const { client, transport, gateway, clock, rest } = open();
    const got: unknown[] = [];
    client.on("tick", ({ offset }) => got.push(offset));
    client.on("connect", () => got.push("connect"));
    client.on("disconnect", ({ data }) => got.push(`disconnect ${data.reason}`));
    client.on("subscription_update", ({ data, metadata }) =>
      got.push(`${metadata?.correlationId} ${data.state} ${data.offset} ${data.gap?.reason ?? ""}`.trim()),
    );
    const subscribed = client.subscribe({ channel: "agent:a", since: "earliest" });
    await rest();
    const id = await subscribed;
    gateway.publish("agent:a", 1);
    await rest();
    transport.cut({ code: 1006 });
    await rest();
    for (const n of [2, 3, 4]) gateway.publish("agent:a", n);
    gateway.trim("agent:a", 2);
    clock.pass(20_000);
    await rest();
    // What is told of the link comes before what came with it.
    expect(got).toEqual([
      "connect",
      `${id} subscribed 0`,
      1,
      "disconnect connection_lost",
      "connect",
      `${id} gap 2 trimmed`,
      3,
      4,
      `${id} subscribed 4`,
    ]);
  });

  test("one that waits is rejected when the client stops", async () => {
    const { client, transport, rest } = open();
    const problem = { name: "unauthenticated", number: 115, message: "", temporary: false, help: "Log in." } as const;
    transport.refusal = { code: 3501, problem };
    const refused = expect(client.subscribe({ channel: "agent:a" })).rejects.toMatchObject({ name: "unauthenticated" });
    await rest();
    await refused;
  });

  test("a refusal rejects with it, and is told as an error", async () => {
    const { client, gateway, transport, rest } = open();
    const errors: unknown[] = [];
    client.on("error", ({ data }) => errors.push(data.name));
    const connected = client.connect();
    await rest();
    await connected;
    const refused = expect(client.subscribe({ channel: "agent:a" })).rejects.toMatchObject({ name: "forbidden" });
    await settled();
    const data = {
      name: "forbidden",
      number: 112,
      message: "no",
      temporary: false,
      help: "Ask.",
      details: { channel: "agent:a" },
    };
    for (const { queue } of gateway.connections) {
      const { metadata } = queue.splice(0).find(({ type }) => type === "subscription_update") ?? {};
      queue.push({ id: "e", type: "error", timestamp: 0, data, ...(metadata ? { metadata } : {}) });
    }
    transport.deliver();
    await rest();
    await refused;
    expect(errors).toEqual(["forbidden"]);
  });

  test("closing a subscriber ends its subscriptions and handlers, and leaves the client alone", async () => {
    const { client, gateway, rest } = open();
    const got: unknown[] = [];
    const subscriber = new EventSubscriber(client.client);
    subscriber.on("*", ({ type }) => got.push(type));
    client.on("tick", ({ offset }) => got.push(offset));
    void client.subscribe({ channel: "agent:a" });
    const subscribed = subscriber.subscribe({ channel: "agent:b" });
    await rest();
    expect(subscriber.positions(await subscribed)).toMatchObject({ "agent:b": { offset: 0 } });
    const waiting = expect(subscriber.subscribe({ channel: "agent:c" })).rejects.toMatchObject({ name: "closed" });
    subscriber.close();
    await waiting;
    got.length = 0;
    await rest();
    gateway.publish("agent:b", 1);
    gateway.publish("agent:a", 1);
    await rest();
    expect(got).toEqual([1]);
  });

  test("positions of one run begin the next where it ended", async () => {
    const { client, gateway, rest } = open();
    const id = client.subscribe({ channel: "agent:*" });
    await rest();
    gateway.publish("agent:a", 1);
    gateway.publish("agent:b", 1);
    await rest();
    const positions = client.positions(await id);
    expect(client.unsubscribe(await id)).toBe(true);
    gateway.publish("agent:a", 2);
    const got: unknown[] = [];
    client.on("tick", ({ channel, offset }) => got.push(`${channel} ${offset}`));
    void client.subscribe({ channel: "agent:*", positions });
    await rest();
    expect(got).toEqual(["agent:a 2"]);
  });

  test("a handler that throws stops neither the others nor the client", async () => {
    const { client, gateway, rest } = open();
    const got: unknown[] = [];
    const thrown: unknown[] = [];
    const onThrown = (error: unknown): unknown => thrown.push(String(error));
    const before = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", onThrown);
    try {
      client.on("tick", () => {
        throw new Error("mine");
      });
      client.on("tick", ({ offset }) => got.push(offset));
      void client.subscribe({ channel: "agent:a" });
      await rest();
      gateway.publish("agent:a", 1);
      await rest();
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("uncaughtException", onThrown);
      for (const listener of before) process.on("uncaughtException", listener);
    }
    expect([got, thrown]).toEqual([[1], ["Error: mine"]]);
  });
});

/** Two subscriptions to the same channel. */
async function both(client: WebSocketClient, rest: () => Promise<void>): Promise<[string, string]> {
  const asked = [client.subscribe({ channel: "agent:a" }), client.subscribe({ channel: "agent:*" })] as const;
  await rest();
  return Promise.all(asked);
}

describe("send", () => {
  test("resolves once it is kept; without a link it waits, and is sent when there is one", async () => {
    const { client, gateway, rest } = open();
    const sent = client.send({ type: "tick", channel: "agent:a", data: { n: 1 } });
    await rest();
    await sent;
    expect(gateway.history("agent:a").events).toMatchObject([{ n: 1, type: "tick" }]);
  });

  test.each(["ping", "subscribe", "auth_request", "disconnect"])(
    "%s is no message to send, and what to do is said",
    async (type) => {
      await expect(open().client.send({ type, data: {} })).rejects.toMatchObject({
        name: "invalid_message",
        help: expect.stringMatching(/./),
      });
    },
  );

  test("neither is one without a type, whatever the compiler was told", async () => {
    const untyped = { data: {} } as { type: string; data: object };
    await expect(open().client.send(untyped)).rejects.toMatchObject({ name: "invalid_message" });
  });
});

test("disconnect ends it and connect goes on with all subscriptions", async () => {
  const { client, gateway, rest } = open();
  const got: unknown[] = [];
  client.on("tick", ({ offset }) => got.push(offset));
  void client.subscribe({ channel: "agent:a" });
  await rest();
  client.disconnect();
  await rest();
  gateway.publish("agent:a", 1);
  expect(client.reconnection.snapshot().state).toBe("stopped");
  const connected = client.connect();
  await rest();
  await connected;
  expect(got).toEqual([1]);
});

test("isEvent narrows what was watched without types", () => {
  const event = { id: "e", type: "agent_log", timestamp: 1, data: { agentId: "a", level: "info", message: "m" } };
  expect(isEvent(event, "agent_status")).toBe(false);
  if (!isEvent(event, "agent_status", "agent_log")) throw new Error("it is one of them");
  expectTypeOf(event.type).toEqualTypeOf<"agent_status" | "agent_log">();
  if (event.type === "agent_log") expect(event.data.message).toBe("m");
});
