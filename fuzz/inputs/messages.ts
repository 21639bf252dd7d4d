/** Messages of the native protocol: control messages and events by their schemas, spoiled here and there. */
import { controlSchema, controlTypes, eventSchema, families } from "@signalbox/protocol/schemas";
import fc from "fast-check";
import { anyJson, fitting, jsonText, spoiled } from "./json.ts";
import { channel, goodChannel, pattern } from "./names.ts";
import { oddTexts } from "./text.ts";

const eventTypes = Object.values(families)
  .flat()
  .map(({ type }) => type);

/** Mostly the first, so that a message as a whole is mostly right: what is behind a refusal is not reached. */
const mostly = <Right, Wrong>(right: fc.Arbitrary<Right>, wrong: fc.Arbitrary<Wrong>): fc.Arbitrary<Right | Wrong> =>
  fc.oneof({ weight: 25, arbitrary: right }, { weight: 1, arbitrary: wrong });

const id = mostly(
  fc.nat(9_999).map((number) => `m${number}`),
  fc.constantFrom<unknown>(...oddTexts, "x".repeat(128), "x".repeat(129), 5, null),
);

const tags = mostly(
  fc
    .array(fc.tuple(fc.constantFrom("agentId", "team", "__proto__"), fc.constantFrom("a", "b", "é")), { maxLength: 3 })
    .map((members) => Object.fromEntries(members)),
  fc.oneof(anyJson, fc.constant({ ["x".repeat(65)]: "a" })),
);

const metadata = fc.record<Record<string, unknown>>(
  {
    version: mostly(fc.constant("1.0"), fc.constantFrom<unknown>(1, "x".repeat(257))),
    source: fc.string({ maxLength: 8 }),
    correlationId: fc.string({ maxLength: 8 }),
    idempotencyKey: fc.constantFrom("k1", "k2", "k3", "", "x".repeat(256)),
    producer: mostly(
      fc.record({ id: fc.constantFrom("p", "q"), epoch: fc.nat(3), seq: fc.integer({ min: 1, max: 4 }) }),
      anyJson,
    ),
    expected: mostly(fc.record({ epoch: fc.constantFrom("e", "k3v9"), offset: fc.nat(3) }), anyJson),
    tags,
    extra: anyJson,
  },
  { requiredKeys: [] },
);

/** Members that nobody knows are kept; numbers come first in JSON, wherever they were put. */
const unknownMembers = fc
  .tuple(fc.constantFrom("x", "__proto__", "constructor", "7", "payload"), anyJson)
  .map((member) => Object.fromEntries([member]));

const envelope = (type: fc.Arbitrary<string>, data: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .tuple(
      fc.record<Record<string, unknown>>(
        {
          id,
          type,
          timestamp: mostly(fc.nat(), fc.constantFrom<unknown>(-1, 0.5, 2 ** 53, "now")),
          data,
          metadata: mostly(metadata, anyJson),
          channel: fc.oneof({ weight: 12, arbitrary: goodChannel }, channel),
          offset: fc.nat(9),
          epoch: fc.constant("e"),
        },
        { requiredKeys: ["type", "data"] },
      ),
      mostly(fc.constant({}), unknownMembers),
    )
    .map(([known, unknown]) => ({ ...unknown, ...known }));

const since = fc.oneof(
  fc.constantFrom<unknown>(
    "earliest",
    "now",
    "e1:1",
    { last: 1 },
    { last: 300 },
    { last: 0 },
    { epoch: "e1", offset: 0 },
  ),
  fc.record({ epoch: fc.constantFrom("e1", "e2", "é"), offset: fc.nat(9) }),
);

/** Whoever makes a text of it gets an error. */
const noText = fc.constantFrom<unknown>({ toString: {} }, { toString: null, valueOf: 1 }, [{ toString: {} }]);

const subscribe = fc.record<Record<string, unknown>>(
  {
    channel: fc.oneof({ weight: 4, arbitrary: goodChannel }, channel, pattern),
    since,
    filter: fitting(Reflect.get(Object(controlSchema("subscribe").properties), "filter")),
    positions: fc.dictionary(goodChannel, fc.record({ epoch: fc.constantFrom("e1", "e2"), offset: fc.nat(4) })),
    snapshot: fc.boolean(),
    resource: fc.oneof({ weight: 6, arbitrary: fc.constantFrom<unknown>("agent", "process", "__proto__") }, noText),
    id: fc.oneof({ weight: 6, arbitrary: fc.constantFrom<unknown>("a", "coder-001") }, noText),
    events: fc.array(fc.constantFrom("status", "agent_log", "")),
  },
  { requiredKeys: [] },
);

const presence = fc.record<Record<string, unknown>>(
  {
    channel: fc.oneof({ weight: 4, arbitrary: goodChannel }, channel),
    memberId: fc.constantFrom<unknown>("m", "n", "", "m n", "__proto__"),
    name: fc.string({ maxLength: 8 }),
    state: fc.oneof(
      { weight: 6, arbitrary: fc.dictionary(fc.constantFrom("view", "7", "__proto__"), anyJson) },
      anyJson,
    ),
    leave: fc.boolean(),
    revision: fc.string({ maxLength: 8 }),
  },
  { requiredKeys: ["channel"] },
);

const controls = controlTypes.map((type) => envelope(fc.constant(type), fitting(controlSchema(type))));
const events = eventTypes.map((type) => envelope(fc.constant(type), fitting(eventSchema(type))));

/** One message, mostly as the protocol wants it. */
export const message: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: envelope(fc.constant("subscribe"), subscribe) },
  {
    weight: 2,
    arbitrary: envelope(fc.constant("unsubscribe"), fc.record({ channel: fc.oneof(goodChannel, pattern) })),
  },
  { weight: 1, arbitrary: envelope(fc.constant("presence"), presence) },
  { weight: 1, arbitrary: envelope(fc.constant("auth_request"), fc.record({ token: fc.constantFrom("good", "bad") })) },
  { weight: 3, arbitrary: fc.oneof(...controls) },
  { weight: 5, arbitrary: fc.oneof(...events) },
  {
    weight: 3,
    arbitrary: envelope(fc.constantFrom("note", "a.b-c", "Note", "", "x".repeat(65), "__proto__"), anyJson),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        envelope(fc.constantFrom("subscribe", "agent_status", "ping", "auth_request"), subscribe),
        fc.nat(20),
        anyJson,
      )
      .map(([value, at, by]) => spoiled(value, at, by)),
  },
  { weight: 1, arbitrary: anyJson },
);

/** What a client may put into a frame or a body. */
export const frameText: fc.Arbitrary<string> = jsonText(
  fc.oneof({ weight: 3, arbitrary: message }, fc.array(message, { maxLength: 5 })),
);
