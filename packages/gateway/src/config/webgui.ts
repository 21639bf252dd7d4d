/** The part of the configuration that is about the web GUI over Redis (spec/surfaces.md S§5). */
import type { Capability } from "@signalbox/core";
import Type, { type Static } from "typebox";
import { capabilitySchema } from "./auth.ts";
import type { RedisConfig } from "./redis.ts";

/** Without a character that Redis takes for a pattern's. */
const name = (description: string) => Type.Optional(Type.String({ pattern: "^[A-Za-z0-9._-]{1,64}$", description }));

export const webguiSchema = Type.Object(
  {
    redis: Type.Optional(
      Type.String({
        pattern: "^rediss?(\\+sentinel|\\+cluster)?://[^/?#]+(/[^?#]*)?$",
        description: "Where agents publish, such as redis://10.0.0.5:6379; if absent, the Redis that nodes share.",
      }),
    ),
    prefix: name("What channels begin with, before the first colon; webgui if absent."),
    group: name("Gateways with the same group read for each other; signalbox if absent."),
    read: Type.Optional(Type.Boolean({ description: "false: nothing is taken in. true if absent." })),
    stream: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9._:-]{1,64}$",
        description: "A Redis stream that is read too, from which nothing is lost; none if absent.",
      }),
    ),
    write: Type.Optional(
      Type.Array(Type.String({ pattern: "^(global|(session|agent|user):[A-Za-z0-9._~:/@+=,-]{0,200}\\*?)$" }), {
        maxItems: 256,
        description: "Channels and patterns whose events are written; [] for none. All four kinds if absent.",
      }),
    ),
    rights: Type.Optional(
      Type.Array(capabilitySchema, {
        maxItems: 256,
        description: "What messages from Redis may do. If absent: publish on session:*, agent:*, user:* and global.",
      }),
    ),
  },
  { additionalProperties: false, description: "Takes in and writes channels such as webgui:session:ID of a Redis." },
);

/** Where it is, and how it is entered. */
export type RedisAccess = Pick<RedisConfig, "url" | "username" | "password" | "sentinelPassword" | "tls">;

/** With what is meant where nothing is said. */
export interface WebguiConfig {
  redis: RedisAccess;
  prefix: string;
  group: string;
  read: boolean;
  stream: string | undefined;
  /** Channels and patterns. */
  write: readonly string[];
  rights: readonly Capability[];
}

const kinds = ["session:*", "agent:*", "user:*", "global"];
const mayPublish: readonly Capability[] = kinds.map((channels) => ({ channels, verbs: ["publish"] }));

/** `nodes`: the Redis that nodes share. `undefined`: no Redis is named. */
export function webguiConfig(
  given: Static<typeof webguiSchema>,
  nodes: RedisAccess | undefined,
): WebguiConfig | undefined {
  const redis = given.redis === undefined ? nodes : { url: given.redis };
  if (redis === undefined) return undefined;
  return {
    redis,
    prefix: given.prefix ?? "webgui",
    group: given.group ?? "signalbox",
    read: given.read ?? true,
    stream: given.stream,
    write: given.write ?? kinds,
    rights: given.rights ?? mayPublish,
  };
}
