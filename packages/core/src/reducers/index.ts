export type { AgentState, AgentTask } from "./agent.ts";
export { agentReducer } from "./agent.ts";
export { executionReducer } from "./execution.ts";
export type { ProcessState } from "./process.ts";
export { processReducer } from "./process.ts";
export type { FoldedEvent, Reducer } from "./reducer.ts";
export type { SessionState } from "./session.ts";
export { sessionReducer } from "./session.ts";
