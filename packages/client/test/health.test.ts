/** V10, X17: how the connection fares, counted between the client and the network. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMeasuredClient, type Health } from "../src/health.ts";
import type { Client, Readable, TransportName } from "../src/types.ts";
import { type FakeClock, fakeClock } from "./support/fake-clock.ts";
import { type Mini, miniGateway } from "./support/mini-gateway.ts";
import { ModelTransport, settled } from "./support/model-transport.ts";

describe("over a gateway in memory, with a clock that stands", () => {
  interface Opened {
    client: Client;
    health: Readable<Health>;
    transport: ModelTransport;
    gateway: ModelTransport["gateway"];
    clock: FakeClock;
    rest(): Promise<void>;
  }

  function open(): Opened {
    const transport = new ModelTransport();
    const clock = fakeClock();
    const outside = { clock, random: () => 0.5, unique: () => "u", onWake: () => () => {} };
    const { client, health } = createMeasuredClient(
      { url: "http://gateway.test" },
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
    return { client, health, transport, gateway: transport.gateway, clock, rest };
  }

  test("looking alone connects nobody", async () => {
    const { health, transport, clock, rest } = open();
    const stop = health.subscribe(() => {});
    await rest();
    clock.pass(60_000);
    await rest();
    expect(transport.dials).toHaveLength(0);
    expect(health.snapshot()).toMatchObject({ state: "idle", messagesIn: 0, messagesOut: 0, reconnects: 0 });
    stop();
    expect(clock.timers).toBe(0);
  });

  test("the same object until something changed", async () => {
    const { client, health, gateway, rest } = open();
    client.watch("agent:a", {});
    await rest();
    const before = health.snapshot();
    expect(health.snapshot()).toBe(before);
    gateway.publish("agent:a", 1);
    await rest();
    const after = health.snapshot();
    expect(after).not.toBe(before);
    expect(after.messagesIn).toBe(before.messagesIn + 1);
  });

  test("times the way there and back while somebody looks, every 10 s and on each new link", async () => {
    const { client, health, transport, gateway, clock, rest } = open();
    const stop = health.subscribe(() => {});
    client.connect();
    await settled();
    transport.deliver();
    await settled();
    clock.pass(16);
    await settled();
    // The ping is on its way; its answer takes a while.
    clock.pass(37);
    transport.deliver();
    expect(health.snapshot().roundTripMs).toBe(37);
    const pings = (): number => gateway.connections.values().next().value?.queue.length ?? 0;
    clock.pass(9_000);
    expect(pings()).toBe(0);
    clock.pass(2_000);
    await settled();
    expect(pings()).toBe(1);
    await rest();
    transport.cut({ code: 1006 });
    await rest();
    expect(health.snapshot()).toMatchObject({ state: "waiting", roundTripMs: undefined, connectedAtMs: undefined });
    clock.pass(2_000);
    await rest();
    expect(health.snapshot()).toMatchObject({ state: "live", reconnects: 1, roundTripMs: expect.any(Number) });
    stop();
    client.close();
    await rest();
    expect(clock.timers).toBe(0);
  });

  test("counts gaps, errors, failures, and when the last message came", async () => {
    const { client, health, transport, gateway, clock, rest } = open();
    client.watch("agent:a", {});
    await rest();
    gateway.publish("agent:a", 1);
    await rest();
    transport.cut();
    await rest();
    transport.refusal = { code: 1006 };
    clock.pass(1_000);
    await rest();
    expect(health.snapshot()).toMatchObject({ state: "waiting", failures: 1, gaps: 0, errors: 0 });
    transport.refusal = undefined;
    for (const n of [2, 3, 4]) gateway.publish("agent:a", n);
    gateway.trim("agent:a", 3);
    clock.pass(20_000);
    await rest();
    expect(health.snapshot()).toMatchObject({ state: "live", failures: 0, gaps: 1, reconnects: 1 });
    const atMs = clock.nowMs();
    const data = { name: "rate_limited", number: 202, message: "", temporary: true, help: "" };
    for (const { queue } of gateway.connections) queue.push({ id: "e", type: "error", timestamp: 0, data });
    transport.deliver();
    expect(health.snapshot()).toMatchObject({ errors: 1, lastMessageAtMs: atMs });
  });
});

describe("over the network", () => {
  let mini: Mini;
  let client: Client;
  let health: Readable<Health>;
  beforeEach(async () => {
    mini = await miniGateway();
  });
  afterEach(async () => {
    client.close();
    await mini.close();
  });

  const connect = (transport: TransportName): void => {
    ({ client, health } = createMeasuredClient({ url: mini.url, transports: [transport] }));
  };
  const shows = (isSo: (health: Health) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const stop = health.subscribe(look);
      function look(): void {
        if (!isSo(health.snapshot())) return;
        stop();
        resolve();
      }
      look();
    });

  test.each(["websocket", "sse", "poll"] as const)(
    "%s: bytes and messages in and out, and the way there and back",
    async (transport) => {
      connect(transport);
      const got: number[] = [];
      const text = "ü".repeat(500);
      client.watch("agent:a", { since: "earliest", onEvent: ({ offset }) => got.push(offset) });
      await shows(({ state }) => state === "live");
      const before = health.snapshot();
      await client.publish({ type: "note", channel: "agent:a", data: { text } });
      await shows(({ roundTripMs }) => roundTripMs !== undefined);
      await shows(() => got.length === 1);
      const { bytesIn, bytesOut, messagesIn, messagesOut, transport: shown } = health.snapshot();
      expect(shown).toBe(transport);
      // Two bytes each.
      expect(bytesOut - before.bytesOut).toBeGreaterThan(1_000);
      expect(bytesIn).toBeGreaterThan(before.bytesIn);
      expect(messagesIn).toBeGreaterThan(before.messagesIn);
      expect(messagesOut).toBeGreaterThan(before.messagesOut);
    },
  );
});
