/** Every scenario, in the order they run. One is one file and one line here. */
import { broadcast } from "./broadcast.ts";
import { browser } from "./browser.ts";
import { cluster } from "./cluster.ts";
import { compress } from "./compress.ts";
import { curves } from "./curves.ts";
import { dashboard } from "./dashboard.ts";
import { fanout } from "./fanout.ts";
import { idle } from "./idle.ts";
import { ingest } from "./ingest.ts";
import { jitter } from "./jitter.ts";
import { large } from "./large.ts";
import { mixed } from "./mixed.ts";
import { overview } from "./overview.ts";
import type { Scenario } from "./scenario.ts";
import { slow } from "./slow.ts";
import { slowLink } from "./slow-link.ts";
import { soak } from "./soak.ts";
import { start } from "./start.ts";
import { storm } from "./storm.ts";

export const scenarios: readonly Scenario[] = [
  fanout,
  broadcast,
  ingest,
  idle,
  storm,
  jitter,
  slow,
  slowLink,
  mixed,
  compress,
  cluster,
  overview,
  curves,
  start,
  soak,
  browser,
  dashboard,
  large,
];
