/**
 * Before the tests: fills a compile cache with what the store's threads load. Node takes types out
 * with a WebAssembly program, and a thread that runs it beside a test runner now and then brings V8 down (24.21: a null
 * module in `WasmEngine::FreeDeadCode` under `Runtime_TierUpWasmToJSWrapper`; half of the runs of one test file that
 * opens many stores). What comes from the cache has no types any more.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./repository.ts";

export const compileCache = join(root, "node_modules/.cache/signalbox-compile");

const program = `
  const { mkdtempSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const { defaultNamespaces } = await import("@signalbox/core");
  const { openSqliteStore } = await import("./packages/gateway/src/stores/sqlite/index.ts");
  const directory = mkdtempSync(join(tmpdir(), "signalbox-warm-"));
  const log = { error: console.error };
  await (await openSqliteStore({ directory, namespaces: defaultNamespaces, log })).close();
  rmSync(directory, { recursive: true });
`;

export function setup(): void {
  const args = ["--conditions=source", "--input-type=module", "--eval", program];
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`the compile cache could not be filled: ${stderr}`);
}
