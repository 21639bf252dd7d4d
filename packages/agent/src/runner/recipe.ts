/** A recipe: what may be started, where and with what. */
import { realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { Compile } from "typebox/schema";
import { faultOf } from "./check.ts";
import type { ArgsSchema, RecipeFile } from "./config-schema.ts";
import { ArgumentError, type ArgumentValue, fill, type Piece, readPieces, scriptWithValue } from "./placeholders.ts";

/** What runProcess is given. */
export interface Invocation {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
}

/** What `args` of a command must be: an object with these and no others. */
export interface DeclaredArgs extends ArgsSchema {
  type: "object";
  additionalProperties: false;
}

const inherited = ["PATH", "HOME", "LANG"];

export class Recipe {
  readonly name: string;
  readonly file: RecipeFile;
  readonly args: DeclaredArgs;
  readonly #directory: string;
  readonly #cwd: string;
  readonly #command: string;
  readonly #elements: ReadonlyArray<readonly Piece[]>;
  readonly #validator: ReturnType<typeof Compile>;

  /** `directory`: the configuration's. Throws an Error that says which key is wrong, from the recipe's own. */
  constructor(name: string, file: RecipeFile, directory: string) {
    this.name = name;
    this.file = file;
    this.#directory = directory;
    this.args = { properties: {}, ...file.argsSchema, type: "object", additionalProperties: false };
    this.#command = file.command.includes("/") ? resolve(directory, file.command) : file.command;
    this.#cwd = resolve(directory, file.cwd ?? ".");
    if (file.cwd !== undefined && !isAbsolute(file.cwd) && !isInside(this.#cwd, directory)) {
      throw new Error("cwd leaves the configuration's directory: write it as an absolute path if it should");
    }
    this.#elements = (file.args ?? []).map(readPieces);
    this.#checkNames();
    const script = scriptWithValue(file.command, this.#elements);
    if (script !== undefined) {
      throw new Error(
        `args.${script} puts an argument into a program: pass it after the program instead, as in ["-c", "echo \\"$1\\"", "sh", "{text}"]`,
      );
    }
    this.#validator = Compile(this.args);
  }

  /** `given`: what a command says under `args`. Throws ArgumentError, and CwdError. */
  invocation(given: unknown, env: NodeJS.ProcessEnv): Invocation {
    const fault = faultOf(this.#validator, given ?? {});
    if (fault !== undefined) throw new ArgumentError(`args: ${fault}`);
    const values = new Map<string, ArgumentValue>();
    for (const [name, schema] of Object.entries(this.args.properties)) {
      const value = memberOf(given, name) ?? schema.default;
      if (value !== undefined) values.set(name, value);
    }
    const allowed = (this.file.envAllow ?? inherited).flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return {
      command: this.#command,
      args: fill(this.#elements, values, new Set(this.file.allowDash)),
      cwd: this.#place(),
      env: { ...Object.fromEntries(allowed), ...this.file.env },
    };
  }

  /** The directory as it is now: a link in it may have been turned elsewhere since the start. */
  #place(): string {
    const given = this.file.cwd ?? ".";
    try {
      const real = realpathSync(this.#cwd);
      if (!statSync(real).isDirectory()) throw new Error("it is no directory");
      if (isAbsolute(given) || isInside(real, realpathSync(this.#directory))) return real;
    } catch (error) {
      throw new CwdError(`cwd ${given}: ${error instanceof Error ? error.message : error}`);
    }
    throw new CwdError(`cwd ${given} leads out of the configuration's directory`);
  }

  #checkNames(): void {
    const known = Object.keys(this.args.properties);
    const must = (name: string, where: string): void => {
      if (!known.includes(name)) throw new Error(`${where}: argsSchema has no argument ${JSON.stringify(name)}`);
    };
    for (const [index, pieces] of this.#elements.entries()) {
      for (const piece of pieces) {
        if ("name" in piece) must(piece.name, `args.${index} (write {{${piece.name}}} for the text itself)`);
      }
    }
    for (const name of this.args.required ?? []) must(name, "argsSchema.required");
    for (const name of this.file.allowDash ?? []) must(name, "allowDash");
  }
}

class CwdError extends Error {
  override name = "CwdError";
  readonly code = "no_directory";
}

function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
}

/** The schema has said that it is an object, and what its members are. */
function memberOf(given: unknown, name: string): ArgumentValue | undefined {
  const value: unknown = Object.hasOwn(Object(given), name) ? Reflect.get(Object(given), name) : undefined;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}
