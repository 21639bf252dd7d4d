import { expect, test } from "vitest";
import { type Ack, Acks } from "../../src/transports/websocket/acks.ts";

const ack = (id: string, ...events: string[]): Ack => ({
  id,
  type: "ack",
  timestamp: 1,
  data: { results: events.map((event) => ({ id: event, channel: "global", epoch: "e", offset: 1, duplicate: false })) },
  ...(events.length === 1 ? { metadata: { correlationId: String(events[0]) } } : {}),
});

test("§5.1 an ack alone stays as it is", () => {
  const only = ack("a1", "e1");
  expect(new Acks(only).message()).toBe(only);
});

test("§5.1 several become one, results in the order of sending, that answers no single message", () => {
  const first = ack("a1", "e1");
  const acks = new Acks(first);
  expect([acks.add(ack("a2", "e2", "e3")), acks.add(ack("a3", "e4"))]).toEqual([true, true]);
  const { id, metadata, data } = acks.message();
  expect([id, metadata, data.results.map((result) => result.id)]).toEqual(["a1", undefined, ["e1", "e2", "e3", "e4"]]);
  // Whoever made it may still look at it.
  expect(first.data.results).toHaveLength(1);
});

test("§5.1 one ack has at most 1,000 results", () => {
  const many = Array.from({ length: 999 }, (_, n) => `e${n}`);
  const acks = new Acks(ack("a1", ...many));
  expect([acks.add(ack("a2", "x")), acks.add(ack("a3", "y"))]).toEqual([true, false]);
  expect(acks.message().data.results).toHaveLength(1_000);
});
