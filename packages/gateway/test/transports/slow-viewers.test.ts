/** §4.10 over real sockets: what becomes of a viewer that was at the head and stops reading for a while. */
import type { Message, SubscriptionUpdate } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { openGateway } from "../support/gateway.ts";
import { openWire } from "../support/wire.ts";

const channel = "process:p";
const batches = 30;
const linesEach = 20;
/** Far more in all than an outbox and a kernel's buffers. */
const output = "x".repeat(30_000);

test("§4.10 a WebSocket viewer that stops reading a flood of lines gets all lossless events, and gaps that add up", async () => {
  const gateway = await openGateway({ limits: { outboxBytes: 131_072 } });
  const wire = await openWire(gateway);
  wire.send({ id: "s", type: "subscribe", data: { channel } });
  await wire.inbox.type("subscription_update");
  wire.socket.pause();
  const line = { type: "process_output", channel, data: { processId: "p", output } };
  for (let n = 1; n <= batches; n++) {
    const lines = Array.from({ length: linesEach }, () => line);
    await gateway.publish([...lines, { type: "note", channel, data: { n } }]);
  }
  wire.socket.resume();
  const parts: Message[] = [];
  let at = 0;
  while (at < batches * (linesEach + 1)) {
    const message = await wire.inbox.next();
    parts.push(message);
    const { state, offset, gap } = message.data as Partial<SubscriptionUpdate>;
    if (message.type === "subscription_update")
      expect([state, gap?.reason, gap?.from]).toEqual(["gap", "slow", at + 1]);
    else expect(message.offset).toBe(at + 1);
    at = message.offset ?? offset ?? 0;
  }
  const notes = parts.filter(({ type }) => type === "note").map(({ data }) => Reflect.get(Object(data), "n"));
  expect(notes).toEqual(Array.from({ length: batches }, (_, i) => i + 1));
  const missed = parts.map(({ data }) => (data as Partial<SubscriptionUpdate>).gap?.counts?.process_output ?? 0);
  const dropped = missed.reduce((sum, count) => sum + count, 0);
  expect(dropped).toBeGreaterThan(0);
  expect(dropped + parts.filter(({ type }) => type === "process_output").length).toBe(batches * linesEach);
  wire.send({ id: "p", type: "ping", data: {} });
  const pong = await wire.inbox.type("pong");
  expect(pong.data).toMatchObject({ behind: 0, dropped: { coalesce: dropped, latest: 0 } });
  const metrics = await (await gateway.request("/metrics")).text();
  expect(metrics).toContain(`signalbox_dropped_coalesce_total ${dropped}\n`);
  expect(metrics).toContain("signalbox_slow_closes_total 0\n");
});
