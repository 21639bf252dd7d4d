/** The configuration file's schema: what signalbox.config.json may hold, and the type of it. */
import { type LimitName, limits } from "@signalbox/protocol";
import Type, { type Static, type TInteger, type TOptional } from "typebox";
import { amqpSchema } from "./amqp.ts";
import { hideSchema, jwtIssuerSchema, ratesSchema, rolesSchema, sessionCookieSchema } from "./auth.ts";
import { notificationsSchema } from "./notifications.ts";
import { redisSchema } from "./redis.ts";
import { webguiSchema } from "./webgui.ts";

/** Below these a part cannot work at all; every other limit is at least 1. */
const floors: Partial<Record<LimitName, number>> = {
  frameBytes: 1_024,
  headerBytes: 4_096,
  // A socket says that it has drained only after this much was waiting.
  outboxBytes: 65_536,
};

const limitSchema = Type.Object(
  Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => [
      name,
      Type.Optional(
        Type.Integer({
          minimum: floors[name as LimitName] ?? 1,
          maximum: Number.MAX_SAFE_INTEGER,
          description: `In ${limit.unit}, ${limit.default} if absent. Over it: ${limit.over}.`,
        }),
      ),
    ]),
  ) as Record<LimitName, TOptional<TInteger>>,
  { additionalProperties: false, description: "Changes to the table in docs/reference/limits.md." },
);

const count = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description });

const namespaceSchema = Type.Object(
  {
    durability: Type.Optional(
      Type.Enum(["fsync", "os", "memory"], {
        description: "What an acknowledged publish survives: power loss, the gateway's death, or nothing.",
      }),
    ),
    retention: Type.Optional(
      Type.Object(
        {
          ageMs: Type.Optional(count("Milliseconds an event is kept.")),
          count: Type.Optional(count("Events kept per channel.")),
          bytes: Type.Optional(count("Bytes of events kept per channel.")),
        },
        { additionalProperties: false, description: "Whichever is reached first removes the oldest events." },
      ),
    ),
    reducer: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Folds the channel's state." })),
    furtherReducers: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        maxItems: 16,
        description: "Others that fold it too, for those who ask for theirs.",
      }),
    ),
  },
  { additionalProperties: false },
);

const namespaceName = "^[a-z][a-z0-9-]{0,31}$";

