/** Compiled checks, and why a value failed one: a JSON pointer and a rule in words. */
import type { TSchema } from "typebox";
import type { TLocalizedValidationError } from "typebox/error";
import { Compile, type Validator } from "typebox/schema";
import { own } from "./own.ts";

export type Checked = { ok: true } | { ok: false; path: string; rule: string };

/** Shared, so that a check that passes allocates nothing. */
export const passed: Checked = Object.freeze({ ok: true });

/** Longest path that is echoed: keys in it are the sender's. */
const pathLength = 256;

/** Data that a sender left out counts as this. */
const nothing: unknown = Object.freeze({});

/** A check of one schema, compiled when it is first used; paths begin with `root`. */
export function checker(schema: TSchema, root: string): (value: unknown) => Checked {
  let validator: Validator<TSchema> | undefined;
  return (given) => {
    const value = given === undefined ? nothing : given;
    validator ??= Compile(schema);
    if (validator.Check(value)) return passed;
    const fault = faultOf(schema, validator.Errors(value)[1]);
    return { ok: false, path: (root + fault.path).slice(0, pathLength), rule: fault.rule };
  };
}

function faultOf(schema: TSchema, errors: TLocalizedValidationError[]): { path: string; rule: string } {
  let [error] = errors;
  if (error === undefined) return { path: "", rule: "is not valid" };
  // A value that fits no branch of a union is told about the union, not about each branch.
  const [holder, ...branch] = error.schemaPath.split("/anyOf/");
  if (branch.length > 0) {
    error = errors.find((other) => other.keyword === "anyOf" && other.schemaPath === holder) ?? error;
  }
  if (error.keyword === "required") {
    const [name = ""] = error.params.requiredProperties;
    return { path: `${error.instancePath}/${name}`, rule: "is required" };
  }
  return { path: error.instancePath, rule: ruleOf(schema, error) };
}

function ruleOf(schema: TSchema, error: TLocalizedValidationError): string {
  switch (error.keyword) {
    case "type":
      return `must be ${typeWords[String(error.params.type)] ?? error.params.type}`;
    case "enum":
      return `must be one of ${error.params.allowedValues.join(", ")}`;
    case "const":
      return `must be ${JSON.stringify(error.params.allowedValue)}`;
    case "minimum":
      return `must be ${error.params.limit} or more`;
    case "maximum":
      return `must be ${error.params.limit} or less`;
    case "minLength":
      return `must have ${error.params.limit} or more characters`;
    case "maxLength":
      return `must have ${error.params.limit} or fewer characters`;
    case "maxItems":
      return `must have ${error.params.limit} or fewer items`;
    case "maxProperties":
      return `must have ${error.params.limit} or fewer keys`;
    case "pattern":
      return `must match ${error.params.pattern}`;
    case "anyOf":
      return `must be ${titleAt(schema, error.schemaPath)}`;
    default:
      return error.message;
  }
}

const typeWords: Record<string, string> = {
  object: "an object",
  array: "an array",
  string: "a string",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "null",
};

/** Unions say in their title what they accept. */
function titleAt(schema: TSchema, pointer: string): string {
  let at: unknown = schema;
  for (const step of pointer.split("/").slice(1)) at = own(at, step);
  const title = own(at, "title");
  return typeof title === "string" ? title : "of another form";
}
