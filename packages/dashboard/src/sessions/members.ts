/** Who takes part in a session: those it names, and those that name it. */
import { states } from "@signalbox/client/states";
import {
  type AgentState,
  agentShape,
  type ProcessState,
  processShape,
  type SessionState,
} from "@signalbox/core/reducers";
import { useMemo } from "react";
import { useClient } from "../stores/client.tsx";
import { paced } from "../stores/readable.ts";
import { useReadable } from "../stores/use-readable.ts";
import type { Members } from "../timeline/lane-channels.ts";

const renewedEveryMs = 1_000;

export function useMembers(id: string, state: SessionState): Members {
  const client = useClient();
  const agents = useReadable(
    useMemo(() => paced(states<AgentState>(client, "agent:*", { reducer: agentShape }), renewedEveryMs), [client]),
  );
  const processes = useReadable(
    useMemo(
      () => paced(states<ProcessState>(client, "process:*", { reducer: processShape }), renewedEveryMs),
      [client],
    ),
  );
  return useMemo(
    () => membersOf(id, state, agents.channels.values(), processes.channels.values()),
    [id, state, agents, processes],
  );
}

/** In the order of their names, so that nothing changes places. */
export function membersOf(
  id: string,
  named: Pick<SessionState, "agents" | "processes">,
  agents: Iterable<Pick<AgentState, "agentId" | "sessionId">>,
  processes: Iterable<Pick<ProcessState, "processId" | "sessionId" | "agentId">>,
): Members {
  const people = new Set(named.agents);
  for (const { agentId, sessionId } of agents) if (sessionId === id) people.add(agentId);
  const running = new Set(named.processes);
  for (const { processId, sessionId, agentId } of processes) {
    if (sessionId === id || (sessionId === undefined && agentId !== undefined && people.has(agentId))) {
      running.add(processId);
    }
  }
  return { agents: [...people].sort(), processes: [...running].sort() };
}
