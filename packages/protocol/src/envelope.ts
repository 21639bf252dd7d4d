/** The JSON Schema of what every message shares; decode.ts applies the same rules without a schema. */
import Type from "typebox";
import { text, whole } from "./events/fields.ts";

const ascii = (description: string) => Type.String({ pattern: "^[!-~]{1,128}$", description });
const short = (description: string) => Type.String({ maxLength: 256, description });

const metadataSchema = Type.Object(
  {
    version: Type.Optional(short("Version of the event type's schema.")),
    source: Type.Optional(short("What the event comes from.")),
    correlationId: Type.Optional(short("In a reply: the id of the message it answers.")),
    compressed: Type.Optional(Type.Unknown({ description: "True where the frame was compressed." })),
    idempotencyKey: Type.Optional(short("Publishing twice with one key, within the window, keeps one event.")),
    producer: Type.Optional(
      Type.Object(
        {
          id: ascii("Who publishes."),
          epoch: whole("Higher fences lower."),
          seq: whole("1, 2, 3 … per channel and epoch.", 1),
        },
        { description: "Drops duplicates and fences zombies." },
      ),
    ),
    expected: Type.Optional(
      Type.Object(
        {
          epoch: Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$", description: "Of the channel." }),
          offset: whole("Of its newest event; 0 before the first."),
        },
        { description: "The event is kept only if the channel's newest event is here; else the error is head_moved." },
      ),
    ),
    tags: Type.Optional(
      Type.Unsafe<Record<string, string>>({
        type: "object",
        maxProperties: 32,
        propertyNames: { maxLength: 64 },
        additionalProperties: short("A value."),
        description: "What filters can select by, beside the type.",
      }),
    ),
  },
  { description: "About the message; other members pass through." },
);

/** What a sender may write. The gateway adds `id` and `timestamp` where they are missing. */
export const envelopeSchema = Type.Object({
  id: Type.Optional(ascii("The sender's id of the message.")),
  type: Type.String({ pattern: "^[a-z][a-z0-9_.-]{0,63}$", description: "The event type, or a control message." }),
  timestamp: Type.Optional(whole("Milliseconds since 1970.")),
  data: Type.Optional(Type.Unknown({ description: "What the type's schema says." })),
  metadata: Type.Optional(metadataSchema),
  channel: Type.Optional(text("Where to publish; derived from data if absent.")),
  epoch: Type.Optional(Type.Unknown({ description: "On publications, written by the gateway; ignored from senders." })),
  offset: Type.Optional(
    Type.Unknown({ description: "On publications, written by the gateway; ignored from senders." }),
  ),
});
