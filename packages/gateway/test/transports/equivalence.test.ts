import type { Message } from "@signalbox/protocol";
import { expect, onTestFinished, test } from "vitest";
import { nextEvent, serverEvents } from "../support/events.ts";
import { numbered, openGateway, type TestGateway } from "../support/gateway.ts";
import { openWire } from "../support/wire.ts";

/** Reads so many publications of a pattern from the beginning, by one transport. */
type Read = (gateway: TestGateway, pattern: string, count: number) => Promise<Message[]>;

const transports: Record<string, Read> = {
  websocket: async (gateway, channel, count) => {
    const wire = await openWire(gateway);
    wire.send({ id: "s", type: "subscribe", data: { channel, since: "earliest" } });
    return wire.inbox.publications(count);
  },
  stream: async (gateway, channel, count) => {
    const body = JSON.stringify([{ id: "s", type: "subscribe", data: { channel, since: "earliest" } }]);
    return readStream(await gateway.request("/v1/stream", { method: "POST", body, signal: gone() }), count);
  },
  sse: async (gateway, channel, count) =>
    readStream(await gateway.request(`/v1/events?channel=${channel}&since=earliest`, { signal: gone() }), count),
  poll: async (gateway, channel, count) => {
    const got: Message[] = [];
    const positions: Record<string, { epoch: string; offset: number }> = {};
    while (got.length < count) {
      const data = { channel, since: "earliest", positions };
      const body = JSON.stringify({ messages: [{ type: "subscribe", data }], waitMs: 50_000 });
      const response = await gateway.request("/v1/poll", { method: "POST", body });
      const { messages } = (await response.json()) as { messages: Message[] };
      for (const message of messages) {
        const { channel: name, epoch, offset } = message;
        if (name === undefined || epoch === undefined || offset === undefined) continue;
        positions[name] = { epoch, offset };
        got.push(message);
      }
    }
    return got;
  },
};

function gone(): AbortSignal {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  return controller.signal;
}

async function readStream(response: Response, count: number): Promise<Message[]> {
  const events = serverEvents(response);
  const got: Message[] = [];
  while (got.length < count) {
    const { data } = await nextEvent(events, ({ event }) => event === "message");
    const message = JSON.parse(data) as Message;
    if (message.offset !== undefined) got.push(message);
  }
  return got;
}

function byChannel(messages: Message[]): Map<string, Message[]> {
  const found = new Map<string, Message[]>();
  for (const message of messages) {
    const { channel = "" } = message;
    found.set(channel, [...(found.get(channel) ?? []), message]);
  }
  return found;
}

test("§7 the same events in the same order on all transports, from history and live", async () => {
  const gateway = await openGateway();
  const rounds = 60;
  const publish = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n++) {
      await gateway.publish(
        ["agent:a", "agent:b", "agent:c"].flatMap((channel) => numbered(channel, n * 10, n * 10 + 9)),
      );
    }
  };
  await publish(1, rounds / 2);
  const total = rounds * 30;
  const reading = Object.values(transports).map((read) => read(gateway, "agent:*", total));
  await publish(rounds / 2 + 1, rounds);
  const [first, ...others] = (await Promise.all(reading)).map(byChannel);
  expect([...(first?.values() ?? [])].map((messages) => messages.map(({ offset }) => offset))).toEqual(
    Array.from({ length: 3 }, () => Array.from({ length: rounds * 10 }, (_, i) => i + 1)),
  );
  for (const other of others) {
    for (const [channel, messages] of first ?? []) expect(other.get(channel)).toEqual(messages);
  }
});
