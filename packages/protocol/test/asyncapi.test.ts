import { asyncapi, catalogue, controlTypes } from "@signalbox/protocol/schemas";
import { describe, expect, test } from "vitest";

const made = asyncapi({ serverUrl: "ws://127.0.0.1:7400", version: "1.2.3" });
// As a reader of the file has it: what JSON cannot say is gone.
const text = JSON.stringify(made);

interface Reference {
  $ref: string;
}
interface Document {
  asyncapi: string;
  info: { title: string; version: string };
  servers: Record<string, { host: string; protocol: string; pathname?: string }>;
  channels: Record<string, { address: string; messages: Record<string, Reference> }>;
  operations: Record<
    string,
    { action: string; channel: Reference; messages: Reference[]; reply?: { channel: Reference; messages: Reference[] } }
  >;
  components: { messages: Record<string, unknown>; schemas: Record<string, unknown> };
}
const document: Document = JSON.parse(text);

const serverOf = (serverUrl: string) => {
  const { servers }: Document = JSON.parse(JSON.stringify(asyncapi({ serverUrl, version: "1" })));
  return servers.gateway;
};

function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "$ref" in value && typeof value.$ref === "string" ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}

function resolved(reference: string): unknown {
  let at: unknown = document;
  for (const step of reference.replace(/^#\//, "").split("/")) {
    at = typeof at === "object" && at !== null ? Reflect.get(at, step) : undefined;
  }
  return at;
}

describe("B10 the AsyncAPI document", () => {
  test("has what AsyncAPI 3.0 requires", () => {
    expect(document.asyncapi).toBe("3.0.0");
    expect(document.info).toMatchObject({ title: "Signalbox", version: "1.2.3" });
    expect(document.servers.gateway).toMatchObject({ host: "127.0.0.1:7400", protocol: "ws" });
    expect(document.channels.wire?.address).toBe("/v1/ws");
    for (const operation of Object.values(document.operations)) {
      expect(operation.action).toMatch(/^(send|receive)$/);
      expect(operation.channel).toEqual({ $ref: "#/channels/wire" });
      expect(operation.messages.length).toBeGreaterThan(0);
    }
  });

  test("every reference leads somewhere inside it", () => {
    const all = references(document);
    expect(all.length).toBeGreaterThan(catalogue.size);
    expect(all.filter((reference) => !reference.startsWith("#/") || resolved(reference) === undefined)).toEqual([]);
  });

  test("operations and replies name messages of the channel", () => {
    const named = Object.values(document.operations).flatMap(({ messages, reply }) => [
      ...messages,
      ...(reply?.messages ?? []),
    ]);
    expect(named.filter(({ $ref }) => !$ref.startsWith("#/channels/wire/messages/"))).toEqual([]);
  });

  test("names every message of the wire, and each is in an operation", () => {
    const names = [...controlTypes, ...catalogue.keys()].sort();
    expect(Object.keys(document.channels.wire?.messages ?? {}).sort()).toEqual(names);
    expect(Object.keys(document.components.messages).sort()).toEqual(names);
    const used = new Set(references(document.operations).map((reference) => reference.split("/").at(-1)));
    expect(names.filter((name) => !used.has(name))).toEqual([]);
  });

  test.each([
    ["https://box.example.org/", { host: "box.example.org", protocol: "wss" }],
    ["http://[::1]:7400", { host: "[::1]:7400", protocol: "ws" }],
    ["wss://example.org/signalbox/", { host: "example.org", protocol: "wss", pathname: "/signalbox" }],
  ])("says where %s is", (serverUrl, expected) => expect(serverOf(serverUrl)).toMatchObject(expected));
});
