export type { BrokerCluster, BrokerHarness } from "./broker/harness.ts";
export { brokerSuite } from "./broker-suite.ts";
export { ManualClock } from "./manual-clock.ts";
export type { StoreHarness, StoreOptions } from "./store/harness.ts";
export { storeSuite } from "./store-suite.ts";
