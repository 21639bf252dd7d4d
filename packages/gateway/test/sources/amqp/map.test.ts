import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { defaultLimits, isChannel } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channelOfKey, type Delivery, mapDelivery } from "../../../src/sources/amqp/map.ts";
import { cloudEvent } from "../../../src/sources/cloudevents/index.ts";

interface Vectors {
  namespaces: string[];
  keys: Array<{ key: string; channel: string | null }>;
  cases: Array<{
    name: string;
    message: { key: string; body: string; properties?: Partial<Delivery> };
    event?: Record<string, unknown>;
    refused?: string;
  }>;
}

const file = new URL("../../../../../spec/vectors/amqp.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const namespaces = Object.fromEntries(vectors.namespaces.map((name) => [name, {}]));
const options = { limits: defaultLimits, namespaces, cloudEvent };

const delivery = (body: string | Uint8Array, more: Partial<Delivery> = {}): Delivery => ({
  body: typeof body === "string" ? Buffer.from(body) : body,
  routingKey: "agent.a",
  headers: {},
  key: "life 1",
  ...more,
});

const refusal = (given: Delivery): unknown => {
  const mapped = mapDelivery(given, options);
  return mapped.ok ? mapped : (mapped.error.details?.path ?? mapped.error.name);
};

describe("spec/vectors/amqp.json", () => {
  test.each(vectors.keys)("$key", ({ key, channel }) => {
    expect(channelOfKey(key, namespaces) ?? null).toBe(channel);
  });

  test.each(vectors.cases)("$name", ({ message, event, refused }) => {
    const given = delivery(message.body, { routingKey: message.key, ...message.properties });
    if (refused !== undefined) {
      expect(refusal(given)).toBe(refused);
      return;
    }
    const mapped = mapDelivery(given, options);
    const made = event?.metadata === undefined ? { metadata: { idempotencyKey: "amqp-delivery life 1" } } : {};
    expect(mapped).toEqual({ ok: true, draft: { ...event, ...made } });
  });
});

test("a sender's message ids are its own, and however long, they tell messages apart", () => {
  const keyOf = (more: Partial<Delivery>): unknown => {
    const mapped = mapDelivery(delivery('{"type":"note"}', more), options);
    return mapped.ok ? mapped.draft.metadata?.idempotencyKey : mapped.error;
  };
  expect(keyOf({ messageId: "1", appId: "a" })).not.toBe(keyOf({ messageId: "1", appId: "b" }));
  const long = "x".repeat(255);
  expect(keyOf({ messageId: `${long}1`, appId: long })).not.toBe(keyOf({ messageId: `${long}2`, appId: long }));
  expect(String(keyOf({ messageId: long, appId: long })).length).toBeLessThanOrEqual(256);
  expect(keyOf({ key: "life 1" })).not.toBe(keyOf({ key: "life 2" }));
});

test("a producer's number tells repeats already", () => {
  const body = '{"type":"note","metadata":{"producer":{"id":"p","epoch":1,"seq":1}}}';
  expect(mapDelivery(delivery(body), options)).toMatchObject({
    ok: true,
    draft: { metadata: { producer: { seq: 1 } } },
  });
  expect(JSON.stringify(mapDelivery(delivery(body), options))).not.toContain("idempotencyKey");
});

describe("what is hostile is refused, and costs nothing", () => {
  test.each<[name: string, given: Delivery, path: string]>([
    ["bytes that are no UTF-8", delivery(Uint8Array.of(0x7b, 0xff, 0x7d)), ""],
    ["gzip that says nothing of it", delivery(gzipSync('{"type":"note"}')), ""],
    [
      "more than a frame",
      delivery(`{"type":"note","data":"${"x".repeat(defaultLimits.frameBytes)}"}`),
      "payload_too_big",
    ],
    ["too deep", delivery(`{"type":"note","data":${"[".repeat(100_000)}${"]".repeat(100_000)}}`), ""],
    ["a number beyond numbers", delivery('{"type":"note","data":{"n":1e999}}'), ""],
    ["metadata that is a list", delivery('{"type":"note","metadata":[]}'), "/metadata"],
    ["nothing at all", delivery(""), ""],
  ])("%s", (_name, given, path) => {
    expect(refusal(given)).toBe(path);
  });

  test("names of prototypes are members like others", () => {
    const body = '{"type":"note","__proto__":{"polluted":1},"data":{"constructor":{"prototype":{"polluted":1}}}}';
    const headers = JSON.parse('{"__proto__":{"signalbox-channel":"agent:evil"}}') as Record<string, unknown>;
    const mapped = mapDelivery(delivery(body, { headers }), options);
    expect(mapped).toMatchObject({ ok: true, draft: { channel: "agent:a" } });
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    const inherited = Object.create({ "signalbox-channel": "agent:evil" }) as Record<string, unknown>;
    expect(mapDelivery(delivery(body, { headers: inherited }), options)).toMatchObject({
      draft: { channel: "agent:a" },
    });
  });
});

test("whatever comes is a draft or a refusal, never a fault; a channel of a routing key is a channel", () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((data) => `{"type":"note","data":${data}}`),
  );
  const maybe = (arbitrary: fc.Arbitrary<string>) => fc.option(arbitrary, { nil: undefined });
  const given = fc.record({
    body: fc.oneof(
      text.map((each) => Buffer.from(each)),
      fc.uint8Array(),
    ),
    routingKey: fc.oneof(
      fc.string(),
      fc.string().map((name) => `agent.${name}`),
    ),
    headers: fc.dictionary(fc.oneof(fc.string(), fc.constant("signalbox-channel")), fc.anything()),
    messageId: maybe(fc.string()),
    appId: maybe(fc.string()),
    correlationId: maybe(fc.string()),
    type: maybe(fc.string()),
    contentType: maybe(fc.string()),
    timestamp: fc.option(fc.double(), { nil: undefined }),
    key: fc.string(),
  });
  fc.assert(
    fc.property(given, (one) => {
      const mapped = mapDelivery(one, options);
      if (!mapped.ok) expect(mapped.error.temporary).toBe(false);
      const channel = channelOfKey(one.routingKey, namespaces);
      expect(channel === undefined || isChannel(channel)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
