/** signalbox.runner.json: what it may say, and what is said when it is wrong. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadRunnerConfig, RunnerConfigError } from "../../src/runner/config.ts";
import type { Invocation, Recipe } from "../../src/runner/recipe.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), "signalbox-runner-")));
  path = join(directory, "signalbox.runner.json");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const load = (value: unknown, name?: string) => {
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return loadRunnerConfig(path, name);
};

function recipe(file: object): Recipe {
  const found = load({ recipes: { it: file } }).recipes.get("it");
  if (found === undefined) throw new Error("not there");
  return found;
}

const texts = (...names: string[]) => ({
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
});
const invoke = (file: object, args?: unknown, env: NodeJS.ProcessEnv = {}): Invocation =>
  recipe(file).invocation(args, env);

describe("the file", () => {
  test("names the runner, or a flag does, or this machine", () => {
    const recipes = { test: { command: "npm", args: ["test"] } };
    expect(load({ name: "ci", recipes }).name).toBe("ci");
    expect(load({ name: "ci", recipes }, "other").name).toBe("other");
    expect(load({ recipes }).name).toMatch(/^[A-Za-z0-9]/);
    expect(() => load({ recipes }, "a/b")).toThrow('"a/b" cannot be a runner\'s name');
  });

  test.each([
    ["{", /is not JSON/],
    [{}, /: recipes is required/],
    [{ recipes: {} }, /: recipes /],
    [{ recipes: { a: {} } }, /: recipes\.a\.command is required/],
    [{ recipes: { a: { command: "x", shell: true } } }, /: unknown key recipes\.a\.shell$/],
    [{ recipes: { a: { command: "x" } }, port: 1 }, /: unknown key port$/],
    [{ recipes: { "a b": { command: "x" } } }, /: recipes\."a b" is not a name/],
    [{ recipes: { a: { command: "x", concurrency: 0 } } }, /: recipes\.a\.concurrency /],
    [{ recipes: { a: { command: "x", args: ["{who}"] } } }, /: recipes\.a\.args\.0 .* no argument "who"/],
    [{ recipes: { a: { command: "x", args: ["a{b}"] } } }, /write \{\{b\}\} for the text itself/],
    [{ recipes: { a: { command: "x", allowDash: ["y"] } } }, /: recipes\.a\.allowDash: .*"y"/],
    [{ recipes: { a: { command: "x", argsSchema: { properties: {}, required: ["y"] } } } }, /argsSchema\.required: /],
    [{ recipes: { a: { command: "x", cwd: "../.." } } }, /: recipes\.a\.cwd leaves/],
    [
      { recipes: { a: { command: "x", argsSchema: { properties: { p: { type: "string", pattern: "(a+)+$" } } } } } },
      /unknown key recipes\.a\.argsSchema\.properties\.p\.pattern/,
    ],
    [
      { recipes: { a: { command: "x", argsSchema: { properties: { p: { type: "array" } } } } } },
      /must be one of string/,
    ],
    [{ recipes: { a: { command: "x", env: { "A=B": "1" } } } }, /recipes\.a\.env\."A=B" is not a name/],
  ])("%o is refused with the file and the place", (value, why) => {
    expect(() => load(value)).toThrow(RunnerConfigError);
    expect(() => load(value)).toThrow(why);
    expect(() => load(value)).toThrow(path);
  });

  test("a file that is not there is said", () => {
    expect(() => loadRunnerConfig(join(directory, "none.json"))).toThrow(/none\.json: cannot be read/);
  });

  test("what is declared keeps to what an event may hold", () => {
    const description = "x".repeat(2_000);
    const recipes = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`r${i}`, { command: "x", description }]));
    expect(() => load({ recipes })).toThrow("too long: 60 KiB together");
  });
});

describe("arguments", () => {
  const bare = { command: "echo", args: ["{text}"], argsSchema: texts("text") };

  test("each stays one element, whatever is in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(!text.startsWith("-") && !text.includes("\0"));
        expect(invoke(bare, { text }).args).toEqual([text]);
      }),
      { numRuns: 50 },
    );
    for (const text of ["; rm -rf /", "$(id)", "`id`", "a\nb", "a b", "&& x", "| y", "*", "'", '"', ""]) {
      expect(invoke(bare, { text }).args).toEqual([text]);
    }
  });

  test.each(["-x", "--output=/etc/passwd", "-"])(
    "%s is no value where the command would read it as an option",
    (text) => {
      expect(() => invoke(bare, { text })).toThrow(/args\.text must not begin with "-"/);
      expect(invoke({ ...bare, allowDash: ["text"] }, { text }).args).toEqual([text]);
      expect(invoke({ ...bare, args: ["--name={text}"] }, { text }).args).toEqual([`--name=${text}`]);
    },
  );

  test("an empty value does not let the next one become an option", () => {
    const two = { command: "x", args: ["{a}{b}"], argsSchema: texts("a", "b") };
    expect(() => invoke(two, { a: "", b: "-rf" })).toThrow(/args\.b/);
    expect(invoke(two, { a: "n", b: "-rf" }).args).toEqual(["n-rf"]);
  });

  test("an element without its value is left out, a default stands in, other braces are text", () => {
    const file = {
      command: "x",
      args: ["--level={level}", "{file}", "{{file}}", '{"json": 1}', "{}"],
      argsSchema: { properties: { level: { type: "integer", default: 3, maximum: 9 }, file: { type: "string" } } },
    };
    expect(invoke(file).args).toEqual(["--level=3", "{file}", '{"json": 1}', "{}"]);
    expect(invoke(file, { level: 9, file: "a" }).args).toEqual(["--level=9", "a", "{file}", '{"json": 1}', "{}"]);
  });

  test.each([
    [{ file: "a", level: 10 }, /args: level /],
    [{ file: "a", level: "3" }, /args: level /],
    [{ file: "a", other: 1 }, /args: unknown key other/],
    [[], /args: it /],
    ["x", /args: it /],
    [{ file: "a\0b" }, /NUL/],
    [{}, /args: file is required/],
    [undefined, /args: file is required/],
  ])("%o is refused", (args, why) => {
    const file = {
      command: "x",
      args: ["{file}"],
      argsSchema: {
        properties: { level: { type: "integer", maximum: 9 }, file: { type: "string" } },
        required: ["file"],
      },
    };
    expect(() => invoke(file, args)).toThrow(expect.objectContaining({ code: "invalid_args" }));
    expect(() => invoke(file, args)).toThrow(why);
  });

  test("a recipe without argsSchema takes none", () => {
    expect(invoke({ command: "x" }, {}).args).toEqual([]);
    expect(() => invoke({ command: "x" }, { a: 1 })).toThrow(/unknown key a/);
  });

  test.each([
    ["sh", ["-c", "echo {text}"]],
    ["/bin/bash", ["-euc", "echo {text}", "x"]],
    ["node", ["--eval", "{text}"]],
    ["python3", ["-c", "print('{text}')"]],
    ["perl", ["-E", "{text}"]],
  ])("%s %o would run a value as a program", (command, args) => {
    expect(() => recipe({ command, args, argsSchema: texts("text") })).toThrow(
      /args\.1 puts an argument into a program/,
    );
    const passed = { command, args: [args[0], "fixed", "x", "{text}"], argsSchema: texts("text") };
    expect(invoke(passed, { text: "$(id)" }).args.at(-1)).toBe("$(id)");
  });
});

describe("surroundings", () => {
  test("of the runner's environment only what is allowed is passed", () => {
    const env = { PATH: "/bin", HOME: "/home/x", LANG: "C", SIGNALBOX_TOKEN: "canary", CI: "1" };
    expect(invoke({ command: "x" }, {}, env).env).toEqual({ PATH: "/bin", HOME: "/home/x", LANG: "C" });
    expect(invoke({ command: "x", envAllow: ["CI", "NONE"], env: { A: "1" } }, {}, env).env).toEqual({
      CI: "1",
      A: "1",
    });
    expect(invoke({ command: "x", envAllow: [] }, {}, env).env).toEqual({});
  });

  test("it runs beside the file, or inside, or where an absolute path says", () => {
    mkdirSync(join(directory, "inner"));
    expect(invoke({ command: "./tool" })).toMatchObject({ cwd: directory, command: join(directory, "tool") });
    expect(invoke({ command: "x", cwd: "inner" })).toMatchObject({ cwd: join(directory, "inner"), command: "x" });
    expect(invoke({ command: "x", cwd: "/" }).cwd).toBe("/");
  });

  test("a directory that is missing, or a link that leads out, is refused when it is started", () => {
    symlinkSync("/", join(directory, "link"));
    for (const cwd of ["none", "link"]) {
      expect(() => invoke({ command: "x", cwd })).toThrow(expect.objectContaining({ code: "no_directory" }));
    }
  });
});
