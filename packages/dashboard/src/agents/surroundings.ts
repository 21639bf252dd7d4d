/** Who and what belongs to an agent: its sessions, what it runs, who is above and below it. */
import type { AgentState } from "@signalbox/core/reducers";
import { conditionOf, lampOf, spoken } from "../fleet/condition.ts";
import type { FleetItem } from "../fleet/item.ts";

/** A row of the fleet, or one that only the agent itself told of. */
export type Neighbour = Pick<FleetItem, "key" | "kind" | "id" | "title" | "condition" | "lamp" | "word" | "updatedAt">;

export interface Surroundings {
  groups: ReadonlyArray<{ title: string; of: readonly Neighbour[]; cut: number }>;
  many: number;
}

export function aroundOf(id: string, state: AgentState, items: ReadonlyMap<string, FleetItem>): Surroundings {
  const sessions: Neighbour[] = [];
  const processes: Neighbour[] = [];
  const below = new Map<string, Neighbour>(
    state.children.items.map(({ agentId, status, updatedAt }) => [agentId, told(agentId, status, updatedAt)]),
  );
  for (const item of items.values()) {
    if (item.kind === "session" && (item.id === state.sessionId || item.members.includes(id))) sessions.push(item);
    if (item.kind === "process" && (item.agentId === id || item.id.startsWith(`${id}/`))) processes.push(item);
    if (item.kind === "agent" && isBelow(id, item)) below.set(item.id, item);
  }
  const parent = state.parentId;
  const above = parent === undefined ? [] : [items.get(`agent:${parent}`) ?? told(parent, "unknown", 0)];
  const groups = [
    { title: "Session", of: sessions, cut: 0 },
    { title: "Led by", of: above, cut: 0 },
    { title: "Agents below it", of: [...below.values()], cut: state.children.cut },
    { title: "Processes", of: processes, cut: 0 },
  ].filter(({ of }) => of.length > 0);
  return { groups, many: groups.reduce((sum, { of, cut }) => sum + of.length + cut, 0) };
}

const isBelow = (id: string, item: FleetItem): boolean => item.parentId === id || item.id.startsWith(`${id}/`);

const told = (agentId: string, status: string, updatedAt: number): Neighbour => ({
  key: `agent:${agentId}`,
  kind: "agent",
  id: agentId,
  title: agentId,
  condition: conditionOf(status),
  lamp: lampOf(status),
  word: spoken(status),
  updatedAt,
});
