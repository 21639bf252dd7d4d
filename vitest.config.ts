import { defineConfig } from "vitest/config";

/** Workspace packages resolve to their TypeScript sources, as in development. */
const resolve = { conditions: ["source"] };
const ssr = { resolve: { conditions: ["source", "node", "import", "default"] } };

export default defineConfig({
  test: {
    // Two cores: more workers only make real processes wait for each other.
    maxWorkers: 2,
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.{ts,tsx}", "scripts/**/*.test.ts", "bench/test/*.test.ts"],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "system",
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
