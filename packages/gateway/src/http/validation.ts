/** Query and parameters against their schemas: texts become numbers and flags, faults name path and rule. */

import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { broken } from "./errors.ts";

type Validated = { value: unknown } | { error: Error };

/** `part`: querystring, params, headers or body. Bodies are decoded by the route that wants them. */
export function validatorOf(schema: TSchema, part: string | undefined): (value: unknown) => Validated {
  if (part === "body") return (value) => ({ value });
  const validator = Compile(schema);
  const root = part === "querystring" ? "/query" : `/${part}`;
  return (given) => {
    const value = validator.Convert(given);
    if (validator.Check(value)) return { value };
    const [error] = validator.Errors(value);
    if (error === undefined) return { error: broken(root, "is not valid") };
    if (error.keyword === "required")
      return { error: broken(`${root}/${error.params.requiredProperties[0]}`, "is required") };
    return { error: broken(root + error.instancePath, error.message) };
  };
}
