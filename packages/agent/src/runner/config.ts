/** signalbox.runner.json, read and checked. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { Compile } from "typebox/schema";
import { faultOf } from "./check.ts";
import { isName, type RunnerFile, runnerSchema } from "./config-schema.ts";
import { declaration } from "./declaration.ts";
import { Recipe } from "./recipe.ts";

export interface RunnerConfig {
  /** Absolute. */
  path: string;
  name: string;
  /** Processes at once. */
  concurrency: number;
  recipes: ReadonlyMap<string, Recipe>;
}

/** The message names the file and the key. */
export class RunnerConfigError extends Error {
  override name = "RunnerConfigError";
}

/** What the gateway takes for a declaration; a little room is left for the rest of the event. */
const declarationBytes = 61_440;

/** `name` replaces the file's. Throws RunnerConfigError. */
export function loadRunnerConfig(file: string, name?: string): RunnerConfig {
  const path = resolve(file);
  const wrong = (why: string): RunnerConfigError => new RunnerConfigError(`${path}: ${why}`);
  const given = read(path, wrong);
  const chosen = name ?? given.name ?? hostname().replace(/[^A-Za-z0-9._-]+/g, "-");
  if (!isName(chosen))
    throw wrong(`${JSON.stringify(chosen)} cannot be a runner's name: letters, digits and ._- (at most 64)`);
  const recipes = new Map<string, Recipe>();
  for (const [recipe, each] of Object.entries(given.recipes)) {
    try {
      recipes.set(recipe, new Recipe(recipe, each, dirname(path)));
    } catch (error) {
      throw wrong(`recipes.${recipe}.${error instanceof Error ? error.message : error}`);
    }
  }
  if (Buffer.byteLength(JSON.stringify(declaration(recipes))) > declarationBytes) {
    throw wrong("the recipes' titles, descriptions and argsSchema are too long: 60 KiB together");
  }
  return { path, name: chosen, concurrency: given.concurrency ?? 4, recipes };
}

function read(path: string, wrong: (why: string) => RunnerConfigError): RunnerFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw wrong(`cannot be read (${error instanceof Error ? error.message : error})`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(`is not JSON (${error instanceof Error ? error.message : error})`);
  }
  const fault = faultOf(Compile(runnerSchema), value);
  if (fault !== undefined) throw wrong(fault);
  return value as RunnerFile;
}
