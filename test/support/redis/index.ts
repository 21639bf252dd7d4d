export { type ClusterSetup, startCluster } from "./cluster.ts";
export { type Gate, openGate } from "./gate.ts";
export { type SentinelSetup, startSentinel } from "./sentinel.ts";
export { type RedisOptions, type RedisServer, startRedis } from "./server.ts";
