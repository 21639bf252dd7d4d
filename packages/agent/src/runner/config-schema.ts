/** What signalbox.runner.json may hold, and the type of it. */
import Type, { type Static } from "typebox";

const closed = { additionalProperties: false };
const nameRule = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
/** A timer takes no more. */
const longestMs = 2_147_483_647;

/** Each follows its channel on one connection, which may follow 512. */
const mostAtOnce = 400;

/** An argument becomes one element of the command's arguments, so it is text, a number or a flag. */
const argumentSchema = Type.Object(
  {
    type: Type.Enum(["string", "number", "integer", "boolean"]),
    title: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    default: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    enum: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), { minItems: 1 })),
    examples: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
    minLength: Type.Optional(Type.Integer({ minimum: 0 })),
    maxLength: Type.Optional(Type.Integer({ minimum: 0 })),
    minimum: Type.Optional(Type.Number()),
    maximum: Type.Optional(Type.Number()),
    exclusiveMinimum: Type.Optional(Type.Number()),
    exclusiveMaximum: Type.Optional(Type.Number()),
  },
  closed,
);

const argsSchema = Type.Object(
  {
    type: Type.Optional(Type.Enum(["object"])),
    properties: Type.Unsafe<Record<string, Static<typeof argumentSchema>>>({
      type: "object",
      propertyNames: { pattern: "^[A-Za-z][A-Za-z0-9_-]{0,63}$" },
      maxProperties: 32,
      additionalProperties: argumentSchema,
    }),
    required: Type.Optional(Type.Array(Type.String())),
    additionalProperties: Type.Optional(Type.Literal(false)),
  },
  { ...closed, description: "JSON Schema of the arguments; others than these are always refused." },
);

const recipeSchema = Type.Object(
  {
    title: Type.Optional(Type.String({ maxLength: 200, description: "What people see." })),
    description: Type.Optional(Type.String({ maxLength: 2_000, description: "What it does." })),
    command: Type.String({
      minLength: 1,
      description: "The program: searched in PATH, or with a slash a path from this file. Never given to a shell.",
    }),
    args: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 256,
        description:
          "Its arguments. {name} stands for an argument of argsSchema and stays within its element; an element whose argument " +
          "was not given is left out. {{name}} is the text {name}.",
      }),
    ),
    argsSchema: Type.Optional(argsSchema),
    allowDash: Type.Optional(
      Type.Array(Type.String(), {
        description:
          "Arguments whose value may begin with a dash where an element begins with it, and so be an option of the command.",
      }),
    ),
    cwd: Type.Optional(
      Type.String({
        minLength: 1,
        description: "Where it runs: this file's directory or one inside it, unless the path is absolute.",
      }),
    ),
    env: Type.Optional(
      Type.Unsafe<Record<string, string>>({
        type: "object",
        propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]{0,127}$" },
        additionalProperties: { type: "string" },
        description: "Environment variables it gets.",
      }),
    ),
    envAllow: Type.Optional(
      Type.Array(Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,127}$" }), {
        description: "Variables of the runner's own environment that it gets too; PATH, HOME and LANG if absent.",
      }),
    ),
    pty: Type.Optional(Type.Boolean({ description: "Run it in a pseudo-terminal, for programs that draw or ask." })),
    stdin: Type.Optional(
      Type.Boolean({ description: "It reads input, which the command input gives. false if absent." }),
    ),
    concurrency: Type.Optional(
      Type.Integer({ minimum: 1, maximum: mostAtOnce, description: "How many of it may run at once." }),
    ),
    timeLimitMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: longestMs,
        description: "It is cancelled after so many milliseconds, paused ones included.",
      }),
    ),
    tags: Type.Optional(
      Type.Unsafe<Record<string, string>>({
        type: "object",
        maxProperties: 16,
        propertyNames: { minLength: 1, maxLength: 64 },
        additionalProperties: { type: "string", maxLength: 256 },
        description: "Tags of its events, which filters select by.",
      }),
    ),
  },
  closed,
);

export const runnerSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: "Where editors find this schema." })),
    name: Type.Optional(
      Type.String({
        pattern: nameRule,
        description: "The runner is agent:runner-NAME; this machine's name if absent.",
      }),
    ),
    concurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: mostAtOnce,
        description: "How many processes may run at once; 4 if absent.",
      }),
    ),
    recipes: Type.Unsafe<Record<string, Static<typeof recipeSchema>>>({
      type: "object",
      propertyNames: { pattern: nameRule },
      minProperties: 1,
      maxProperties: 100,
      additionalProperties: recipeSchema,
      description: "What may be started, by name. Nothing else ever is.",
    }),
  },
  { ...closed, title: "Signalbox runner configuration" },
);

export type RunnerFile = Static<typeof runnerSchema>;
export type RecipeFile = Static<typeof recipeSchema>;
export type ArgsSchema = Static<typeof argsSchema>;

/** Of the runner's name and of recipes. */
export const isName = (text: string): boolean => new RegExp(nameRule).test(text);

/** The document that ships as runner.schema.json. */
export const runnerConfigDocument = (): Record<string, unknown> => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  ...runnerSchema,
});
