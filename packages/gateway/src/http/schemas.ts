/** Schemas that several routes document. They describe; what is checked is said in each route. */
import { envelopeSchema } from "@signalbox/protocol/schemas";
import Type, { type TSchema } from "typebox";

export const messageSchema = envelopeSchema;

const position = Type.Object({ epoch: Type.String(), offset: Type.Integer({ minimum: 0 }) });

export const gapSchema = Type.Object({
  reason: Type.String(),
  epoch: Type.String(),
  from: Type.Integer(),
  to: Type.Optional(Type.Integer()),
  counts: Type.Optional(
    Type.Unsafe<Record<string, number>>({ type: "object", additionalProperties: { type: "integer" } }),
  ),
  countsFrom: Type.Optional(Type.Integer()),
});

export const positionSchema = position;

const errorSchema = Type.Object(
  {
    error: Type.Object({
      name: Type.String(),
      number: Type.Integer(),
      message: Type.String({ description: "What happened." }),
      temporary: Type.Boolean({ description: "The same request may succeed later." }),
      help: Type.String({ description: "What to do." }),
      details: Type.Optional(Type.Unsafe<Record<string, unknown>>({ type: "object" })),
    }),
  },
  { description: "A row of the error table." },
);

export const publishResultSchema = Type.Object(
  {
    id: Type.String(),
    channel: Type.Optional(Type.String()),
    epoch: Type.Optional(Type.String()),
    offset: Type.Optional(Type.Integer()),
    duplicate: Type.Optional(Type.Boolean()),
    error: Type.Optional(errorSchema.properties.error),
  },
  { description: "Where the event is kept, or why it is not." },
);

/** Answers that every route under /v1 may give. */
export const answers = (schema: TSchema): Record<string, TSchema> => ({ 200: schema, default: errorSchema });
