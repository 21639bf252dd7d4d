/** The part of the configuration that says who may come in: schemas, and the types of them. */
import { type Capability, verbs } from "@signalbox/core";
import Type, { type Static } from "typebox";

/** A pattern or a channel, as in spec/protocol.md §2. In roles also with places: `{id}`, `{agentId}`, `{shared}`. */
const channelsPattern =
  "^(\\*|[a-z][a-z0-9-]{0,31}(:([A-Za-z0-9._~:/@+=,-]{1,200}|[A-Za-z0-9._~:/@+=,-]{0,200}\\*))?)$";
const placesPattern =
  "^(\\{shared\\}|\\*|[a-z][a-z0-9-]{0,31}(:([A-Za-z0-9._~:/@+=,-]|\\{id\\}|\\{agentId\\}){0,200}\\*?)?)$";

const capabilityOf = (pattern: string, description: string) =>
  Type.Unsafe<Capability>(
    Type.Object(
      {
        channels: Type.String({ pattern, description }),
        verbs: Type.Array(Type.Enum([...verbs]), { maxItems: verbs.length }),
        commands: Type.Optional(
          Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
            maxItems: 64,
            description: "With the verb command: these only; all if absent.",
          }),
        ),
      },
      { additionalProperties: false },
    ),
  );

export const capabilitySchema = capabilityOf(channelsPattern, "A channel or a pattern, such as agent:*.");

const roleName = Type.String({ pattern: "^[a-z][a-z0-9_-]{0,63}$" });

export const rolesSchema = Type.Unsafe<Record<string, Capability[]>>({
  type: "object",
  propertyNames: roleName,
  additionalProperties: Type.Array(
    capabilityOf(placesPattern, "As in a token; {id} and {agentId} are the principal's own, {shared} all but user."),
    { maxItems: 256 },
  ),
  description: "Changes to the roles viewer, operator, approver, agent and admin, and further ones.",
});

export const algorithms = [
  ...["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
] as const satisfies readonly string[];

export const tenantPattern = "^[a-z0-9][a-z0-9_-]{0,62}$";
const tenantName = Type.String({ pattern: tenantPattern });

const jwtKeySchema = Type.Object(
  {
    kid: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: "Absent: for tokens without a kid." })),
    alg: Type.Enum([...algorithms], { description: "The only algorithm this key is used with." }),
    jwk: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: "A public JSON Web Key, or kty oct." }),
    ),
    pem: Type.Optional(Type.String({ minLength: 1, description: "A public key or certificate." })),
    pemFile: Type.Optional(Type.String({ minLength: 1, description: "A file with one." })),
    secret: Type.Optional(Type.String({ minLength: 32, description: "For HS256 and its like: 32 bytes or more." })),
    secretFile: Type.Optional(
      Type.String({ minLength: 1, description: "A file with one; its last newline is not part of it." }),
    ),
  },
  { additionalProperties: false, description: "Exactly one of jwk, pem, pemFile, secret and secretFile." },
);

const seconds = (maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, description }));

export const jwtIssuerSchema = Type.Object(
  {
    issuer: Type.String({ minLength: 1, maxLength: 512, description: "Exactly what tokens have as iss." }),
    audience: Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
      description: "What tokens must have as aud, or one of several.",
    }),
    keys: Type.Optional(Type.Array(jwtKeySchema, { minItems: 1, maxItems: 100 })),
    jwks: Type.Optional(
      Type.Object(
        {
          url: Type.String({ description: "https, or http on this machine. Nothing in a token changes it." }),
          algorithms: Type.Array(Type.Enum(algorithms.filter((name) => !name.startsWith("HS"))), { minItems: 1 }),
          cacheS: seconds(86_400, "How long keys are used before they are fetched again; 600 if absent."),
          cooldownS: seconds(3_600, "Least time between two fetches; 30 if absent."),
          timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 30_000, description: "5000 if absent." })),
        },
        { additionalProperties: false },
      ),
    ),
    leewayS: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 60, description: "For clocks that differ; 30 if absent." }),
    ),
    claim: Type.Optional(Type.String({ minLength: 1, description: "The claim that grants; signalbox if absent." })),
    defaultRoles: Type.Optional(
      Type.Array(roleName, { description: "For tokens without that claim; none if absent." }),
    ),
    tenant: Type.Optional(Type.String({ pattern: tenantPattern, description: "The tenant of all its tokens." })),
    tenants: Type.Optional(
      Type.Union([Type.Literal("any"), Type.Array(tenantName, { minItems: 1 })], {
        description: "Tenants that its tokens may name. Without this and tenant, none.",
      }),
    ),
    subjectPrefix: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9._~:@+=,-]{0,40}$",
        description: "Put before sub, to tell issuers' subjects apart.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const sessionCookieSchema = Type.Object(
  {
    cookie: Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$", description: "The cookie's name." }),
    callback: Type.Optional(
      Type.Object(
        {
          url: Type.String({ description: "Gets the cookie, answers who it is. https, or http on this machine." }),
          timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 30_000, description: "3000 if absent." })),
          cacheMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000, description: "5000 if absent." })),
        },
        { additionalProperties: false },
      ),
    ),
    secrets: Type.Optional(
      Type.Array(Type.String({ minLength: 32 }), {
        minItems: 1,
        maxItems: 8,
        description: "Any of these signs the cookie, so that they can be changed one after the other.",
      }),
    ),
    tenant: Type.Optional(
      Type.String({ pattern: tenantPattern, description: "The tenant of everybody who comes this way." }),
    ),
    tenants: Type.Optional(Type.Union([Type.Literal("any"), Type.Array(tenantName, { minItems: 1 })])),
    subjectPrefix: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9._~:@+=,-]{0,40}$" })),
  },
  { additionalProperties: false, description: "Exactly one of callback and secrets." },
);

const rate = Type.Object(
  {
    perSecond: Type.Number({ exclusiveMinimum: 0, maximum: 1e9 }),
    burst: Type.Number({ exclusiveMinimum: 0, maximum: 1e12 }),
  },
  { additionalProperties: false },
);

export const ratesSchema = Type.Object(
  {
    principal: Type.Optional(rate),
    address: Type.Optional(rate),
    tenant: Type.Optional(rate),
    types: Type.Optional(
      Type.Unsafe<Record<string, Static<typeof rate>>>({
        type: "object",
        propertyNames: { pattern: "^[a-z][a-z0-9_.-]{0,63}$" },
        additionalProperties: rate,
        description: "Per principal and type of message.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const hideSchema = Type.Array(
  Type.Object(
    {
      fields: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
        minItems: 1,
        maxItems: 100,
        description: "Names of members of event data, at any depth, exactly as they are written.",
      }),
      types: Type.Optional(
        Type.Array(Type.String({ pattern: "^[a-z][a-z0-9_.-]{0,63}$" }), {
          minItems: 1,
          maxItems: 100,
          description: "Only in events of these types; in all if absent.",
        }),
      ),
      unless: Type.Array(roleName, { maxItems: 16, description: "Whoever has one of these roles sees them." }),
    },
    { additionalProperties: false },
  ),
  { maxItems: 32, description: "Members that others get as [hidden]." },
);

export type JwtKeyConfig = Static<typeof jwtKeySchema>;
export type JwtIssuerConfig = Static<typeof jwtIssuerSchema>;
export type SessionCookieConfig = Static<typeof sessionCookieSchema>;
