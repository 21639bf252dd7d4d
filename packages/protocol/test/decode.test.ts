import { decodeFrame, decodeValue } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { envelopeSchema } from "../src/envelope.ts";
import { checker } from "../src/validate.ts";
import { vectors } from "./vectors.ts";

const { limits, valid, invalid, fatal } = vectors("envelope");

describe("§1.1 the envelope", () => {
  test.each(valid)("$name: decodes", ({ text, batch, messages }) => {
    const decoded = decodeFrame(text, limits);
    expect(decoded).toEqual({ ok: true, batch, drafts: messages });
    // toEqual looks through prototypes: the text of both must be the same too.
    if (decoded.ok) expect(JSON.stringify(decoded.drafts)).toBe(JSON.stringify(messages));
  });

  test("§3.5 a refusal names the message that came alone, if it has an id", () => {
    expect(decodeFrame('{"id":"m1","type":"Bad"}', limits)).toMatchObject({ ok: false, id: "m1" });
    expect(decodeFrame('{"id":"not printable\\n","type":"Bad"}', limits)).not.toHaveProperty("id");
    expect(decodeFrame('[{"id":"m1","type":"Bad"}]', limits)).not.toHaveProperty("id");
  });

  test.each(invalid)("$name: is invalid", ({ text, path, rule }) => {
    expect(decodeFrame(text, limits)).toMatchObject({ ok: false, fatal: false, path, rule });
  });

  test.each(fatal)("§3.5 $name: is not JSON", ({ text }) => {
    expect(decodeFrame(text, limits)).toEqual({ ok: false, fatal: true, path: "", rule: "must be JSON" });
  });

  test("a value already parsed is judged alike", () => {
    for (const { text } of [...valid, ...invalid]) {
      expect(decodeValue(JSON.parse(text), limits)).toEqual(decodeFrame(text, limits));
    }
  });

  test("its JSON Schema says the same of every message", () => {
    const check = checker(envelopeSchema, "");
    const single = (text: string) => [JSON.parse(text)].flat().at(-1);
    for (const { name, text } of valid.filter(({ messages }) => messages.length > 0)) {
      expect({ name, ok: check(single(text)).ok }).toEqual({ name, ok: true });
    }
    // Faults without a place are of size or of batches: no schema of one message knows them.
    for (const { name, text } of invalid.filter(({ path }) => path.includes("/", 1) || /^\/\D/.test(path))) {
      expect({ name, ok: check(single(text)).ok }).toEqual({ name, ok: false });
    }
  });

  test("nothing reaches the prototype of objects", () => {
    for (const { text } of valid) decodeFrame(text, limits);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

test("A14 a hundred thousand open lists are refused without harm", () => {
  const text = `{"type":"x","data":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  expect(decodeFrame(text, limits)).toMatchObject({ ok: false });
});

test("§4.7 a pattern resumes in more channels than a message may have keys", () => {
  const positions = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, i) => [`agent:${i}`, { epoch: "e", offset: i }]),
  );
  const subscribe = (data: object): string => JSON.stringify({ type: "subscribe", data });
  expect(decodeFrame(subscribe({ channel: "agent:*", positions }), limits)).toMatchObject({
    ok: true,
    drafts: [{ data: { positions } }],
  });
  expect(decodeFrame(subscribe({ channel: "agent:*", other: positions }), limits)).toMatchObject({ ok: false });
});

test("A14 a million keys are refused", () => {
  const keys = Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":0`).join();
  expect(decodeFrame(`{"type":"x","data":{${keys}}}`, limits)).toMatchObject({ ok: false, path: "" });
});
