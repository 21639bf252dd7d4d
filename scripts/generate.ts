/**
 * `npm run generate`: makes every generated file from its source. `--check` writes nothing, names the stale files
 * and exits 1. Run with --conditions=source.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runnerConfigDocument } from "@signalbox/agent/runner";
import { configDocument } from "@signalbox/gateway";
import { asyncapi } from "@signalbox/protocol/schemas";
import { codesReference, codesSource, readCodes } from "./generate/codes.ts";
import { eventsReference } from "./generate/events.ts";
import { formatted } from "./generate/formatted.ts";
import { limitsReference } from "./generate/limits.ts";
import { catalogueModule, codesModule, limitsModule, pythonFolder } from "./generate/python.ts";
import { schemaFiles, schemasFolder } from "./generate/schemas.ts";
import { statesReference } from "./generate/states.ts";
import { root } from "./repository.ts";

/** Paths from the root and what the files hold. */
function outputs(): Map<string, string> {
  const codes = readCodes();
  const { version } = JSON.parse(readFileSync(join(root, "packages/protocol/package.json"), "utf8"));
  const description = JSON.stringify(asyncapi({ serverUrl: "ws://127.0.0.1:7400", version }), null, 2);
  return new Map([
    ["packages/protocol/src/codes.ts", formatted("codes.ts", codesSource(codes))],
    ["docs/reference/codes.md", codesReference(codes)],
    ["docs/reference/events.md", eventsReference()],
    ["docs/reference/limits.md", limitsReference()],
    ["docs/reference/states.md", statesReference()],
    ["packages/gateway/config.schema.json", formatted("config.schema.json", JSON.stringify(configDocument(), null, 2))],
    [
      "packages/agent/runner.schema.json",
      formatted("runner.schema.json", JSON.stringify(runnerConfigDocument(), null, 2)),
    ],
    ["spec/asyncapi.json", formatted("asyncapi.json", description)],
    [`${pythonFolder}/catalogue.py`, catalogueModule()],
    [`${pythonFolder}/codes.py`, codesModule(codes)],
    [`${pythonFolder}/limits.py`, limitsModule()],
    ...schemaFiles(),
  ]);
}

/** Files of the generated folder that nothing makes any more. */
function leftovers(made: ReadonlyMap<string, string>): string[] {
  const folder = join(root, schemasFolder);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => `${schemasFolder}/${name}`)
    .filter((path) => !made.has(path));
}

const read = (path: string): string | undefined =>
  existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;

const made = outputs();
const stale = [...made].filter(([path, text]) => read(path) !== text).map(([path]) => path);
const extra = leftovers(made);

if (process.argv.includes("--check")) {
  for (const path of stale) console.error(`${path} is stale: run npm run generate`);
  for (const path of extra) console.error(`${path} is made by nothing: run npm run generate`);
  process.exitCode = stale.length + extra.length === 0 ? 0 : 1;
} else {
  for (const path of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), made.get(path) ?? "");
  }
  for (const path of extra) rmSync(join(root, path));
  console.log(`${made.size} generated files, ${stale.length} written, ${extra.length} removed`);
}
