/** `npm start`: the gateway from its sources, after building the dashboard when it is missing or old. Arguments go to `serve`. */
import { join } from "node:path";
import { buildDashboard } from "./dashboard.ts";
import { root } from "./repository.ts";

const unbuilt = await buildDashboard();
if (unbuilt)
  console.error(`The dashboard could not be built; the gateway starts without its newest version.\n${unbuilt}`);

// In this process, so that Ctrl-C, signals and the exit code are the gateway's own.
process.argv.splice(1, 1, join(root, "packages", "cli", "src", "main.ts"), "serve");
await import("../packages/cli/src/main.ts");
