/**
 * Names and versions of the reducers, apart from them: who only shows states that the gateway folded needs no more.
 *
 * A version is raised when the shape of its state changes, and when the same events give another state.
 */

export const alertsShape = { name: "alerts", version: 1 } as const;
export const agentShape = { name: "agent", version: 4 } as const;
export const executionShape = { name: "execution", version: 2 } as const;
export const globalShape = { name: "global", version: 1 } as const;
export const memoryShape = { name: "memory", version: 1 } as const;
export const processShape = { name: "process", version: 2 } as const;
export const repoShape = { name: "repo", version: 1 } as const;
export const sessionShape = { name: "session", version: 2 } as const;
export const tddShape = { name: "tdd", version: 1 } as const;
export const workflowShape = { name: "workflow", version: 1 } as const;
