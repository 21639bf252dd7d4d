/** A fleet whose states change: each change is a status, a task's progress or last words of one of many agents. */
import { type Gateway, publish, publishAll } from "./publish.ts";

export interface AgentStates extends Gateway {
  agents: number;
  perSecond: number;
}

/** Milliseconds between two batches. */
const stepMs = 100;

const statuses = ["running", "running", "running", "idle", "waiting_input", "done"];

/** The first state of each. */
export const beginAgents = (fleet: AgentStates): Promise<void> =>
  publishAll(fleet, fleet.agents, (agent) => stateOf(agent, 0));

/** Changes them at the rate until the result is called, which says how many changes there were. */
export function changeAgents(fleet: AgentStates): () => Promise<number> {
  const perStep = Math.round((fleet.perSecond * stepMs) / 1_000);
  let sent = 0;
  let going: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    const events = Array.from({ length: perStep }, (_, at) => {
      const number = sent + at;
      // Spread over the fleet: 7,919 is prime.
      return stateOf((number * 7_919) % fleet.agents, number);
    });
    sent += perStep;
    going = going.then(() => publish(fleet, events));
  }, stepMs);
  return async () => {
    clearInterval(timer);
    await going;
    return sent;
  };
}

function stateOf(agent: number, number: number): object {
  const agentId = `agent-${String(agent).padStart(4, "0")}`;
  // Most changes leave an agent in its rank; one in twenty moves it.
  const status = statuses[Math.floor(number / 20) % statuses.length] ?? "running";
  if (number % 20 === 0) return { type: "agent_status", data: { agentId, agentType: "coder", status } };
  if (number % 2 === 0)
    return { type: "agent_log", data: { agentId, level: "info", message: `step ${number} of what it does` } };
  const task = { taskId: "t", title: "Fix the rounding of prices", progress: number % 100 };
  return { type: "agent_task_update", data: { agentId, ...task } };
}
