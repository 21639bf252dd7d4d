/** What a process of a runner can be told: pause, resume, cancel, input, resize. */
import Type from "typebox";
import { Compile, type Validator } from "typebox/schema";
import type { ProcessControl } from "../control.ts";
import type { CommandSpec } from "../inbox/execution.ts";
import type { RunResult } from "../run-process.ts";
import { faultOf } from "./check.ts";
import { ArgumentError } from "./placeholders.ts";

const closed = { additionalProperties: false };
const none = Compile(Type.Object({}, closed));
const cancelArgs = Compile(
  Type.Object({ graceMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })) }, closed),
);
const inputArgs = Compile(
  Type.Object({ text: Type.Optional(Type.String()), eof: Type.Optional(Type.Boolean()) }, closed),
);
const side = Type.Integer({ minimum: 1, maximum: 1_000 });
const resizeArgs = Compile(Type.Object({ columns: side, rows: side }, closed));

/** `result`: its end, when all is said. Handlers fail with the code of ControlError, or `invalid_args`. */
export function processCommands(control: ProcessControl, result: Promise<RunResult>): Record<string, CommandSpec> {
  return {
    pause: ({ args, issuedBy }) => {
      read(none, args);
      control.pause(issuedBy);
      return { paused: true };
    },
    resume: ({ args, issuedBy }) => {
      read(none, args);
      control.resume(issuedBy);
      return { paused: false };
    },
    cancel: async ({ args, issuedBy }) => {
      control.cancel({ ...read(cancelArgs, args), reason: `cancelled by ${issuedBy}`, by: issuedBy });
      const { exitCode, signal } = await result;
      return { exitCode, signal };
    },
    input: async ({ args }) => {
      const { text = "", eof = false } = read(inputArgs, args);
      await control.input(text, eof);
      return { characters: text.length, eof };
    },
    resize: ({ args }) => {
      const { columns, rows } = read(resizeArgs, args);
      control.resize(columns, rows);
      return { columns, rows };
    },
  };
}

function read<Value>(validator: Validator<Record<never, never>, Value>, args: unknown): Value {
  const given = args ?? {};
  if (validator.Check(given)) return given;
  throw new ArgumentError(`args: ${faultOf(validator, given)}`);
}
