import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { compileCache } from "./scripts/warm-compile-cache.ts";

/** Workspace packages resolve to their TypeScript sources, as in development. */
const resolve = { conditions: ["source"] };
/** Threads of the store load what the setup left there. */
const env = { NODE_COMPILE_CACHE: compileCache };
/** A workspace of its own: there `react-dom` finds the `react` it fits. */
const react18 = fileURLToPath(new URL("test/react-18/node_modules", import.meta.url));
const ssr = { resolve: { conditions: ["source", "node", "import", "default"] } };

export default defineConfig({
  test: {
    // Two cores: more workers only make real processes wait for each other.
    maxWorkers: 2,
    globalSetup: "scripts/warm-compile-cache.ts",
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: "unit",
          env,
          include: ["packages/*/test/**/*.test.{ts,tsx}", "scripts/**/*.test.ts", "bench/test/*.test.ts"],
          testTimeout: 60_000,
          // Styles are empty to tests; of these the colours are measured.
          css: { include: /tokens\.css/ },
          sequence: { groupOrder: 0 },
        },
      },
      {
        // The same tests as above, with the React before.
        resolve: {
          ...resolve,
          alias: [
            { find: /^(react|react-dom)$/, replacement: `${react18}/$1/index.js` },
            { find: /^((?:react|react-dom)\/[\w-]+)$/, replacement: `${react18}/$1.js` },
          ],
        },
        ssr,
        test: {
          name: "react-18",
          env,
          include: ["packages/react/test/**/*.test.tsx"],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "system",
          env,
          include: ["test/**/*.test.ts"],
          // Real gateways, browsers and processes: after the units, one file at a time.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
