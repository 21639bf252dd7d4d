import type { Message } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import WebSocket, { WebSocketServer } from "ws";
import { deflateOptions } from "../../src/transports/websocket/deflate.ts";
import { inflaterOf } from "../../src/transports/websocket/inflater.ts";
import { openGateway, type TestGateway } from "../support/gateway.ts";
import { openWire, type Wire } from "../support/wire.ts";

const line = (n: number, text = "a line that repeats itself ".repeat(80)): object => ({
  type: "note",
  channel: "global:lines",
  data: { n, text },
});

/** What `connect` answers on being told which codecs are read. */
async function negotiate(wire: Wire, compression?: string[]): Promise<unknown> {
  wire.send({ id: "c", type: "connect", data: { compression } });
  return (await wire.inbox.type("connect")).data;
}

async function compressions(gateway: TestGateway): Promise<number> {
  const text = await (await gateway.request("/metrics")).text();
  return Number(/^signalbox_compressions_total (\d+)$/m.exec(text)?.[1]);
}

/** Bytes that came on the socket while these were published. */
async function bytesOf(gateway: TestGateway, wire: Wire, events: object[]): Promise<number> {
  const before = wire.tcp.bytesRead;
  await gateway.publish(events);
  await wire.inbox.publications(events.length);
  return wire.tcp.bytesRead - before;
}

async function subscribed(wire: Wire, channel: string, since: unknown = "now"): Promise<void> {
  wire.send({ id: `s-${channel}`, type: "subscribe", data: { channel, since } });
  await wire.inbox.type("subscription_update");
}

describe("§3.9 gzip", () => {
  test("comes to those who asked in `connect`, from the answer on, until they say otherwise", async () => {
    const gateway = await openGateway();
    const wire = await openWire(gateway);
    await subscribed(wire, "global:lines");
    const events = [line(1), line(2)];
    expect(await bytesOf(gateway, wire, events)).toBeGreaterThan(4_000);
    expect(await negotiate(wire, ["zstd", "gzip"])).toMatchObject({ compression: ["gzip"] });
    expect(await bytesOf(gateway, wire, events)).toBeLessThan(1_000);
    expect(await negotiate(wire, ["zstd"])).not.toHaveProperty("compression");
    expect(await bytesOf(gateway, wire, events)).toBeGreaterThan(4_000);
    expect(await negotiate(wire, ["gzip"])).toMatchObject({ compression: ["gzip"] });
    expect(await negotiate(wire)).not.toHaveProperty("compression");
  });

  test("says so in metadata.compressed, and leaves the rest of metadata", async () => {
    const gateway = await openGateway();
    const wire = await openWire(gateway);
    await negotiate(wire, ["gzip"]);
    await subscribed(wire, "global:lines");
    await gateway.publish([{ ...line(1), metadata: { source: "s" } }, line(2), line(3, "short")]);
    const [one, two, three] = await wire.inbox.publications(3);
    expect(one?.metadata).toEqual({ source: "s", compressed: true });
    expect(two?.metadata).toEqual({ compressed: true });
    expect(three).not.toHaveProperty("metadata");
  });

  test("what is no list of names is an invalid message", async () => {
    const wire = await openWire(await openGateway());
    wire.send({ id: "c", type: "connect", data: { compression: "gzip" } });
    expect((await wire.inbox.type("error")).data).toMatchObject({ details: { path: "/data/compression" } });
  });

  test("is not promised where messages do not travel in frames", async () => {
    const gateway = await openGateway();
    const messages = [{ id: "c", type: "connect", data: { compression: ["gzip"] } }];
    const body = JSON.stringify({ messages, waitMs: 0 });
    const answer = (await (await gateway.request("/v1/poll", { method: "POST", body })).json()) as {
      messages: Message[];
    };
    expect(answer.messages[0]?.type).toBe("connect");
    expect(answer.messages[0]?.data).not.toHaveProperty("compression");
  });

  test("a hundred viewers cost one compression for each publication, from history too", async () => {
    const gateway = await openGateway({ limits: { tailEvents: 1 } });
    const events = Array.from({ length: 20 }, (_, n) => line(n));
    await gateway.publish(events);
    const wires = await Promise.all(Array.from({ length: 100 }, () => openWire(gateway)));
    for (const wire of wires) {
      wire.send({ id: "c", type: "connect", data: { compression: ["gzip"] } });
      wire.send({ id: "s", type: "subscribe", data: { channel: "global:lines", since: "earliest" } });
    }
    await Promise.all(wires.map((wire) => wire.inbox.publications(20)));
    expect(await compressions(gateway)).toBe(20);
    await gateway.publish(events);
    await Promise.all(wires.map((wire) => wire.inbox.publications(20)));
    expect(await compressions(gateway)).toBe(40);
  });
});

