export type { BindingHarness, Mounted, Part, Scene, SuiteGateway } from "./harness.ts";
export { openPage } from "./page.ts";
export { until } from "./stage.ts";
export { type BindingSuiteOptions, bindingSuite } from "./suite.ts";
