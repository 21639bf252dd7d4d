/** Every reducer by its name, as the gateway knows them. */
import { agentReducer } from "./agent.ts";
import { alertsReducer } from "./alerts.ts";
import { executionReducer } from "./execution.ts";
import { globalReducer } from "./global.ts";
import { memoryReducer } from "./memory.ts";
import { processReducer } from "./process.ts";
import type { Reducer } from "./reducer.ts";
import { repoReducer } from "./repo.ts";
import { sessionReducer } from "./session.ts";
import { tddReducer } from "./tdd.ts";
import { workflowReducer } from "./workflow.ts";

/** What is saved and loaded is of the reducer's own making. */
const entry = <State>(reducer: Reducer<State>): [string, Reducer<unknown>] => [
  reducer.name,
  reducer as Reducer<unknown>,
];

export const reducers: ReadonlyMap<string, Reducer<unknown>> = new Map([
  entry(agentReducer),
  entry(alertsReducer),
  entry(executionReducer),
  entry(globalReducer),
  entry(memoryReducer),
  entry(processReducer),
  entry(repoReducer),
  entry(sessionReducer),
  entry(tddReducer),
  entry(workflowReducer),
]);
