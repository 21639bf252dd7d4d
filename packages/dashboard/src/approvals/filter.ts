/** Which of them are shown. */
import type { Checkpoint } from "@signalbox/client/steering";
import { riskOf } from "./risk.ts";
import type { ApprovalsSearch } from "./search.ts";
import { titleOf, whoIs } from "./words.ts";

/** The agent that it is about, or whose channel it is in, or who asked. */
export function agentOf({ agentId, channel, requestedBy }: Checkpoint): string | undefined {
  if (typeof agentId === "string") return agentId;
  for (const name of [channel, requestedBy]) if (name.startsWith("agent:")) return name.slice("agent:".length);
  return undefined;
}

/** `members`: the agents of the session that is filtered by. */
export function matches(
  checkpoint: Checkpoint,
  { q, risk, agent, session }: ApprovalsSearch,
  members: readonly string[] = [],
): boolean {
  const its = agentOf(checkpoint);
  if (risk && !risk.includes(riskOf(checkpoint))) return false;
  if (agent !== undefined && its !== agent) return false;
  if (session !== undefined && checkpoint.channel !== `session:${session}` && !(its && members.includes(its)))
    return false;
  if (!q) return true;
  const { channel, checkpointId, requestedBy, decidedBy = "", reason = "", checkpointData } = checkpoint;
  const said = [titleOf(checkpoint), channel, checkpointId, whoIs(requestedBy), whoIs(decidedBy), checkpoint.risk];
  const haystack = [...said, reason, JSON.stringify(checkpointData)].join("\n").toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
