/** Names of verbs and roles as the gateway knows them: a wrong one would grant nothing, silently. */
import { exitCodes, Failure } from "../failure.ts";
import type { GivenCapability } from "../parse.ts";

export async function wrongVerb(capabilities: readonly GivenCapability[]): Promise<Failure | undefined> {
  const { verbs } = await import("@signalbox/gateway");
  const known: readonly string[] = verbs;
  const wrong = capabilities.flatMap((each) => each.verbs).find((verb) => !known.includes(verb));
  if (wrong === undefined) return undefined;
  return new Failure(`${JSON.stringify(wrong)} is no verb`, `Verbs are ${known.join(", ")}.`, exitCodes.usage);
}

/** Has no capabilities: it is what may read /metrics. */
const monitor = "monitor";

/** A warning each: the configuration of the gateway may define further ones. */
export async function unknownRoles(roles: readonly string[]): Promise<string[]> {
  const { defaultRoles } = await import("@signalbox/gateway");
  const known = Object.keys(defaultRoles);
  return roles
    .filter((role) => !known.includes(role) && role !== monitor)
    .map((role) => `role ${role} is none of ${known.join(", ")}: it grants what the gateway's configuration says`);
}
