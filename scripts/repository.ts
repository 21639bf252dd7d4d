/** What is in this repository: its root, its files, its packages in the order they depend on each other. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

export const root = resolve(import.meta.dirname, "..");

/** Made by tools or by running things: never checked. The same names as .gitignore. */
const ignored = new Set([
  ...[".git", "node_modules", "dist", ".signalbox", "coverage"],
  ...[".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"],
]);
const ignoredAtRoot = new Set(["tmp"]);

/** Every file a person wrote, as paths from `at` with forward slashes, sorted. */
export function filesOf(at: string = root): string[] {
  const found: string[] = [];
  const walk = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (ignored.has(entry.name) || (directory === at && ignoredAtRoot.has(entry.name))) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) found.push(relative(at, path).split(sep).join("/"));
    }
  };
  walk(at);
  return found.sort();
}

export interface Manifest {
  name: string;
  private: boolean;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

export interface Package {
  /** Folder name under packages/. */
  folder: string;
  directory: string;
  manifest: Manifest;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function texts(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}

export function readManifest(file: string): Manifest {
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (!isObject(parsed) || typeof parsed.name !== "string") throw new Error(`${file}: no name`);
  return {
    name: parsed.name,
    private: parsed.private === true,
    scripts: texts(parsed.scripts),
    dependencies: { ...texts(parsed.optionalDependencies), ...texts(parsed.dependencies) },
    devDependencies: texts(parsed.devDependencies),
  };
}

/** The packages of the workspace, each after those it depends on. */
export function packagesOf(at: string = root): Package[] {
  const folders = readdirSync(join(at, "packages")).sort();
  // Development dependencies may form circles: they are sources, not builds.
  const waiting = folders
    .map((folder) => ({ folder, directory: join(at, "packages", folder) }))
    .filter(({ directory }) => existsSync(join(directory, "package.json")))
    .map((one) => ({ ...one, manifest: readManifest(join(one.directory, "package.json")) }));
  const names = new Set(waiting.map((one) => one.manifest.name));
  const ordered: Package[] = [];
  const placed = new Set<string>();
  while (waiting.length > 0) {
    const ready = waiting.findIndex((one) =>
      Object.keys(one.manifest.dependencies).every((name) => !names.has(name) || placed.has(name)),
    );
    if (ready < 0) throw new Error(`packages depend on each other in a circle: ${waiting.map((w) => w.folder)}`);
    for (const one of waiting.splice(ready, 1)) {
      placed.add(one.manifest.name);
      ordered.push(one);
    }
  }
  return ordered;
}
