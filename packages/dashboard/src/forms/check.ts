/**
 * What a value lacks to fit a schema, said to people before it is sent. The gateway has the last word: alternatives (`anyOf`
 * …) are left to it.
 */
import { escaped, isObject, own, resolved } from "./schema.ts";

export interface Fault {
  /** JSON Pointer. */
  path: string;
  /** `must be at least 3`: after the name of what it is about. */
  rule: string;
}

const faultsAtMost = 20;

export function faultsIn(schema: unknown, value: unknown): readonly Fault[] {
  const faults: Fault[] = [];
  let work = 5_000;

  const check = (given: unknown, one: unknown, path: string): void => {
    if (faults.length >= faultsAtMost || --work < 0) return;
    const node = resolved(given, schema);
    const say = (rule: string): void => void faults.push({ path, rule });
    const choices = own(node, "enum");
    if (Array.isArray(choices) && !choices.some((choice) => same(choice, one))) {
      say("must be one of the choices");
      return;
    }
    const only = own(node, "const");
    if (only !== undefined && !same(only, one)) {
      say(`must be ${JSON.stringify(only)}`);
      return;
    }
    const types = [own(node, "type")].flat().filter((type) => typeof type === "string");
    if (types.length > 0 && !types.some((type) => isOfType(type, one))) {
      say(`must be ${typeWords(types)}`);
      return;
    }
    if (typeof one === "number") numberRules(node, one, say);
    if (typeof one === "string") textRules(node, one, say);
    if (Array.isArray(one)) {
      countRules(node, one.length, "Items", say);
      const items = own(node, "items");
      if (items !== undefined) one.forEach((item, at) => void check(items, item, `${path}/${at}`));
    }
    if (isObject(one)) members(node, one, path, say);
  };

  const members = (node: unknown, object: Record<string, unknown>, path: string, say: Say): void => {
    const required = own(node, "required");
    const properties = own(node, "properties");
    for (const name of Array.isArray(required) ? required.map(String) : []) {
      if (!Object.hasOwn(object, name)) faults.push({ path: `${path}/${escaped(name)}`, rule: "is needed" });
    }
    for (const [name, member] of Object.entries(object)) {
      const property = own(properties, name);
      if (property !== undefined) check(property, member, `${path}/${escaped(name)}`);
      else if (own(node, "additionalProperties") === false) say(`may not have “${name.slice(0, 60)}”`);
    }
  };

  check(schema, value, "");
  return faults;
}

type Say = (rule: string) => void;

function numberRules(node: unknown, value: number, say: Say): void {
  const limit = (name: string): number | undefined => numberOf(own(node, name));
  const [least, most, above, below] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map(limit);
  if (least !== undefined && value < least) say(`must be at least ${least}`);
  else if (above !== undefined && value <= above) say(`must be more than ${above}`);
  else if (most !== undefined && value > most) say(`must be at most ${most}`);
  else if (below !== undefined && value >= below) say(`must be less than ${below}`);
}

function textRules(node: unknown, value: string, say: Say): void {
  if (!countRules(node, [...value].length, "Length", say)) return;
  const format = own(node, "format");
  const known = typeof format === "string" && Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (known && value !== "" && !known.is.test(value)) say(`must be ${known.words}`);
}

/** True if there was nothing to say. */
function countRules(node: unknown, count: number, what: "Length" | "Items", say: Say): boolean {
  const least = numberOf(own(node, `min${what}`));
  const most = numberOf(own(node, `max${what}`));
  const unit = (n: number): string =>
    what === "Items" ? (n === 1 ? "item" : "items") : n === 1 ? "character" : "characters";
  if (least !== undefined && count < least) {
    say(count === 0 && what === "Length" ? "is needed" : `must have at least ${least} ${unit(least)}`);
  } else if (most !== undefined && count > most) say(`must have at most ${most} ${unit(most)}`);
  else return true;
  return false;
}

const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** Formats that people get wrong; each takes time in proportion to the text. */
const formats: Readonly<Record<string, { is: RegExp; words: string }>> = {
  date: { is: /^\d{4}-\d\d-\d\d$/, words: "a date such as 2026-11-28" },
  "date-time": {
    is: /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)$/,
    words: "a time such as 2026-11-28T14:00:00Z",
  },
  email: { is: /^[^\s@]+@[^\s@]+$/, words: "an e-mail address" },
  uri: { is: /^[a-z][a-z0-9+.-]*:\S+$/i, words: "an address such as https://example.com" },
  uuid: { is: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, words: "a UUID" },
};

/** What to write in such a field. */
export const formatHint = (format: string | undefined): string | undefined =>
  format !== undefined && Object.hasOwn(formats, format) ? formats[format]?.words : undefined;

function isOfType(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

const words: Readonly<Record<string, string>> = {
  ...{ string: "a text", number: "a number", integer: "a whole number", boolean: "true or false" },
  ...{ array: "a list", object: "an object", null: "null" },
};

const typeWords = (types: readonly string[]): string => types.map((type) => words[type] ?? type).join(" or ");

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
