/** What an agent says it understands (§10.5): checked when it is said, and held against every command from then on. */

import { isLargerThan, partBytes } from "./bytes.ts";
import { type Fault, faultIn, type ReadSchema, readSchema } from "./json-schema.ts";
import { refuse, type Step, type StepFacts, type Stepped, textOf, wrong } from "./step.ts";

export interface DeclaredCommand {
  name: string;
  args?: unknown;
}

/** As kept: the data of the newest `agent_commands`. */
export interface Declaration {
  commands: readonly DeclaredCommand[];
}

export function stepDeclaration(_before: Declaration | undefined, step: Step, facts: StepFacts): Stepped<Declaration> {
  const { data } = step;
  if (facts.channel !== `agent:${textOf(data, "agentId")}`) return wrong("/channel", "must be the agent's own");
  if (isLargerThan(data, partBytes)) {
    return refuse("payload_too_big", "a declaration has at most 64 KiB", { limitBytes: partBytes });
  }
  const commands: DeclaredCommand[] = [];
  for (const [index, given] of (Array.isArray(data.commands) ? (data.commands as unknown[]) : []).entries()) {
    const { name, args } = declared(given);
    if (commands.some((other) => other.name === name)) return wrong(`/data/commands/${index}/name`, "is named twice");
    if (args !== undefined) {
      const read = readSchema(args, `/data/commands/${index}/args`);
      if (!read.ok) return wrong(read.fault.path, read.fault.rule);
    }
    commands.push(args === undefined ? { name } : { name, args });
  }
  return { did: "change", type: step.type, data: { ...data }, next: { commands } };
}

const declared = (given: unknown): DeclaredCommand => {
  const members = new Map<string, unknown>(Object.entries(Object(given)));
  return { name: String(members.get("name")), args: members.get("args") };
};

/** Why an agent that said this does not understand the command; `undefined` if it does. */
export function misunderstood({ commands }: Declaration, name: string, args: unknown): Fault | undefined {
  const found = commands.find((command) => command.name === name);
  if (found === undefined) {
    const names = commands.map((command) => command.name).join(", ");
    return { path: "/data/name", rule: `must be one of the target's commands: ${names || "it has none"}` };
  }
  if (found.args === undefined) return undefined;
  const schema = schemaOf(found.args);
  // No arguments at all are what a schema of an object sees as an empty one.
  return faultIn(schema, args ?? {}, "/data/args");
}

const schemaOf = (given: unknown): ReadSchema => {
  const read = readSchema(given, "");
  return read.ok ? read.schema : false;
};
