import { expect, test } from "vitest";
import { countOf, startsWith } from "../load/scan.ts";
import { stampedUs, Template } from "../load/template.ts";
import { eventBytes, logEvent } from "../subjects/events.ts";

const headerBytes = 8;

function stamped(text: string, number: number, us: number): string {
  const template = new Template(text);
  const target = Buffer.alloc(template.frameBytes);
  template.stamp(target, 0, number, us);
  return target.toString("latin1", headerBytes);
}

test("an event has 256 bytes, its number in its id and its time where it can be read back", () => {
  const text = stamped(logEvent("agent:bench"), 42, 1_234_567_890);
  expect(text).toHaveLength(eventBytes);
  expect(JSON.parse(text)).toMatchObject({ id: "b000000000042", type: "agent_log", channel: "agent:bench" });
  expect(stampedUs(Buffer.from(text), 0, text.length)).toBe(1_234_567_890);
});

test("each event of a batch has a number of its own", () => {
  const text = stamped(`[${logEvent("agent:a")},${logEvent("agent:a")}]`, 7, 1);
  expect(text.match(/b0000000000\d\d/g)).toEqual(["b000000000007", "b000000000008"]);
});

test("a message without a stamp has no time", () => {
  expect(stampedUs(Buffer.from('{"id":"x"}'), 0, 10)).toBe(-1);
});

test("texts are counted only inside their frame", () => {
  const bytes = Buffer.from('error":{ "error":{} error":{');
  expect(countOf(bytes, 1, bytes.length, 'error":{')).toBe(2);
  expect(countOf(bytes, 0, bytes.length - 1, 'error":{')).toBe(2);
  expect(startsWith(bytes, 0, 3, Buffer.from("error"))).toBe(false);
});
