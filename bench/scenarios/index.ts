/** Every scenario, in the order they run. One is one file and one line here. */
import { browser } from "./browser.ts";
import { fanout } from "./fanout.ts";
import { idle } from "./idle.ts";
import { ingest } from "./ingest.ts";
import type { Scenario } from "./scenario.ts";
import { start } from "./start.ts";

export const scenarios: readonly Scenario[] = [fanout, ingest, idle, start, browser];
