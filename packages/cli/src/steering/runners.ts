/** Runners that are at work, and what they can start. */
import type { Client } from "@signalbox/client";
import { Failure } from "../failure.ts";

/** What a value on the command line is meant to be. */
export type ArgumentTypes = ReadonlyMap<string, string>;

export interface RunnerRow {
  /** `agent:runner-NAME`. */
  channel: string;
  /** Who asks may give it the command. */
  allowed: boolean;
  atWork: boolean;
  /** By recipe. */
  recipes: ReadonlyMap<string, ArgumentTypes>;
}

interface Steering {
  declared: boolean;
  commands: Array<{ name: string; args?: unknown; allowed: boolean }>;
  lease?: unknown;
}

/** All that are at work, or the one of that name if it ever was. */
export async function findRunners(client: Client, name?: string): Promise<RunnerRow[]> {
  const channels = name === undefined ? await heldChannels(client) : [`agent:runner-${name.replace(/^runner-/, "")}`];
  const rows = await Promise.all(channels.map((channel) => runnerOf(client, channel)));
  return rows.filter((row) => row !== undefined);
}

async function heldChannels(client: Client): Promise<string[]> {
  const found: string[] = [];
  for (let after = ""; ; ) {
    const query = new URLSearchParams({ channel: "agent:runner-*", state: "held", limit: "500", after });
    const page = await client.request<{ leases: Array<{ channel: string }>; next?: string }>(`/v1/leases?${query}`);
    found.push(...page.leases.map(({ channel }) => channel));
    if (page.next === undefined) return found;
    after = page.next;
  }
}

/** Undefined: it is none, or was never there. */
async function runnerOf(client: Client, channel: string): Promise<RunnerRow | undefined> {
  const { declared, commands, lease } = await client.request<Steering>(
    `/v1/channels/${encodeURIComponent(channel)}/steering`,
  );
  const start = commands.find((command) => command.name === "start");
  if (!declared || start === undefined) return undefined;
  return { channel, allowed: start.allowed, atWork: lease !== undefined, recipes: recipesIn(start.args) };
}

/** From the declaration of `start`, whoever made it. */
function recipesIn(schema: unknown): Map<string, ArgumentTypes> {
  const recipes = new Map<string, ArgumentTypes>();
  const all = memberOf(schema, "anyOf");
  for (const each of Array.isArray(all) ? all : []) {
    const properties = memberOf(each, "properties");
    const name = memberOf(memberOf(properties, "recipe"), "const");
    if (typeof name !== "string") continue;
    const args = Object(memberOf(memberOf(properties, "args"), "properties"));
    recipes.set(
      name,
      new Map(Object.keys(args).map((argument) => [argument, String(memberOf(memberOf(args, argument), "type"))])),
    );
  }
  return recipes;
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

/** Those that are at work and have the recipe, one that may be told to first; throws a Failure that says what there is instead. */
export function withRecipe(found: readonly RunnerRow[], recipe: string, name?: string): RunnerRow[] {
  const runners = found.filter(({ atWork }) => atWork);
  const having = runners.filter((runner) => runner.recipes.has(recipe));
  if (having.length > 0) return having.sort((one, other) => Number(other.allowed) - Number(one.allowed));
  if (runners.length === 0) {
    const which = name === undefined ? "no runner is at work" : `the runner ${name} is not at work`;
    throw new Failure(which, "Start one where work may run: `signalbox runner` (docs/runner.md says how).");
  }
  const known = runners.map(({ channel, recipes }) => `${channel}: ${[...recipes.keys()].join(", ") || "none"}`);
  throw new Failure(`no runner at work has the recipe ${JSON.stringify(recipe)}`, `There are: ${known.join("; ")}.`);
}

/** Texts as the recipe's schema wants them; what does not fit stays text, and is refused with the reason. */
export function argumentsFor(types: ArgumentTypes, given: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, typed(types.get(name), text)]));
}

function typed(type: string | undefined, text: string): unknown {
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (type !== "number" && type !== "integer") return text;
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) ? text : number;
}
