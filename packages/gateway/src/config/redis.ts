/** The part of the configuration that is about the Redis that nodes share. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import Type, { type Static } from "typebox";
import { ConfigError } from "./error.ts";

export const redisSchema = Type.Object(
  {
    url: Type.String({
      pattern: "^rediss?(\\+sentinel|\\+cluster)?://[^/?#]+(/[^?#]*)?$",
      description:
        "redis://HOST:PORT, redis+sentinel://HOST:PORT,HOST:PORT/GROUP or redis+cluster://HOST:PORT,HOST:PORT; with TLS rediss….",
    }),
    username: Type.Optional(Type.String({ description: "Instead of the one in the address." })),
    password: Type.Optional(
      Type.String({ description: "Instead of the one in the address. Better given with SIGNALBOX_REDIS_URL." }),
    ),
    sentinelPassword: Type.Optional(
      Type.String({ description: "Of the sentinels, where they have one of their own." }),
    ),
    tls: Type.Optional(
      Type.Object(
        {
          caFile: Type.Optional(
            Type.String({ minLength: 1, description: "PEM: who signed the servers' certificates." }),
          ),
          certFile: Type.Optional(Type.String({ minLength: 1, description: "PEM: this node's certificate." })),
          keyFile: Type.Optional(Type.String({ minLength: 1, description: "PEM: its key." })),
          serverName: Type.Optional(
            Type.String({ minLength: 1, description: "In the servers' certificates, where it is not the host's." }),
          ),
        },
        { additionalProperties: false, description: "With rediss addresses." },
      ),
    ),
    prefix: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9._-]{1,64}$",
        description: "Before all names in Redis: gateways with the same one share everything. signalbox if absent.",
      }),
    ),
    durability: Type.Optional(
      Type.Union(
        [
          Type.Object({ mode: Type.Literal("async") }, { additionalProperties: false }),
          Type.Object(
            {
              mode: Type.Enum(["wait", "waitaof"]),
              replicas: Type.Integer({ minimum: 0, maximum: 100, description: "That must have it." }),
              // Redis does nothing else on the link meanwhile, and one without an answer for 5 s is given up.
              timeoutMs: Type.Integer({ minimum: 1, maximum: 3_000, description: "Then the publish is refused." }),
            },
            { additionalProperties: false },
          ),
        ],
        {
          description:
            "What an acknowledged publish survives: async the primary has it, wait replicas too, waitaof the log on disk.",
        },
      ),
    ),
  },
  {
    additionalProperties: false,
    description:
      "Many nodes share this Redis or Valkey, which is then the store. SIGNALBOX_REDIS_URL gives just the address.",
  },
);

/** With what files hold. */
export interface RedisConfig {
  url: string;
  username?: string;
  password?: string;
  sentinelPassword?: string;
  /** PEM. */
  tls?: { ca?: string; cert?: string; key?: string; serverName?: string };
  prefix?: string;
  durability?: { mode: "async" } | { mode: "wait" | "waitaof"; replicas: number; timeoutMs: number };
}

/** `folder`: where relative paths begin. Throws ConfigError. */
export function redisConfig({ tls, ...given }: Static<typeof redisSchema>, folder: string): RedisConfig {
  if (tls === undefined) return given;
  const { caFile, certFile, keyFile, serverName } = tls;
  const pem = (file: string): string => {
    try {
      return readFileSync(resolve(folder, file), "utf8");
    } catch (error) {
      throw new ConfigError(`redis.tls: ${file} cannot be read (${error instanceof Error ? error.message : error})`);
    }
  };
  return {
    ...given,
    tls: {
      ...(caFile === undefined ? {} : { ca: pem(caFile) }),
      ...(certFile === undefined ? {} : { cert: pem(certFile) }),
      ...(keyFile === undefined ? {} : { key: pem(keyFile) }),
      ...(serverName === undefined ? {} : { serverName }),
    },
  };
}
