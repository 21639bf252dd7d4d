/**
 * Each package as it is published: packed, and installed from its file into an empty project. There it loads as ES module
 * and by `require`, goes through bundlers, and the installed gateway serves its dashboard and an installed client.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build as esbuild } from "esbuild-wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packagesOf, root } from "../scripts/repository.ts";
import { run } from "../scripts/run.ts";

interface Manifest {
  name: string;
  exports?: Record<string, { types?: string } | string>;
}

const published = packagesOf().filter(({ manifest }) => !manifest.private);
const names = published.map(({ manifest }) => manifest.name);
const manifestOf = (directory: string): Manifest => JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));

/** What can be imported, such as `@signalbox/client/states`. */
const modules = published.flatMap(({ directory, manifest }) =>
  Object.entries(manifestOf(directory).exports ?? {})
    .filter(([, target]) => typeof target === "object" && target.types !== undefined)
    .map(([path]) => manifest.name + path.slice(1)),
);

let folder: string;
let project: string;
/** Of the installed gateway, once it runs. */
let url = "";
let token = "";
/** By the package's name. */
const tarballs = new Map<string, string>();

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as { version: string }).version;

async function must(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, output } = await run(command, args, { cwd });
  expect(code, `${command} ${args.join(" ")}: ${output}`).toBe(0);
  return output;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signalbox-packages-"));
  project = join(folder, "project");
  mkdirSync(project);
  // The dashboard was built by `npm test`; other tests look at its pages meanwhile.
  await must("node", ["scripts/build.ts", ...names.filter((name) => name !== "@signalbox/dashboard")], root);
  for (const { directory, manifest } of published) {
    const packed = join(folder, manifest.name.replace(/\W/g, "-"));
    mkdirSync(packed);
    await must("npm", ["pack", "--pack-destination", packed], directory);
    const [file = ""] = readdirSync(packed);
    tarballs.set(manifest.name, join(packed, file));
  }
  const others = ["react", "vue", "@types/react"].map((name) => [name, versionOf(name)]);
  const ours = [...tarballs].map(([name, file]) => [name, `file:${file}`]);
  const dependencies = Object.fromEntries([...others, ...ours]);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, dependencies }));
  await must("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], project);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(names)("publint finds nothing wrong with %s", async (name) => {
  await must("publint", [tarballs.get(name) ?? "", "--strict"], root);
});

const typed = names.filter((name) => modules.some((module) => module === name || module.startsWith(`${name}/`)));

test.each(typed)("the types of %s are right for who imports it", async (name) => {
  // Node's older resolutions are not for packages of ES modules only.
  await must("attw", [tarballs.get(name) ?? "", "--profile", "esm-only", "--no-emoji"], root);
});

/** In the project, run by Node; the last line it prints, as JSON. */
async function ran(file: string, text: string): Promise<unknown> {
  writeFileSync(join(project, file), text);
  const env = { SIGNALBOX_URL: url, SIGNALBOX_TOKEN: token };
  const { code, output } = await run("node", [file], { cwd: project, env });
  expect(code, output).toBe(0);
  return JSON.parse(output.trim().split("\n").at(-1) ?? "");
}

const all = JSON.stringify(modules);

test("every module loads as an ES module, and the same by require", async () => {
  const count = "(module) => Object.keys(module).filter((name) => name !== 'module.exports').length";
  const imported = await ran(
    "all.mjs",
    `const found = {}; for (const name of ${all}) found[name] = (${count})(await import(name)); console.log(JSON.stringify(found));`,
  );
  const required = await ran(
    "all.cjs",
    `const found = {}; for (const name of ${all}) found[name] = (${count})(require(name)); console.log(JSON.stringify(found));`,
  );
  expect(Object.keys(imported as object)).toEqual(modules);
  expect(Math.min(...Object.values(imported as Record<string, number>))).toBeGreaterThan(0);
  expect(required).toEqual(imported);
});

