/** What can be said about attacks by reading: the sources, the manifests and what would be published. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { filesOf, packagesOf, root } from "../../scripts/repository.ts";

const run = promisify(execFile);
const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe("A13 no text from outside becomes a regular expression", () => {
  /** Expressions that are put together when the program runs, and from what. */
  const made: Record<string, string> = {
    "packages/agent/src/runner/config-schema.ts": "from a constant beside it, which the JSON Schema has too",
    "packages/gateway/src/auth/grant.ts": "from a pattern of the configuration's schema",
    "packages/cli/src/demo/developer.ts": "from four names in its own source",
    "packages/dashboard/src/inspector/record.ts": "in the browser of whoever typed it, every character escaped",
    "packages/dashboard/src/log/highlight.ts": "in the browser of whoever typed it, every character escaped",
    "packages/dashboard/src/log/search-panel.tsx": "in the browser of whoever typed it, from the one above",
    "packages/dashboard/src/text/visible.ts": "from another expression of its own source",
  };

  test("those that are made when the program runs are known, and why each is harmless", () => {
    const sources = filesOf(root).filter((file) => /^packages\/[^/]+\/src\/.*\.tsx?$/.test(file));
    expect(sources.length).toBeGreaterThan(100);
    const found = sources.filter((file) => /\bRegExp\s*\(/.test(read(file)));
    expect(found.sort()).toEqual(Object.keys(made).sort());
  });

  test("the packages that read what others send make none but from constants", () => {
    for (const file of filesOf(root).filter((name) => /^packages\/(protocol|core|gateway)\/src\/.*\.ts$/.test(name))) {
      for (const [, argument = ""] of read(file).matchAll(/\bRegExp\s*\(([^)]*)\)/g)) {
        expect([file, argument]).toEqual(["packages/gateway/src/auth/grant.ts", "tenantPattern"]);
      }
      // Nor by the methods that make one of a string.
      for (const [call] of read(file).matchAll(/\.(match|matchAll|search)\((?!\/)[^)]*\)/g)) {
        expect([file, call]).toEqual([file, expect.stringMatching(/^\.search\(/)]);
      }
    }
  });
});

interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  hasInstallScript?: boolean;
}

const lock = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };
const locked = Object.entries(lock.packages).filter(([path, { link }]) => path.includes("node_modules/") && !link);
const nameOf = (path: string): string => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

describe("A49 what is installed", () => {
  test("every package of the lockfile is named by the hash of its content, and by no address", () => {
    expect(locked.length).toBeGreaterThan(100);
    for (const [path, { integrity, resolved }] of locked) {
      expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-[A-Za-z0-9+/]{86}==$/)]);
      expect([path, resolved]).toEqual([path, undefined]);
    }
  });

  test("every dependency of ours is pinned to one version", () => {
    const manifests = ["package.json", ...packagesOf().map(({ folder }) => `packages/${folder}/package.json`)];
    for (const file of manifests) {
      const manifest = JSON.parse(read(file)) as Record<string, Record<string, string> | undefined>;
      const fields = ["dependencies", "devDependencies", "optionalDependencies", "overrides"];
      const pins = fields.flatMap((field) => Object.entries(manifest[field] ?? {}));
      for (const [name, version] of pins) {
        // Under another name too (`npm:NAME@VERSION`), where two versions of one package are tried.
        const pinned = /^(npm:[\w.@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;
        expect([file, name, version]).toEqual([file, name, expect.stringMatching(pinned)]);
      }
      const scripts = Object.keys(manifest.scripts ?? {});
      expect([file, scripts.filter((name) => /^(pre|post)?(install|prepare|pack|publish)$/.test(name))]).toEqual([
        file,
        [],
      ]);
    }
  });

  test("nothing of theirs runs when it is installed, but what is allowed by name", () => {
    const { allowScripts } = JSON.parse(read("package.json")) as { allowScripts: Record<string, boolean> };
    const running = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
    // fsevents is for macOS alone, and runs nothing without a compiler.
    expect(running.filter((name) => !allowScripts[name] && name !== "fsevents")).toEqual([]);
  });

  test("a gateway needs few packages: more is a decision, written here", () => {
    const shipped = locked.filter(([, { dev, optional, devOptional }]) => !dev && !optional && !devOptional);
    expect(shipped.length).toBeGreaterThan(10);
    // web-push brings 13: its own encryption, the signing of its keys, and a proxy agent that is never used.
    expect(shipped.length).toBeLessThanOrEqual(143);
    // For development alone: Vue with its compiler, React 18 beside 19 and a page without a browser (24); esbuild (1);
    // are-the-types-wrong and publint (60).
    expect(locked.length).toBeLessThanOrEqual(580);
  });

  test("what is published is what was built, and nothing beside it", { timeout: 60_000 }, async () => {
    const allowed =
      /^(package\.json|README\.md|LICENSE|NOTICE|(config|runner)\.schema\.json|dist\/[\w./-]+|bin\/[\w-]+\.c?js)$/;
    const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--workspaces", "--ignore-scripts"], {
      cwd: root,
      maxBuffer: 2 ** 26,
    });
    const packs = JSON.parse(stdout) as Array<{ name: string; files: Array<{ path: string }> }>;
    expect(packs.length).toBeGreaterThanOrEqual(packagesOf().length - 2);
    for (const { name, files } of packs) {
      expect([name, files.map(({ path }) => path).filter((path) => !allowed.test(path))]).toEqual([name, []]);
    }
  });
});
