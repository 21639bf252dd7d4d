/** The part of the configuration about RabbitMQ, or another broker that speaks AMQP 0-9-1. */
import Type, { type Static } from "typebox";
import { capabilitySchema, tenantPattern } from "./auth.ts";

/** AMQP's short strings. */
const shortText = (description: string) => Type.String({ minLength: 1, maxLength: 255, description });

export const amqpSchema = Type.Object(
  {
    url: Type.Optional(
      Type.String({
        pattern: "^amqps?://",
        description: "amqp://USER:PASSWORD@HOST:5672/VHOST. Better given as SIGNALBOX_AMQP_URL.",
      }),
    ),
    queue: Type.Optional(shortText("The durable queue that is read; signalbox if absent.")),
    exchange: Type.Optional(shortText("The durable topic exchange that agents publish to; signalbox if absent.")),
    bindings: Type.Optional(
      Type.Array(Type.String({ maxLength: 255 }), {
        minItems: 1,
        maxItems: 100,
        description: "Routing keys of that exchange that come to the queue; # if absent, which is all.",
      }),
    ),
    declare: Type.Optional(
      Type.Boolean({
        description:
          "false: queue, exchange and bindings are somebody else's, and only have to be there. true if absent.",
      }),
    ),
    arguments: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
        description: 'Further ones of the queue. {"x-single-active-consumer": true} if absent, which keeps order.',
      }),
    ),
    deadLetterExchange: Type.Optional(
      shortText(
        "Gets what is refused, and a durable queue of the same name keeps it. Absent: it is logged and dropped.",
      ),
    ),
    prefetch: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, description: "Messages on their way at once; 200 if absent." }),
    ),
    capabilities: Type.Array(capabilitySchema, {
      minItems: 1,
      maxItems: 256,
      description: "What service:amqp may do, and so everybody who may publish to the exchange.",
    }),
    tenant: Type.Optional(Type.String({ pattern: tenantPattern, description: "Whose events they are." })),
  },
  { additionalProperties: false, description: "Brings in what agents publish over RabbitMQ." },
);

type FileAmqp = Static<typeof amqpSchema>;

export type AmqpConfig = Required<Omit<FileAmqp, "deadLetterExchange" | "tenant">> & {
  deadLetterExchange: string | undefined;
  tenant: string | undefined;
};

/** `undefined`: there is no broker. */
export function amqpOf(file: FileAmqp | undefined, urlOfEnvironment: string | undefined): AmqpConfig | undefined {
  const url = urlOfEnvironment ?? file?.url;
  if (file === undefined || url === undefined) return undefined;
  return {
    url,
    queue: file.queue ?? "signalbox",
    exchange: file.exchange ?? "signalbox",
    bindings: file.bindings ?? ["#"],
    declare: file.declare ?? true,
    arguments: { "x-single-active-consumer": true, ...file.arguments },
    deadLetterExchange: file.deadLetterExchange,
    prefetch: file.prefetch ?? 200,
    capabilities: file.capabilities,
    tenant: file.tenant,
  };
}
