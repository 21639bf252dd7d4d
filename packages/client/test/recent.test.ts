import type { Publication } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { recentEvents } from "../src/recent.ts";
import { rig } from "./support/model-transport.ts";

const numbers = (events: readonly Publication[]): number[] => events.map(({ data }) => (data as { n: number }).n);

test("D5 the newest of what is kept, and what comes; each once over a cut", async () => {
  const { client, gateway, transport, clock, rest } = rig();
  for (const n of [1, 2, 3, 4, 5]) gateway.publish("agent:a", n);
  const list = recentEvents(client, "agent:a", { last: 3 });
  list.subscribe(() => {});
  await rest();
  expect(numbers(list.snapshot().events)).toEqual([3, 4, 5]);
  expect(list.snapshot()).toMatchObject({ status: "live", gaps: [], error: undefined });
  const before = list.snapshot();
  expect(list.snapshot()).toBe(before);
  transport.cut();
  gateway.publish("agent:a", 6);
  clock.pass(2_000);
  await rest();
  for (const n of [7, 8, 9, 10]) gateway.publish("agent:a", n);
  await rest();
  expect(numbers(list.snapshot().events)).toEqual([8, 9, 10]);
  expect(numbers(before.events)).toEqual([3, 4, 5]);
});

test("making a list connects nothing; the same channel and options are the same list while somebody listens", async () => {
  const { client, transport, clock, rest } = rig();
  const list = recentEvents(client, "agent:a", { last: 3 });
  await rest();
  expect(transport.dials).toEqual([]);
  expect(recentEvents(client, "agent:a", { last: 3 })).toBe(list);
  expect(recentEvents(client, "agent:a")).not.toBe(list);
  const stop = list.subscribe(() => {});
  await rest();
  expect(list.snapshot().status).toBe("live");
  stop();
  clock.pass(999);
  const again = list.subscribe(() => {});
  clock.pass(2_000);
  await rest();
  expect(list.snapshot().status).toBe("live");
  again();
  clock.pass(1_000);
  await rest();
  expect(list.snapshot()).toMatchObject({ events: [], status: "offline" });
  expect(recentEvents(client, "agent:a", { last: 3 })).not.toBe(list);
});

test("a gap is listed; of a history that is over nothing is shown any more", async () => {
  const { client, gateway, transport, clock, rest } = rig();
  for (const n of [1, 2]) gateway.publish("agent:a", n);
  const list = recentEvents(client, "agent:a");
  list.subscribe(() => {});
  await rest();
  transport.cut();
  for (const n of [3, 4, 5]) gateway.publish("agent:a", n);
  gateway.trim("agent:a", 4);
  clock.pass(2_000);
  await rest();
  expect(numbers(list.snapshot().events)).toEqual([1, 2, 5]);
  expect(list.snapshot().gaps).toMatchObject([{ from: 3, to: 4, reason: "trimmed" }]);
  transport.cut();
  gateway.histories.delete("agent:a");
  gateway.publish("agent:a", 9);
  clock.pass(2_000);
  await rest();
  expect(numbers(list.snapshot().events)).toEqual([9]);
});
