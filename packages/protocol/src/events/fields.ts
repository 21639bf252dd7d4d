/** The kinds of field that event data is made of. Each takes the sentence that the reference prints. */
import Type, { type Static, type TSchema } from "typebox";

/** Ids become names of channels, so they share their length. */
export const id = (description: string) => Type.String({ minLength: 1, maxLength: 200, description });

/** Of commands and checkpoints: unique in a tenant. */
export const steeringId = (description: string) => Type.String({ pattern: "^[A-Za-z0-9._~-]{1,64}$", description });

export const text = (description: string) => Type.String({ description });

export const flag = (description: string) => Type.Boolean({ description });

/** A whole number that JavaScript keeps exactly. */
export const whole = (description: string, minimum = 0) =>
  Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER, description });

export const amount = (description: string) => Type.Number({ minimum: 0, description });

export const percent = (description: string) => Type.Number({ minimum: 0, maximum: 100, description });

/** A time as its source wrote it; the envelope's timestamp is what events are ordered and shown by. */
export const moment = (description: string) =>
  Type.Union([Type.Integer({ minimum: 0 }), Type.String({ minLength: 1, maxLength: 64 })], {
    title: "milliseconds since 1970 or an ISO 8601 text",
    description,
  });

/** A closed set: the gateway or a reducer acts on each member. */
export const oneOf = <const Values extends string[]>(values: readonly [...Values], description: string) =>
  Type.Enum(values, { description });

/** An open set: these members are known, others of the same form pass through. */
export const open = <const Known extends string>(known: readonly Known[], description: string) =>
  Type.Unsafe<Known | (string & {})>({ type: "string", minLength: 1, maxLength: 64, examples: known, description });

export const list = <Item extends TSchema>(items: Item, description: string) => Type.Array(items, { description });

/** An object whose keys are the sender's own. */
export const table = <Value extends TSchema>(values: Value, description: string) =>
  Type.Unsafe<Record<string, Static<Value>>>({ type: "object", additionalProperties: values, description });

export const anything = (description: string) => Type.Unknown({ description });

export const orNull = <Value extends TSchema>(value: Value, title: string, description: string) =>
  Type.Union([value, Type.Null()], { title: `${title} or null`, description });

export const sessionId = () => id("The session it belongs to.");
export const agentId = () => id("The agent it is about.");
export const taskId = () => id("The task it is about.");
export const durationMs = () => amount("How long it took, in milliseconds.");
export const error = () => text("What went wrong, in words.");
export const message = () => text("What happened, in words.");
export const progress = () => percent("How much is done, 0 to 100.");
export const url = () => text("Where to read more.");
export const timestamp = () => moment("When the source says it happened; the envelope has the time that counts.");

/** What an agent, execution, step or task can be doing. */
export const workStates = [
  "queued",
  "running",
  "waiting_approval",
  "waiting_input",
  "waiting_auth",
  "paused",
  "stuck",
  "lost",
  "done",
  "failed",
  "cancelled",
  "rejected",
] as const;