export const configSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: "Where editors find this schema." })),
    host: Type.Optional(
      Type.String({ minLength: 1, description: "Address to listen on; 127.0.0.1 is not reachable from outside." }),
    ),
    port: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 65_535, description: "7400 if absent; 0 takes any free one." }),
    ),
    portFallback: Type.Optional(
      Type.Boolean({ description: "Take the next free port when it is in use; true unless the port was chosen." }),
    ),
    dataDir: Type.Optional(
      Type.String({ minLength: 1, description: "Where events and the admin token are kept; .signalbox if absent." }),
    ),
    store: Type.Optional(Type.Enum(["sqlite", "memory"], { description: "memory forgets everything at the end." })),
    redis: Type.Optional(redisSchema),
    allowedOrigins: Type.Optional(
      Type.Array(Type.String({ pattern: "^[a-z][a-z0-9+.-]*://[^/?#]+$" }), {
        description: "Origins of other pages that may use this gateway, such as https://ops.example.org.",
      }),
    ),
    allowedHosts: Type.Optional(
      Type.Array(Type.String({ pattern: "^(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?$" }), {
        description: "Further names this gateway is called by, such as signalbox.example.org, with or without a port.",
      }),
    ),
    nodeUrl: Type.Optional(
      Type.String({
        pattern: "^https?://(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?$",
        description:
          "Where other nodes reach this one, such as http://10.0.0.7:7400; the address that it listens on if absent.",
      }),
    ),
    publicUrl: Type.Optional(
      Type.String({
        pattern: "^https?://(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[^?#\\s]*)?$",
        description:
          "Where people find this gateway, such as https://box.example.org: links in notifications lead there. Where it listens if absent.",
      }),
    ),
    trustedProxies: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        maxItems: 1_000,
        description:
          "Addresses and networks, such as 127.0.0.1 and 10.0.0.0/8, whose X-Forwarded-For, -Proto and -Host count.",
      }),
    ),
    tls: Type.Optional(
      Type.Object(
        {
          certFile: Type.String({ minLength: 1, description: "PEM: the certificate, then those up to its root." }),
          keyFile: Type.String({ minLength: 1, description: "PEM: its key, without a passphrase." }),
        },
        { additionalProperties: false, description: "Serves https; both files are read again when they change." },
      ),
    ),
    limits: Type.Optional(limitSchema),
    compression: Type.Optional(
      Type.Object(
        {
          deflate: Type.Optional(
            Type.Boolean({
              description:
                "Let WebSockets negotiate permessage-deflate, for clients that cannot ask for gzip. false if absent.",
            }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    rates: Type.Optional(ratesSchema),
    jwt: Type.Optional(
      Type.Array(jwtIssuerSchema, { maxItems: 100, description: "Issuers of JSON Web Tokens that may come in." }),
    ),
    sessionCookie: Type.Optional(sessionCookieSchema),
    roles: Type.Optional(rolesSchema),
    queryToken: Type.Optional(
      Type.Boolean({
        description: "Accept long-lived tokens as ?access_token=, where they end up in logs. Tickets are better.",
      }),
    ),
    hide: Type.Optional(hideSchema),
    redaction: Type.Optional(
      Type.Boolean({ description: "false: events are kept with the secrets in them. true if absent." }),
    ),
    namespaces: Type.Optional(
      Type.Unsafe<Record<string, Static<typeof namespaceSchema>>>({
        type: "object",
        propertyNames: { pattern: namespaceName },
        additionalProperties: namespaceSchema,
        description: "Changes to the known namespaces, and further ones.",
      }),
    ),
    log: Type.Optional(
      Type.Object(
        {
          level: Type.Optional(Type.Enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])),
          pretty: Type.Optional(Type.Boolean({ description: "Lines for people; true on a terminal." })),
        },
        { additionalProperties: false },
      ),
    ),
    alerts: Type.Optional(
      Type.Object(
        {
          refusalsPerMinute: Type.Optional(
            Type.Number({
              minimum: 0,
              description: "More refusals of one name in a minute raise an alert. 60 if absent.",
            }),
          ),
          loopDelayMs: Type.Optional(
            Type.Number({ minimum: 1, description: "An event loop that is later than this does. 500 if absent." }),
          ),
          queueShare: Type.Optional(
            Type.Number({
              minimum: 0.01,
              maximum: 1,
              description: "More than this share of inflightAppends on the way to the store does. 0.5 if absent.",
            }),
          ),
        },
        { additionalProperties: false, description: "When the gateway finds that something is wrong with itself." },
      ),
    ),
    orchestrate: Type.Optional(
      Type.Object(
        {
          recipe: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 64,
              description: "The recipe of agents for which no runner has one of their own name.",
            }),
          ),
        },
        { additionalProperties: false, description: "Sessions that are started with POST /orchestrate/start." },
      ),
    ),
    amqp: Type.Optional(amqpSchema),
    notifications: Type.Optional(notificationsSchema),
    webgui: Type.Optional(webguiSchema),
    dashboardDir: Type.Optional(Type.String({ minLength: 1, description: "The built dashboard." })),
    adminToken: Type.Optional(
      Type.String({
        pattern: "^[!-~]{8,512}$",
        description: "Instead of the one kept in the data directory. Better given as SIGNALBOX_ADMIN_TOKEN.",
      }),
    ),
  },
  { additionalProperties: false, title: "Signalbox gateway configuration" },
);

export type FileConfig = Static<typeof configSchema>;

/** The document that ships as config.schema.json. */
export const configDocument = (): Record<string, unknown> => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  ...configSchema,
});
