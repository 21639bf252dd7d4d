/** What somebody who gives the command `start` asks for. */
import Type, { type Static } from "typebox";
import { Compile } from "typebox/schema";
import { faultOf } from "./check.ts";
import { ArgumentError } from "./placeholders.ts";

const label = (maxLength: number) => Type.Optional(Type.String({ minLength: 1, maxLength }));

/** The same as the declaration says, but for what it cannot say; `args` are the recipe's to check. */
const schema = Type.Object(
  {
    recipe: Type.String(),
    args: Type.Optional(Type.Unknown()),
    sessionId: label(200),
    agentId: label(200),
    processId: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$" })),
    title: label(200),
  },
  { additionalProperties: false },
);

export type StartRequest = Static<typeof schema>;

const validator = Compile(schema);

/** Throws ArgumentError. The gateway has checked it, unless the command was given before the runner said what it takes. */
export function readStart(args: unknown): StartRequest {
  const fault = faultOf(validator, args);
  if (fault !== undefined) throw new ArgumentError(fault);
  return args as StartRequest;
}
