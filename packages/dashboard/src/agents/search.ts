/** What of an agent's page is looked at: kept in the address. */
export const agentTabs = ["events", "tasks", "around"] as const;

export type AgentTab = (typeof agentTabs)[number];

export interface AgentSearch {
  /** Absent: the events. */
  tab?: Exclude<AgentTab, "events">;
}

export const readAgentSearch = ({ tab }: Record<string, unknown>): AgentSearch =>
  tab === "tasks" || tab === "around" ? { tab } : {};
