export { ConfigError } from "./config/check.ts";
export type { ConfigFlags, ConfigSources, GatewayConfig, LogLevel } from "./config/load.ts";
export { loadConfig } from "./config/load.ts";
export { configDocument } from "./config/schema.ts";
export type { Log } from "./log.ts";
export { createLog } from "./log.ts";
export type { Gateway, GatewayParts } from "./main.ts";
export { startGateway } from "./main.ts";
