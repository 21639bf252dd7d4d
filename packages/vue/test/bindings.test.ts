import { bindingSuite, openPage } from "@signalbox/testkit/bindings";
import { afterAll } from "vitest";
import { startGateway } from "../../../test/support/gateway.ts";

// Vue looks once whether there is a page, when it is imported.
const closePage = await openPage();
const [{ version }, { vueHarness }] = await Promise.all([import("vue"), import("./support/harness.ts")]);

afterAll(closePage);

bindingSuite(`vue ${version}`, { ...vueHarness, startGateway });
