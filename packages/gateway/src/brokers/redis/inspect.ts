/** Asks a server what the checks want to know. */
import { ErrorReply } from "redis";
import { type Answers, settings } from "./checks.ts";
import type { Address, RedisPlace } from "./options.ts";

export async function inspect(send: (words: string[]) => Promise<unknown>, place: RedisPlace): Promise<Answers> {
  const config: Record<string, string> = {};
  let configRefused: string | undefined;
  const asked = settings.map(async (name) => {
    try {
      Object.assign(config, pairs(await send(["CONFIG", "GET", name])));
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw error;
      configRefused ??= error.message;
    }
  });
  const [info] = await Promise.all([send(["INFO"]).then(String), ...asked]);
  return {
    ...{ info, config },
    ...(configRefused === undefined ? {} : { configRefused }),
    hasPassword: place.password !== undefined,
    isLoopback: place.addresses.every(isLoopback),
  };
}

/** A map in the protocol's third version, a list in its second. */
function pairs(reply: unknown): Record<string, string> {
  const flat = Array.isArray(reply)
    ? reply.map(String)
    : Object.entries(reply ?? {})
        .flat()
        .map(String);
  const found: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) found[flat[at] ?? ""] = flat[at + 1] ?? "";
  return found;
}

const isLoopback = ({ host }: Address): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");