describe("§3.9 permessage-deflate", () => {
  test("is off unless it was switched on", async () => {
    const wire = await openWire(await openGateway());
    expect(wire.socket.extensions).toBe("");
  });

  test.each([
    ["with context", {}],
    ["without", { serverNoContextTakeover: true, clientNoContextTakeover: true }],
  ])("a client that offers to work %s works without, both ways", async (_, offer) => {
    const gateway = await openGateway({ compression: { deflate: true } });
    const wire = await openWire(gateway, { deflate: { ...offer, threshold: 0 } });
    expect(wire.socket.extensions).toBe("permessage-deflate");
    await subscribed(wire, "global:lines");
    expect(await bytesOf(gateway, wire, [line(1), line(2), line(3, "short")])).toBeLessThan(1_000);
    for (const id of ["p1", "p2"]) {
      wire.send({ id, type: "ping", data: { text: "deflated on its way to the gateway ".repeat(100) } });
      expect((await wire.inbox.type("pong")).metadata).toMatchObject({ correlationId: id });
    }
  });

  test("a connection that has it is not given gzip as well", async () => {
    const wire = await openWire(await openGateway({ compression: { deflate: true } }));
    expect(await negotiate(wire, ["gzip"])).not.toHaveProperty("compression");
  });

  test("a client that needs a smaller window gets none of it", async () => {
    const gateway = await openGateway({ compression: { deflate: true } });
    const wire = await openWire(gateway, { deflate: { serverMaxWindowBits: 10 } });
    expect(wire.socket.extensions).toBe("");
    await subscribed(wire, "global:lines");
    expect(await bytesOf(gateway, wire, [line(1)])).toBeGreaterThan(2_000);
  });

  test("no inflater stays with a connection between its messages", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: deflateOptions });
    onTestFinished(() => server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const got: string[] = [];
    const kept: unknown[] = [];
    server.on("connection", (ws) => {
      const inflater = inflaterOf(ws);
      ws.on("message", (data) => {
        inflater?.cleanup();
        kept.push(inflater && Reflect.get(inflater, "_inflate"));
        got.push(String(data));
        if (got.length === 3) ws.close();
      });
    });
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const client = new WebSocket(`ws://127.0.0.1:${port}`, {
      perMessageDeflate: { clientNoContextTakeover: true, threshold: 0 },
    });
    onTestFinished(() => client.terminate());
    const texts = ["one", "two".repeat(1_000), "three"];
    client.on("open", () => {
      for (const text of texts) client.send(text);
    });
    await new Promise((resolve) => client.once("close", resolve));
    expect(got).toEqual(texts);
    expect(kept).toEqual([null, null, null]);
  });
});

test("§3.9 plain, gzipped and deflated viewers see the same messages in the same order", async () => {
  const gateway = await openGateway({ compression: { deflate: true } });
  const plain = await openWire(gateway, { deflate: false });
  const gzip = await openWire(gateway, { deflate: false });
  const deflate = await openWire(gateway);
  await negotiate(gzip, ["gzip"]);
  expect(deflate.socket.extensions).toBe("permessage-deflate");
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.tuple(fc.string({ unit: "grapheme", minLength: 1, maxLength: 9 }), fc.nat(3_000)).map(([s, n]) => s.repeat(n)),
  );
  const metadata = fc.option(fc.record({ source: fc.string({ maxLength: 20 }) }), { nil: undefined });
  const events = fc.array(fc.record({ text, metadata }), { minLength: 1, maxLength: 30 });
  let channels = 0;
  await fc.assert(
    fc.asyncProperty(events, events, async (before, after) => {
      const channel = `global:c${++channels}`;
      const draft = ({ text, metadata }: { text: string; metadata: object | undefined }, n: number) => ({
        type: "note",
        channel,
        data: { n, text },
        ...(metadata && { metadata }),
      });
      await gateway.publish(before.map(draft));
      for (const wire of [plain, gzip, deflate]) await subscribed(wire, channel, "earliest");
      await gateway.publish(after.map(draft));
      const count = before.length + after.length;
      const [first, second, third] = await Promise.all(
        [plain, gzip, deflate].map((wire) => wire.inbox.publications(count)),
      );
      expect(first?.map(({ offset }) => offset)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
      expect(second?.map(unmarked)).toEqual(first?.map(unmarked));
      expect(third).toEqual(first);
    }),
    { numRuns: 20 },
  );
  expect(await compressions(gateway)).toBeGreaterThan(0);
});

/** Without what only tells how it came. */
function unmarked({ metadata, ...message }: Message): object {
  const { compressed: _, ...rest } = metadata ?? {};
  return { ...message, metadata: rest };
}
