/** What may be done with a channel, and who is allowed which of it where. */

export const verbs = ["subscribe", "publish", "history", "presence", "command", "approve", "admin"] as const;

/**
 * subscribe: be sent what happens. history: read what happened, search, snapshots. publish: say that something happened.
 * presence: be seen there and see who is. command: tell an agent what to do. approve: decide a checkpoint.
 * admin: everything, and managing the channel itself.
 */
export type Verb = (typeof verbs)[number];

/** Verbs on the channels of a pattern (`agent:*`, `*`) or on one channel by its name. */
export interface Capability {
  readonly channels: string;
  readonly verbs: readonly Verb[];
  /** With the verb `command`: only commands of these names. Absent: all. */
  readonly commands?: readonly string[];
}

/** Events that decide or order something: publishing them takes another verb than `publish`. */
const others: ReadonlyMap<string, Verb> = new Map([
  ["checkpoint_decided", "approve"],
  ["checkpoint_expired", "admin"],
  ["checkpoint_approved", "admin"],
  ["command_queued", "command"],
  ["command_cancelled", "command"],
  ["command_expired", "admin"],
  ["lease_held", "admin"],
  ["lease_released", "admin"],
  ["lease_lost", "admin"],
  ["driver_changed", "command"],
  ["presence_joined", "admin"],
  ["presence_updated", "admin"],
  ["presence_left", "admin"],
]);

/** Who is there is said by the gateway, whatever the rights: nobody speaks for somebody else's member. */
export const isOnlyGateways = (type: string): boolean =>
  verbToPublish(type) === "admin" && type.startsWith("presence_");

/** The verb that publishing an event of this type takes: an agent that may publish may not approve itself that way. */
export const verbToPublish = (type: string): Verb => others.get(type) ?? "publish";

/** Who may decide a checkpoint may also say that it needs no decision. */
export const mayPublish = (
  rights: { may(verb: Verb, channel: string): boolean },
  type: string,
  channel: string,
): boolean =>
  rights.may(verbToPublish(type), channel) || (type === "checkpoint_withdrawn" && rights.may("approve", channel));

const isVerb = (value: unknown): value is Verb => verbs.some((verb) => verb === value);

/** Capabilities out of a token or a file; `undefined` if any part is not exactly what it must be. */
export function readCapabilities(
  value: unknown,
  isChannels: (text: unknown) => text is string,
): Capability[] | undefined {
  if (!Array.isArray(value) || value.length > capabilitiesLimit) return undefined;
  const read: Capability[] = [];
  for (const each of value as unknown[]) {
    if (typeof each !== "object" || each === null || Array.isArray(each)) return undefined;
    const members = new Map<string, unknown>(Object.entries(each));
    const channels = members.get("channels");
    const named = members.get("verbs");
    const commands = members.get("commands");
    const size = commands === undefined ? 2 : 3;
    if (members.size !== size || !isChannels(channels) || !Array.isArray(named)) return undefined;
    const known = (named as unknown[]).filter(isVerb);
    if (known.length !== named.length) return undefined;
    const capability = { channels, verbs: [...new Set(known)] };
    if (commands === undefined) read.push(capability);
    else if (areCommands(commands)) read.push({ ...capability, commands: [...new Set(commands)] });
    else return undefined;
  }
  return read;
}

/** As long as a command's name may be. */
const areCommands = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length <= commandsLimit &&
  value.every((name: unknown) => typeof name === "string" && name.length > 0 && name.length <= 64);

const commandsLimit = 64;
/** More than this no person can oversee. */
const capabilitiesLimit = 256;
