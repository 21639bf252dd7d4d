/**
 * The part of JSON Schema (2020-12) that agents may describe arguments and answers with. Their schemas are not trusted:
 * no regular expressions, references only to the schema's own definitions and never in a circle, and no check works longer
 * than a bounded number of steps. Keywords that only describe (title, format, default …) are passed over.
 */

import { isLargerThan, partBytes } from "./bytes.ts";
import { canonicalJson } from "./canonical.ts";

export type Fault = { path: string; rule: string };

/** A schema that was read: references are resolved. */
export type ReadSchema = boolean | SchemaNode;

interface SchemaNode {
  types?: readonly string[];
  /** Values allowed, in canonical JSON. */
  values?: ReadonlySet<string>;
  bounds: ReadonlyArray<{ keyword: string; limit: number }>;
  required: readonly string[];
  properties: ReadonlyMap<string, ReadSchema>;
  additional?: ReadSchema;
  items?: ReadSchema;
  allOf: readonly ReadSchema[];
  anyOf?: readonly ReadSchema[];
  oneOf?: readonly ReadSchema[];
}

const nodesAtMost = 1_000;
const levelsAtMost = 32;
/** One for each schema that a value is held against, and for each 100 characters that are compared. */
const workAtMost = 100_000;

const typeNames = ["object", "array", "string", "number", "integer", "boolean", "null"];
const boundNames = [
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"],
  ...["minItems", "maxItems", "minProperties", "maxProperties"],
];
const descriptions = new Set([
  ...["title", "description", "default", "examples", "format", "deprecated", "readOnly", "writeOnly"],
  ...["$schema", "$id", "$comment", "$defs", "definitions", "contentEncoding", "contentMediaType"],
]);

class Unread extends Error {
  readonly fault: Fault;

