/** From capabilities to answers. Whatever is not granted is denied; patterns match from the first character to the last. */
import { isChannel } from "@signalbox/protocol";
import { Grants, Own } from "./grants.ts";
import { type Capability, type Verb, verbs } from "./verbs.ts";

export interface Rights {
  /** May this be done with this channel? False for everything that is not the name of one channel. */
  may(verb: Verb, channel: string): boolean;
  /** May it give this command to that channel? `may("command", …)` only says that it may give some. */
  mayCommand(channel: string, name: string): boolean;
  /** May this be done with any channel at all? */
  mayAny(verb: Verb): boolean;
  /** May this be done with every channel of the pattern, or with the channel it names? Then nothing needs filtering. */
  covers(verb: Verb, pattern: string): boolean;
  /** Could there be a channel of the pattern with which this may be done? */
  touches(verb: Verb, pattern: string): boolean;
  /**
   * The channels of the pattern with which this may be done, as names and patterns in order, none within another. Not for
   * `publish` of a bound agent, whose rights have exceptions.
   */
  within(verb: Verb, pattern: string): readonly string[];
  /** The channels of the pattern that may be given this command, likewise; some may be within others. */
  withinCommand(name: string, pattern: string): readonly string[];
  /** May it say things in the name of this agent? Only an agent's own token is limited in that. */
  speaksFor(agentId: string): boolean;
}

/**
 * `agentId` binds the rights to one agent: they then never publish to another agent's channel nor administer, whatever
 * the capabilities say. Capabilities whose `channels` is neither a pattern nor a channel grant nothing.
 */
export function compileRights(capabilities: readonly Capability[], bound: { agentId?: string } = {}): Rights {
  const own = bound.agentId === undefined ? undefined : new Own(bound.agentId);
  const grants = new Map(
    verbs.map((verb) => [verb, new Grants(own !== undefined && verb === "publish" ? own : undefined)]),
  );
  // Any command of a channel, and those that only some names were granted for.
  const anyCommand = new Grants(undefined);
  const byName = new Map<string, Grants>();
  for (const { channels, verbs: named, commands } of capabilities) {
    const all = named.includes("admin") && own === undefined;
    for (const verb of all ? verbs : named) {
      if (verb !== "admin" || own === undefined) grants.get(verb)?.add(channels);
    }
    if (!all && !named.includes("command")) continue;
    if (all || commands === undefined) anyCommand.add(channels);
    else for (const name of commands) grantsOf(byName, name).add(channels);
  }
  return {
    may: (verb, channel) => isChannel(channel) && grants.get(verb)?.grant(channel) === true,
    mayCommand: (channel, name) =>
      isChannel(channel) && (anyCommand.grant(channel) || byName.get(name)?.grant(channel) === true),
    mayAny: (verb) => grants.get(verb)?.any === true,
    covers: (verb, pattern) => grants.get(verb)?.covers(pattern) === true,
    touches: (verb, pattern) => grants.get(verb)?.touches(pattern) === true,
    within: (verb, pattern) => grants.get(verb)?.within(pattern) ?? [],
    withinCommand: (name, pattern) => [
      ...new Set([...anyCommand.within(pattern), ...(byName.get(name)?.within(pattern) ?? [])]),
    ],
    speaksFor: (agentId) => own === undefined || own.is(agentId),
  };
}

function grantsOf(byName: Map<string, Grants>, name: string): Grants {
  const grants = byName.get(name) ?? new Grants(undefined);
  byName.set(name, grants);
  return grants;
}

/** Rights of nobody. */
export const noRights: Rights = compileRights([]);
