/** Messages of a scenario: filled in before they are sent, compared with what came. */
import type { Json } from "./scenario.ts";

/** By name, without the `$`. */
export type Bound = Map<string, Json>;

/** Stands for "this member is not there", and "whatever it is". */
const absent = "$absent";
const anything = "$any";

const nameOf = (value: Json): string | undefined =>
  typeof value === "string" && value.startsWith("$") ? value.slice(1) : undefined;

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `{"$text": n}`: n times the letter x. */
const textOf = (value: Json): string | undefined =>
  isObject(value) && typeof value.$text === "number" ? "x".repeat(value.$text) : undefined;

/** The value with a text for every name; names that have none get `make(name)`. */
export function filled(value: Json, bound: Bound, make: (name: string) => Json): Json {
  const name = nameOf(value);
  if (name !== undefined) {
    const known = bound.get(name) ?? make(name);
    bound.set(name, known);
    return known;
  }
  const text = textOf(value);
  if (text !== undefined) return text;
  if (Array.isArray(value)) return value.map((each) => filled(each, bound, make));
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, each]) => each !== absent);
  return Object.fromEntries(members.map(([key, each]) => [key, filled(each, bound, make)]));
}

/** Where the two differ, or undefined. Members that are not expected may be there; names get their values. */
export function difference(expected: Json, actual: Json | undefined, bound: Bound, path = ""): string | undefined {
  const at = path || "the whole";
  if (expected === absent) return actual === undefined ? undefined : `${at} is there: ${JSON.stringify(actual)}`;
  if (actual === undefined) return `${at} is missing`;
  if (expected === anything) return undefined;
  const name = nameOf(expected);
  if (name !== undefined) {
    if (!bound.has(name)) bound.set(name, actual);
    return same(bound.get(name), actual) ? undefined : unlike(at, bound.get(name), actual);
  }
  const text = textOf(expected);
  if (text !== undefined) return text === actual ? undefined : `${at} is not the text of ${text.length} letters`;
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return unlike(at, expected, actual);
    return first(expected.map((each, index) => difference(each, actual[index], bound, `${path}/${index}`)));
  }
  if (!isObject(expected)) return same(expected, actual) ? undefined : unlike(at, expected, actual);
  if (!isObject(actual)) return unlike(at, expected, actual);
  return first(Object.entries(expected).map(([key, each]) => difference(each, actual[key], bound, `${path}/${key}`)));
}

const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
const first = (found: Array<string | undefined>): string | undefined => found.find((each) => each !== undefined);
const shown = (value: Json | undefined): string => JSON.stringify(value)?.slice(0, 300) ?? "nothing";
const unlike = (at: string, expected: Json | undefined, actual: Json): string =>
  `${at} is ${shown(actual)} instead of ${shown(expected)}`;
