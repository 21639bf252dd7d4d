import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

/** A Node of the system that is too old for Signalbox, where there is one. */
const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => {
  if (!existsSync(path)) return false;
  const [major = 0, minor = 0] = execFileSync(path, ["-p", "process.versions.node"], { encoding: "utf8" })
    .split(".")
    .map(Number);
  return major < 22 || (major === 22 && minor < 13);
});

/** Stands for the command line: tells its Node, its arguments, and ends with 3. */
const stub = `console.log(JSON.stringify([process.versions.node, ...process.argv.slice(2)])); process.exitCode = 3;`;

let place: string;
const bin = (): string => join(place, "bin", "signalbox.js");

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "signalbox-bin-"));
  for (const folder of ["bin", "dist"]) mkdirSync(join(place, folder));
  for (const file of ["signalbox.js", "compile-cache.cjs"]) {
    copyFileSync(join(import.meta.dirname, "..", "bin", file), join(place, "bin", file));
  }
  writeFileSync(join(place, "package.json"), `{ "type": "module" }`);
  writeFileSync(join(place, "dist", "main.js"), stub);
});

afterEach(() => rmSync(place, { recursive: true, force: true }));

/** As somebody's shell has it: the cache of the tests themselves is not there. */
const { NODE_COMPILE_CACHE: _tests, ...env } = process.env;

const start = (node: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(node, [bin(), "tail", "process:p 1"], {
    encoding: "utf8",
    env: { ...env, XDG_CACHE_HOME: join(place, "cache") },
  });

describe("bin/signalbox.js", () => {
  test("runs what is built on a Node that is new enough", () => {
    expect(start(process.execPath)).toMatchObject({
      status: 3,
      stdout: `["${process.versions.node}","tail","process:p 1"]\n`,
      stderr: "",
    });
  });

  test("runs the sources of a checkout, with the source condition, even when something was built", () => {
    mkdirSync(join(place, "src"));
    writeFileSync(join(place, "src", "main.ts"), "const a: string[] = process.execArgv; console.log(a.join());");
    const stdout = expect.stringMatching(/^--require,.*compile-cache\.cjs,--conditions=source\n$/);
    expect(start(process.execPath)).toMatchObject({ status: 0, stdout });
  });

  test("keeps what was compiled, where only this user writes", () => {
    start(process.execPath);
    expect(readdirSync(join(place, "cache", "signalbox", "compiled"))).not.toEqual([]);
  });

  test.skipIf(!oldNode)("on an older Node says so in one line and goes on with the pinned one", () => {
    const pinned = join(place, "node_modules", ".bin", "node");
    mkdirSync(join(place, "node_modules", ".bin"), { recursive: true });
    symlinkSync(process.execPath, pinned);
    const { status, stdout, stderr } = start(oldNode ?? "");
    expect(stderr).toMatch(/^signalbox: Node \S+ is older than 22\.13; using .*node_modules.*\n$/);
    expect({ status, stdout }).toEqual({ status: 3, stdout: `["${process.versions.node}","tail","process:p 1"]\n` });
  });

  test.skipIf(!oldNode)("on an older Node alone says what to do and fails", () => {
    const { status, stdout, stderr } = start(oldNode ?? "");
    expect(stderr).toMatch(/^signalbox: Node \S+ is older than 22\.13.*nodejs\.org.*\n$/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });
});
