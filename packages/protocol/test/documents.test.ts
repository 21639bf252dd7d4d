import { catalogue, controlSchema, controlTypes, envelopeDocument, eventSchema } from "@signalbox/protocol/schemas";
import { describe, expect, test } from "vitest";

const documents = [
  envelopeDocument,
  ...controlTypes.map(controlSchema),
  ...[...catalogue.keys()].map((type) => eventSchema(type) ?? {}),
];

/** Every schema inside a schema. */
function inner(schema: unknown): Record<string, unknown>[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = Object.fromEntries(Object.entries(schema));
  const named = Object.values(own.properties ?? {});
  const listed = Array.isArray(own.anyOf) ? own.anyOf : [];
  return [own, ...[...named, ...listed, own.items, own.additionalProperties, own.propertyNames].flatMap(inner)];
}

describe("JSON Schemas", () => {
  test.each(documents)("$title: says its draft, its id and what it is", (document) => {
    expect(document).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: `urn:signalbox:${document.title}:1.0`,
      type: "object",
    });
    expect(document.description).toMatch(/\.$/);
  });

  test("S15 refuse no unknown field anywhere", () => {
    const closed = documents.flatMap(inner).filter(({ additionalProperties }) => additionalProperties === false);
    expect(closed).toEqual([]);
  });

  test("are plain JSON", () => {
    for (const document of documents) expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  test("there is none of a type that nobody knows", () => {
    expect(eventSchema("acme_thing")).toBeUndefined();
    expect(eventSchema("__proto__")).toBeUndefined();
  });
});
