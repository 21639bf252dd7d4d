/** Holds outside data against a schema, and says in a sentence where and why it does not fit. */
import type { TLocalizedValidationError } from "typebox/error";

/** The part of a compiled schema that is needed. */
interface Checks {
  Check(value: unknown): boolean;
  Errors(value: unknown): [boolean, TLocalizedValidationError[]];
}

/** Undefined: all fits. Keys are whatever the writer put there: shown to people as JSON would write them. */
export function faultOf(validator: Checks, value: unknown): string | undefined {
  if (validator.Check(value)) return undefined;
  const [, all] = validator.Errors(value);
  // Said of the object around whatever does not fit; the fault itself is in the list too.
  const errors = all.filter(({ keyword }) => keyword !== "additionalProperties");
  // What may not be there at all is held against the schema `false`.
  const unknown = errors.find(({ keyword }) => keyword === "boolean");
  if (unknown !== undefined) return `unknown key ${pathOf(unknown.instancePath)}`;
  const misnamed = errors.find((error) => error.keyword === "propertyNames");
  if (misnamed?.keyword === "propertyNames") {
    const [name = ""] = misnamed.params.propertyNames;
    return `${pathOf(`${misnamed.instancePath}/${name}`)} is not a name that can be used here`;
  }
  const [error] = errors;
  if (error === undefined) return "does not fit the schema";
  if (error.keyword === "required") {
    const [missing = ""] = error.params.requiredProperties;
    return `${pathOf(`${error.instancePath}/${missing}`)} is required`;
  }
  const where = pathOf(error.instancePath) || "it";
  if (error.keyword === "enum") return `${where} must be one of ${error.params.allowedValues.join(", ")}`;
  return `${where} ${error.message}`;
}

const pathOf = (pointer: string): string =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => (/^[\w.-]+$/.test(step) ? step : JSON.stringify(step)))
    .join(".");