  constructor(path: string, rule: string) {
    super(rule);
    this.fault = { path, rule };
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const memberOf = (value: unknown, key: string): unknown =>
  isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** `path`: JSON pointer to the schema, for what is wrong with it. */
export function readSchema(
  given: unknown,
  path: string,
): { ok: true; schema: ReadSchema } | { ok: false; fault: Fault } {
  if (isLargerThan(given, partBytes)) return { ok: false, fault: { path, rule: "must be at most 64 KiB of JSON" } };
  let nodes = 0;

  const read = (schema: unknown, at: string, level: number): ReadSchema => {
    if (++nodes > nodesAtMost) throw new Unread(at, `is one of more than ${nodesAtMost} schemas`);
    if (level > levelsAtMost) throw new Unread(at, "is nested too deep, or refers to itself");
    if (typeof schema === "boolean") return schema;
    if (!isRecord(schema)) throw new Unread(at, "must be a schema");
    const list = (keyword: string): ReadSchema[] | undefined => {
      const all = memberOf(schema, keyword);
      if (all === undefined) return undefined;
      if (!Array.isArray(all) || all.length === 0) throw new Unread(`${at}/${keyword}`, "must be a list of schemas");
      return all.map((one: unknown, index) => read(one, `${at}/${keyword}/${index}`, level + 1));
    };
    const one = (keyword: string): ReadSchema | undefined => {
      const inner = memberOf(schema, keyword);
      return inner === undefined ? undefined : read(inner, `${at}/${keyword}`, level + 1);
    };
    const node: SchemaNode = {
      bounds: boundsOf(schema, at),
      required: textsOf(schema, "required", at),
      properties: new Map(),
      allOf: list("allOf") ?? [],
    };
    for (const keyword of Object.keys(schema)) {
      if (!known.has(keyword) && !keyword.startsWith("x-")) {
        throw new Unread(`${at}/${keyword}`, "is a keyword that cannot be used here");
      }
    }
    const { $ref } = schema;
    if ($ref !== undefined) node.allOf = [...node.allOf, read(definition(given, $ref, at), `${at}/$ref`, level + 1)];
    if (schema.type !== undefined) node.types = typesOf(schema.type, at);
    if (schema.enum !== undefined || Object.hasOwn(schema, "const")) node.values = valuesOf(schema, at);
    if (schema.properties !== undefined) {
      if (!isRecord(schema.properties)) throw new Unread(`${at}/properties`, "must be an object");
      node.properties = new Map(
        Object.entries(schema.properties).map(([key, inner]) => [
          key,
          read(inner, `${at}/properties/${key}`, level + 1),
        ]),
      );
    }
    const [additional, items, anyOf, oneOf] = [one("additionalProperties"), one("items"), list("anyOf"), list("oneOf")];
    if (additional !== undefined) node.additional = additional;
    if (items !== undefined) node.items = items;
    if (anyOf !== undefined) node.anyOf = anyOf;
    if (oneOf !== undefined) node.oneOf = oneOf;
    return node;
  };

  try {
    return { ok: true, schema: read(given, path, 0) };
  } catch (error) {
    if (error instanceof Unread) return { ok: false, fault: { ...error.fault, path: error.fault.path.slice(0, 256) } };
    throw error;
  }
}

const known: ReadonlySet<string> = new Set([
  ...[...descriptions, ...boundNames],
  ...["$ref", "type", "enum", "const", "required", "properties", "additionalProperties", "items"],
  ...["allOf", "anyOf", "oneOf"],
]);

function definition(root: unknown, ref: unknown, at: string): unknown {
  const [, place = "", name = ""] = /^#\/(\$defs|definitions)\/([^/~%]+)$/.exec(String(ref)) ?? [];
  const found = memberOf(memberOf(root, place), name);
  if (found === undefined) throw new Unread(`${at}/$ref`, "must name one of the schema's own $defs");
  return found;
}

function boundsOf(schema: Record<string, unknown>, at: string): SchemaNode["bounds"] {
  return boundNames.flatMap((keyword) => {
    const limit = memberOf(schema, keyword);
    if (limit === undefined) return [];
    if (typeof limit !== "number") throw new Unread(`${at}/${keyword}`, "must be a number");
    return [{ keyword, limit }];
  });
}

function textsOf(schema: Record<string, unknown>, keyword: string, at: string): string[] {
  const given = memberOf(schema, keyword) ?? [];
  const texts = Array.isArray(given) ? given.filter((text): text is string => typeof text === "string") : undefined;
  if (texts === undefined || !Array.isArray(given) || texts.length !== given.length) {
    throw new Unread(`${at}/${keyword}`, "must be a list of texts");
  }
  return texts;
}

function typesOf(given: unknown, at: string): string[] {
  const types: unknown[] = Array.isArray(given) ? given : [given];
  const named = types.filter((type): type is string => typeof type === "string" && typeNames.includes(type));
  if (named.length !== types.length || named.length === 0) throw new Unread(`${at}/type`, "must name types of JSON");
  return named;
}

function valuesOf(schema: Record<string, unknown>, at: string): Set<string> {
  if (schema.enum !== undefined && !Array.isArray(schema.enum)) throw new Unread(`${at}/enum`, "must be a list");
  const listed = schema.enum === undefined ? undefined : new Set((schema.enum as unknown[]).map(canonicalJson));
  if (!Object.hasOwn(schema, "const")) return listed ?? new Set();
  const only = canonicalJson(schema.const);
  return new Set(listed === undefined || listed.has(only) ? [only] : []);
}

/** What of the value does not fit; `undefined` if all does. `path`: JSON pointer to the value. */
export function faultIn(schema: ReadSchema, value: unknown, path: string): Fault | undefined {
  let work = 0;

  const check = (node: ReadSchema, given: unknown, at: string): Fault | undefined => {
    if (++work > workAtMost) return { path, rule: "takes too much work to check" };
    if (node === true) return undefined;
    if (node === false) return { path: at, rule: "is not allowed" };
    if (node.types?.every((type) => !isOfType(given, type))) {
      return { path: at, rule: `must be of type ${node.types.join(" or ")}` };
    }
    if (node.values !== undefined) {
      const text = canonicalJson(given);
      work += text.length / 100;
      if (!node.values.has(text))
        return { path: at, rule: `must be one of ${[...node.values].join(", ").slice(0, 200)}` };
    }
    for (const { keyword, limit } of node.bounds) {
      if (!isWithin(keyword, limit, given)) return { path: at, rule: `must keep to ${keyword} ${limit}` };
    }
    return inside(node, given, at) ?? combined(node, given, at);
  };

  const inside = (node: SchemaNode, given: unknown, at: string): Fault | undefined => {
    if (Array.isArray(given)) {
      if (node.items === undefined) return undefined;
      for (const [index, item] of (given as unknown[]).entries()) {
        const fault = check(node.items, item, `${at}/${index}`);
        if (fault !== undefined) return fault;
      }
    } else if (isRecord(given)) {
      const missing = node.required.find((key) => !Object.hasOwn(given, key));
      if (missing !== undefined) return { path: `${at}/${missing}`, rule: "is required" };
      for (const [key, member] of Object.entries(given)) {
        const inner = node.properties.get(key) ?? node.additional;
        const fault = inner === undefined ? undefined : check(inner, member, `${at}/${key}`);
        if (fault !== undefined) return fault;
      }
    }
    return undefined;
  };

  const combined = (node: SchemaNode, given: unknown, at: string): Fault | undefined => {
    for (const each of node.allOf) {
      const fault = check(each, given, at);
      if (fault !== undefined) return fault;
    }
    const unfit = node.anyOf?.map((each) => check(each, given, at));
    if (unfit?.every((fault) => fault !== undefined)) {
      return nearest(unfit) ?? { path: at, rule: "must fit one of anyOf" };
    }
    const fitting = node.oneOf?.filter((each) => check(each, given, at) === undefined).length ?? 1;
    return fitting === 1 ? undefined : { path: at, rule: "must fit exactly one of oneOf" };
  };

  const fault = check(schema, value, path);
  if (work > workAtMost) return { path, rule: "takes too much work to check" };
  return fault && { ...fault, path: fault.path.slice(0, 256) };
}

/** What the alternative says into which the value fits deepest, if there is one such: it was probably meant. */
function nearest(faults: readonly Fault[]): Fault | undefined {
  const depth = ({ path }: Fault): number => path.split("/").length;
  const deepest = Math.max(...faults.map(depth));
  const [found, other] = faults.filter((fault) => depth(fault) === deepest);
  return other === undefined ? found : undefined;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isWithin(keyword: string, limit: number, value: unknown): boolean {
  const size = sizeFor(keyword, value);
  if (size === undefined) return true;
  if (keyword === "exclusiveMinimum") return size > limit;
  if (keyword === "exclusiveMaximum") return size < limit;
  return keyword.startsWith("min") ? size >= limit : size <= limit;
}

/** What the keyword measures of a value; `undefined` if it does not apply. Texts are measured in characters. */
function sizeFor(keyword: string, value: unknown): number | undefined {
  if (keyword.endsWith("Length")) return typeof value === "string" ? [...value].length : undefined;
  if (keyword.endsWith("Items")) return Array.isArray(value) ? value.length : undefined;
  if (keyword.endsWith("Properties")) return isRecord(value) ? Object.keys(value).length : undefined;
  return typeof value === "number" ? value : undefined;
}
