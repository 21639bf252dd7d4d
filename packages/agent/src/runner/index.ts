export type { RunnerConfig } from "./config.ts";
export { loadRunnerConfig, RunnerConfigError } from "./config.ts";
export { runnerConfigDocument } from "./config-schema.ts";
export type { RunnerNotice, RunnerOptions, StopOptions } from "./runner.ts";
export { Runner } from "./runner.ts";
