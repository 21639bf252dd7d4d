/** Holds a configuration against its schema, and says where and why it does not fit. */
import type { TLocalizedValidationError } from "typebox/error";
import { Compile, type Validator } from "typebox/schema";
import { printable } from "../log.ts";
import { ConfigError } from "./error.ts";
import { configSchema, type FileConfig } from "./schema.ts";

/** Compiled once: flags, environment and file are checked one after the other. */
let validator: Validator<typeof configSchema> | undefined;

/** `source` names the file or flags in the message. */
export function checkConfig(value: unknown, source: string): FileConfig {
  validator ??= Compile(configSchema);
  if (validator.Check(value)) return value as FileConfig;
  const [, errors] = validator.Errors(value);
  throw new ConfigError(`${source}: ${sentence(errors)}`);
}

function sentence(errors: TLocalizedValidationError[]): string {
  for (const error of errors) {
    if (error.keyword !== "additionalProperties") continue;
    const [key = ""] = error.params.additionalProperties;
    const meant = nearest(key, keysAt(error.schemaPath));
    return `unknown key ${pathOf(`${error.instancePath}/${key}`)}${meant ? `; did you mean ${meant}?` : ""}`;
  }
  const [error] = errors;
  if (error === undefined) return "does not fit the schema";
  const where = pathOf(error.instancePath) || "the configuration";
  if (error.keyword === "enum") return `${where} must be one of ${error.params.allowedValues.join(", ")}`;
  return `${where} ${error.message}`;
}

/** Keys are whatever the file's writer put there, and this is shown on a terminal. */
const pathOf = (pointer: string): string => printable(pointer.split("/").slice(1).join("."));

/** The keys that the schema knows at `pointer`. */
function keysAt(pointer: string): string[] {
  let at: unknown = configSchema;
  for (const step of pointer.split("/").slice(1)) at = memberOf(at, step);
  const properties = memberOf(at, "properties");
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;

/** The known key that differs in the fewest letters, if few enough. */
function nearest(key: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(key.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(key.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Letters to insert, remove or change to get from one word to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
