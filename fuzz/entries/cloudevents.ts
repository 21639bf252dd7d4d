/** Foreign events, and configurations that people wrote. */
import { ok, strictEqual } from "node:assert";
import { decodeValue, defaultLimits } from "@signalbox/protocol";
import fc from "fast-check";
import { checkConfig } from "../../packages/gateway/src/config/check.ts";
import { ConfigError } from "../../packages/gateway/src/config/error.ts";
import { configSchema } from "../../packages/gateway/src/config/schema.ts";
import { cloudEvent, cloudEventBatch } from "../../packages/gateway/src/sources/cloudevents/index.ts";
import { typeName } from "../../packages/gateway/src/sources/cloudevents/type-name.ts";
import { pureEntry } from "../entry.ts";
import { anyJson, fitting, spoiled } from "../inputs/json.ts";
import { channel, goodChannel } from "../inputs/names.ts";
import { mutated, oddTexts, ofLength } from "../inputs/text.ts";

const type = mutated(
  fc.oneof(
    fc.constantFrom("com.example.agent.status", "AgentStatus", "a/b.c", "org.x", "9.lives"),
    ofLength("Ab.", 1, 30),
  ),
  [".", "/", "A", "_"],
);
const time = mutated(
  fc.constantFrom(
    "2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05.678+01:00",
    "1969-12-31T23:59:59Z",
    "2026-02-30T00:00:00Z",
  ),
  ["T", "Z", "+", "-", ":", "24", "60", "99"],
);
const foreign = fc.record<Record<string, unknown>>(
  {
    specversion: fc.oneof({ weight: 9, arbitrary: fc.constant<unknown>("1.0") }, anyJson),
    id: fc.oneof(fc.constantFrom<unknown>("1", "é", "x".repeat(129)), fc.constantFrom(...oddTexts), anyJson),
    source: fc.oneof(fc.constantFrom<unknown>("/a", "x".repeat(300)), anyJson),
    type: fc.oneof({ weight: 9, arbitrary: type }, anyJson),
    time: fc.oneof({ weight: 9, arbitrary: time }, anyJson),
    subject: fc.oneof(goodChannel, channel, anyJson),
    channel: fc.oneof(goodChannel, channel, anyJson),
    data: anyJson,
    data_base64: anyJson,
    extension: anyJson,
  },
  { requiredKeys: ["specversion", "id", "source", "type"] },
);
const documents = fc.oneof(
  { weight: 4, arbitrary: foreign },
  { weight: 2, arbitrary: fc.tuple(foreign, fc.nat(12), anyJson).map(([value, at, by]) => spoiled(value, at, by)) },
  { weight: 2, arbitrary: fc.array(foreign, { maxLength: 3 }) },
  anyJson,
);
const configurations = fc.oneof(
  { weight: 2, arbitrary: fitting(configSchema) },
  {
    weight: 3,
    arbitrary: fc.tuple(fitting(configSchema), fc.nat(20), anyJson).map(([value, at, by]) => spoiled(value, at, by)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(mutated(fc.constantFrom(...Object.keys(configSchema.properties))), anyJson)
      .map((member) => Object.fromEntries([member])),
  },
  anyJson,
);

export const cloudevents = pureEntry({
  name: "cloudevents",
  about: "CloudEvents become proper messages or are refused; configurations get a sentence",
  parsers: [
    "packages/gateway/src/sources/cloudevents/index.ts",
    "packages/gateway/src/sources/cloudevents/type-name.ts",
    "packages/gateway/src/config/check.ts",
  ],
  cases: fc.record({ document: documents, type, configuration: configurations }),
  check: ({ document, type, configuration }) => {
    const name = typeName(type);
    ok(/^[a-z][a-z0-9_]{0,63}$/.test(name), `${name} is a type`);
    strictEqual(typeName(name), name, "a type's own name");
    checkDocument(document);
    checkConfiguration(configuration);
  },
});

/** RFC 3339 §5.6. */
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

function checkDocument(document: unknown): void {
  const before = JSON.stringify(document);
  const mapped = (Array.isArray(document) ? cloudEventBatch : cloudEvent).map(document);
  strictEqual(JSON.stringify(document), before, "what is given stays as it is");
  if (!mapped.ok) {
    ok(mapped.rule !== "" && mapped.path.length < 100, `${mapped.path} ${mapped.rule}`);
    return;
  }
  const given: unknown[] = Array.isArray(document) ? document : [document];
  strictEqual(mapped.drafts.length, given.length, "a message for each");
  const decoded = decodeValue(mapped.drafts, defaultLimits);
  ok(decoded.ok, `what was mapped is a message: ${JSON.stringify(decoded)}`);
  for (const [index, draft] of decoded.drafts.entries()) {
    const { time } = Object(given[index]);
    if (draft.timestamp !== undefined) ok(rfc3339.test(time), `${time} was taken for a time`);
  }
}

function checkConfiguration(configuration: unknown): void {
  try {
    checkConfig(configuration, "signalbox.config.json");
  } catch (error) {
    ok(error instanceof ConfigError, String(error));
    const [, said = ""] = error.message.split("signalbox.config.json: ");
    ok(said !== "" && said.length < 1_000, "one sentence");
    // It is printed on a terminal.
    ok(!/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(said), `nothing in ${JSON.stringify(said)} that moves a cursor`);
  }
}
