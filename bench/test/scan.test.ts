import { expect, test } from "vitest";
import { seeded } from "../load/random.ts";
import { between, idOf } from "../load/scan.ts";
import { channelSlot, Template } from "../load/template.ts";
import { eventBytes, frameEvent, logEvent, statusEvent } from "../subjects/events.ts";

const delivery = Buffer.from('{"channel":"agent:a","epoch":"k3v9","offset":41,"id":"s000000000042","type":"x"}');

test("a position is read out of a publication", () => {
  const value = (after: string, until: string) => between(delivery, 0, delivery.length, { after, until });
  expect(value('"epoch":"', '"')).toBe("k3v9");
  expect(value('"offset":', ",")).toBe("41");
  expect(value('"offset":', "!")).toBeUndefined();
  expect(value('"nothing":', ",")).toBeUndefined();
});

test("an offset at the end of a Socket.IO packet is found from there", () => {
  const packet = Buffer.from('42["event",{"id":"b000000000001","note":","},"Q7x-_9"]');
  expect(between(packet, 0, packet.length, { after: ',"', until: '"', last: true })).toBe("Q7x-_9");
});

test("an event's id gives its stream and its number, and only inside its frame", () => {
  expect(idOf(delivery, 0, delivery.length)).toEqual({ letter: "s", number: 42 });
  expect(idOf(delivery, 0, delivery.indexOf("42"))).toBeUndefined();
});

test("events of a frame name the channel that is asked for, wherever they do", () => {
  const text = `[${logEvent(`agent:c${channelSlot}`)},${logEvent(`agent:c${channelSlot}`)}]`;
  const template = new Template(text);
  const target = Buffer.alloc(template.frameBytes);
  template.stamp(target, 0, 4, 0, (number) => number % 5);
  const events: unknown = JSON.parse(target.toString("latin1", template.frameBytes - text.length));
  expect(events).toMatchObject([
    { channel: "agent:c00000004", data: { agentId: "c00000004" } },
    { channel: "agent:c00000000", data: { agentId: "c00000000" } },
  ]);
});

test("every kind of event is JSON of the size asked for", () => {
  expect(logEvent("agent:a", "l", 4_000)).toHaveLength(4_000);
  expect(logEvent("agent:a")).toHaveLength(eventBytes);
  expect(JSON.parse(frameEvent("one", 60_000)).data.screenshot).toHaveLength(60_000);
  expect(JSON.parse(statusEvent("a"))).toMatchObject({ type: "agent_status", channel: "agent:a" });
});

test("a seed gives the same numbers each time, spread over 0 to 1", () => {
  const numbers = (seed: number) => Array.from({ length: 1_000 }, seeded(seed));
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
  const mean = numbers(7).reduce((sum, each) => sum + each, 0) / 1_000;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
  expect(numbers(7).every((each) => each >= 0 && each < 1)).toBe(true);
});