test("a program in TypeScript is checked against the packages' own declarations", async () => {
  const lines = modules.map((name, index) => `import * as m${index} from "${name}";\nvoid m${index};`);
  const wrong = `import { createClient } from "@signalbox/client";\n// @ts-expect-error: an address is a text\ncreateClient({ url: 1 });`;
  writeFileSync(join(project, "all.mts"), `${lines.join("\n")}\n${wrong}\n`);
  const options = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--lib",
    "es2024,dom,dom.iterable,esnext",
  ];
  await must(
    "tsc",
    [
      ...options,
      "--types",
      "node",
      "--typeRoots",
      join(root, "node_modules/@types"),
      "--skipLibCheck",
      "false",
      "all.mts",
    ],
    project,
  );
});

describe("with the installed gateway", () => {
  let gateway: ChildProcess;

  beforeAll(async () => {
    const bin = join(project, "node_modules/.bin/signalbox");
    const serve = ["serve", "--json", "--port", "0", "--data-dir", join(folder, "data")];
    gateway = spawn(bin, serve, {
      cwd: project,
      // Not the Node of this repository's node_modules/.bin by accident: the one that runs the tests.
      env: { ...process.env, PATH: `${join(process.execPath, "..")}:${process.env.PATH}`, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface({ input: gateway.stdout ?? process.stdin }), "line")) as [string];
    ({ url, token } = JSON.parse(line) as { url: string; token: string });
  });
  afterAll(async () => {
    const ended = once(gateway, "exit");
    gateway.kill("SIGTERM");
    await ended;
  });

  test("it serves its dashboard, and an installed client publishes and hears it", async () => {
    const page = await (await fetch(url)).text();
    const script = /<script[^>]* src="([^"]+)"/.exec(page)?.[1];
    expect(script, page).toBeDefined();
    expect((await fetch(new URL(script ?? "", url))).headers.get("content-type")).toContain("javascript");
    expect(await ran("publish.mjs", program)).toMatchObject({ heard: { text: "installed" } });
  });

  /** Publishes what it then hears. */
  const program = `
import { createClient } from "@signalbox/client";
const client = createClient({ url: process.env.SIGNALBOX_URL, token: process.env.SIGNALBOX_TOKEN });
const heard = new Promise((resolve) => {
  client.watch("session:bundled", { since: { last: 1 }, onEvent: ({ data }) => resolve(data) });
});
await client.publish({ type: "greeting", channel: "session:bundled", data: { text: "installed" } });
console.log(JSON.stringify({ heard: await heard }));
client.close();
`;

  const withEsbuild = (entry: string, outfile: string, external: string[] = []): Promise<unknown> =>
    esbuild({ absWorkingDir: project, entryPoints: [entry], outfile, external, bundle: true, format: "esm" });

  const withVite = (entry: string, outfile: string): Promise<string> => {
    const lib = `{ entry: "${entry}", formats: ["es"], fileName: () => "${outfile}" }`;
    const config = `export default { build: { target: "es2024", outDir: ".", emptyOutDir: false, lib: ${lib} } };`;
    writeFileSync(join(project, "vite.config.mjs"), config);
    return must("vite", ["build", "--logLevel", "warn"], project);
  };

  test.each([
    ["esbuild", withEsbuild],
    ["vite", withVite],
  ] as const)("what %s made of it runs", async (bundler, bundle) => {
    const outfile = `${bundler}.mjs`;
    writeFileSync(join(project, "app.mjs"), program);
    await bundle("app.mjs", outfile);
    const made = readFileSync(join(project, outfile), "utf8");
    expect(made).not.toMatch(/(from|import)[ (]*["']@signalbox/);
    expect(await ran(outfile, made)).toMatchObject({ heard: { text: "installed" } });
  });

  test.each(["react", "vue"])(
    "the bindings for %s can be bundled with the library itself left outside",
    async (library) => {
      writeFileSync(join(project, `${library}.mjs`), `export * from "@signalbox/${library}";`);
      await withEsbuild(`${library}.mjs`, `${library}.out.mjs`, [library]);
      const names = `Object.keys(await import("./${library}.out.mjs"))`;
      expect(await ran(`${library}-run.mjs`, `console.log(JSON.stringify(${names}));`)).toContain("useWebSocket");
    },
  );
});
