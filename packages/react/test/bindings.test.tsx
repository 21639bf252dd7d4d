import { bindingSuite, openPage } from "@signalbox/testkit/bindings";
import { afterAll } from "vitest";
import { startGateway } from "../../../test/support/gateway.ts";

// React looks once whether there is a page, when it is imported.
const closePage = await openPage();
const [{ version }, { reactHarness }] = await Promise.all([import("react"), import("./support/harness.tsx")]);

afterAll(closePage);

bindingSuite(`react ${version}`, { ...reactHarness, startGateway });
