/** §5.8 over HTTP and WebSocket, in memory and on disk. */
import { expect, test } from "vitest";
import { openGateway, type TestGateway } from "../support/gateway.ts";
import { openWire } from "../support/wire.ts";

const note = (id: string, expected: unknown) => ({ id, type: "note", channel: "session:s", metadata: { expected } });

async function headOf(gateway: TestGateway): Promise<{ epoch: string; offset: number }> {
  const response = await gateway.request("/v1/channels/session:s/events?since=now");
  const { epoch, top } = (await response.json()) as { epoch: string; top: number };
  return { epoch, offset: top };
}

test.each(["memory", "sqlite"] as const)("§5.8 one of two who expect the same head is kept (%s)", async (store) => {
  const gateway = await openGateway({ store });
  const start = await headOf(gateway);
  expect(start.offset).toBe(0);
  const moved = { name: "head_moved", number: 132, details: { epoch: start.epoch, offset: 1 } };
  expect(await gateway.publish([note("a", start), note("b", start)])).toMatchObject([
    { id: "a", offset: 1, duplicate: false },
    { id: "b", error: moved },
  ]);
  const alone = await gateway.request("/v1/events", { method: "POST", body: JSON.stringify(note("c", start)) });
  expect(alone.status).toBe(409);
  expect(await alone.json()).toMatchObject({ error: moved, results: [{ id: "c", error: moved }] });

  const wire = await openWire(gateway);
  wire.send([note("d", start), note("e", { ...start, offset: 1 })]);
  const results = [await wire.inbox.type("ack")].flatMap(({ data }) => (data as { results: unknown[] }).results);
  expect(results).toMatchObject([
    { id: "d", error: moved },
    { id: "e", offset: 2 },
  ]);
  const again = await gateway.request("/v1/channels/session:s/events");
  const { events } = (await again.json()) as { events: Array<{ id: string; metadata: unknown }> };
  expect(events).toMatchObject([
    { id: "a", metadata: { expected: start } },
    { id: "e", metadata: { expected: { ...start, offset: 1 } } },
  ]);
});

test("§1.5 §5.8 what is no position is refused as the message's fault", async () => {
  const gateway = await openGateway();
  const response = await gateway.request("/v1/events", { method: "POST", body: JSON.stringify(note("a", "k3v9:1")) });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { name: "invalid_message", details: { path: "/metadata/expected" } },
  });
});
