/** What an agent says it understands (§10.5): checked when it is said, and held against every command from then on. */

import { isLargerThan, partBytes } from "./bytes.ts";
import { type Fault, faultIn, type ReadSchema, readSchema } from "./json-schema.ts";
import { pick, refuse, type Step, type StepFacts, type Stepped, textOf, wrong } from "./step.ts";

/** As `agent_commands` has it; its schema says what the members are. */
export interface DeclaredCommand {
  name: string;
  title?: unknown;
  description?: unknown;
  args?: unknown;
  confirm?: unknown;
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
    const command = declared(given);
    if (commands.some(({ name }) => name === command.name))
      return wrong(`/data/commands/${index}/name`, "is named twice");
    if (command.args !== undefined) {
      const read = readSchema(command.args, `/data/commands/${index}/args`);
      if (!read.ok) return wrong(read.fault.path, read.fault.rule);
    }
    commands.push(command);
  }
  return { did: "change", type: step.type, data: { ...data }, next: { commands } };
}

/** Only the members that are known. */
const declared = (given: unknown): DeclaredCommand => {
  const { name, ...more } = pick(Object(given), ["name", "title", "description", "args", "confirm"]);
  return { ...more, name: String(name) };
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
