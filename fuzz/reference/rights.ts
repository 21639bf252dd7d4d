/** Who may do what, decided by looking at every capability and every character. */
import { isChannelByRule, isPatternByRule, matchesByRule } from "./names.ts";

export interface Policy {
  capabilities: ReadonlyArray<{ channels: string; verbs: readonly string[] }>;
  roles: readonly string[];
  id: string;
  agentId: string | undefined;
}

export type Table = Readonly<Record<string, ReadonlyArray<{ channels: string; verbs: readonly string[] }>>>;

export function mayByRule({ capabilities, roles, id, agentId }: Policy, table: Table, known: readonly string[]) {
  const granted = [...capabilities];
  for (const [name, ofRole] of Object.entries(table)) {
    if (!roles.includes(name)) continue;
    for (const { channels, verbs } of ofRole) {
      for (const filled of fill(channels, id, agentId, known)) granted.push({ channels: filled, verbs });
    }
  }
  return (verb: string, channel: string): boolean => {
    if (!isChannelByRule(channel)) return false;
    if (agentId !== undefined && verb === "admin") return false;
    if (agentId !== undefined && verb === "publish" && isForeignAgent(channel, agentId)) return false;
    return granted.some(
      ({ channels, verbs }) =>
        (verbs.includes(verb) || (agentId === undefined && verbs.includes("admin"))) &&
        (isPatternByRule(channels) || isChannelByRule(channels)) &&
        matchesByRule(channels, channel),
    );
  };
}

const isForeignAgent = (channel: string, agentId: string): boolean =>
  (channel === "agent" || channel.startsWith("agent:")) &&
  channel !== `agent:${agentId}` &&
  !channel.startsWith(`agent:${agentId}/`);

/** Only what can stand inside a name takes a place; otherwise nothing is granted. */
function fill(channels: string, id: string, agentId: string | undefined, known: readonly string[]): string[] {
  if (channels === "{shared}") {
    return known.filter((name) => name !== "user").flatMap((name) => [name, `${name}:*`]);
  }
  let filled = "";
  for (let at = 0; at < channels.length; ) {
    const place = ["{id}", "{agentId}"].find((one) => channels.startsWith(one, at));
    if (place === undefined) {
      filled += channels.charAt(at++);
      continue;
    }
    const value = place === "{id}" ? id : agentId;
    if (value === undefined || !isChannelByRule(`x:${value}`)) return [];
    filled += value;
    at += place.length;
  }
  return [filled];
}
