import type { Client } from "@signalbox/client";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { collectTag, parseDuration } from "../parse.ts";
import { type CommandRow, describeCommand, untilEnded } from "../steering/commands.ts";
import { sanitised } from "../text/sanitise.ts";

interface CommandFlags extends ConnectionFlags {
  arg?: Record<string, string>;
  args?: string;
  id?: string;
  ttl?: number;
  wait?: true;
  json?: true;
}

interface Group {
  group: string;
  commands: Array<{ commandId: string; target: string; error?: { message: string } }>;
}

export function addCommand(program: Command, io: Io): void {
  const command = program
    .command("command")
    .summary("tell an agent what to do")
    .description(
      "Gives a command to an agent, or to each agent of a pattern. It is kept until the agent takes it or its time is up.",
    )
    .argument("<target>", "the agent's channel, such as agent:coder-001, or a pattern")
    .argument("<name>", "what is to be done, such as pause")
    .option("--arg <name=value>", "an argument; a value that is JSON is taken as such; may be repeated", collectTag)
    .option("--args <json>", "all arguments as JSON")
    .option("--id <id>", "the command's id: giving it twice with one id gives it once")
    .option("--ttl <duration>", "how long it may wait: 90m, 12h, 7d (default: 10m)", parseDuration)
    .option("--wait", "wait for its end; fails unless it is done")
    .option("--json", "print the command as JSON")
    .addHelpText(
      "after",
      `
Examples:
  signalbox command agent:coder-001 pause
  signalbox command agent:coder-001 input --arg text='use the other branch' --wait
  signalbox command 'agent:*' pause --json`,
    );
  withConnection(command).action((target: string, name: string, flags: CommandFlags) => give(target, name, flags, io));
}

async function give(target: string, name: string, flags: CommandFlags, io: Io): Promise<void> {
  const args = argumentsOf(flags);
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const body = {
      ...{ target, name },
      ...(args === undefined ? {} : { args }),
      ...(flags.id === undefined ? {} : { commandId: flags.id }),
      ...(flags.ttl === undefined ? {} : { ttlMs: flags.ttl }),
    };
    const given = await client.request<CommandRow | Group>("/v1/commands", { method: "POST", body });
    if ("commands" in given) await printGroup(given, client, flags, io);
    else print([flags.wait ? await untilEnded(client, given) : given], flags, io);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

async function printGroup({ commands }: Group, client: Client, flags: CommandFlags, io: Io): Promise<void> {
  const refused = commands.filter(({ error }) => error !== undefined);
  for (const { target, error } of refused) io.err.line(`${target}: ${sanitised(error?.message ?? "")}`);
  const given = commands.filter(({ error }) => error === undefined);
  const rows = await Promise.all(
    given.map(async ({ commandId }) => {
      const row = await client.request<CommandRow>(`/v1/commands/${commandId}`);
      return flags.wait ? untilEnded(client, row) : row;
    }),
  );
  if (commands.length === 0) io.err.line("no agent matches");
  print(rows, flags, io);
  if (refused.length > 0) throw new Failure(`${refused.length} of ${commands.length} were refused`);
}

function print(rows: readonly CommandRow[], flags: CommandFlags, io: Io): void {
  for (const row of rows)
    io.out.line(flags.json ? JSON.stringify(row) : describeCommand(row, Date.now(), io.out.paint));
  const others = rows.filter(({ state }) => state !== "done");
  if (flags.wait && others.length > 0) {
    const [{ state, error } = { state: "" }] = others;
    throw new Failure(
      others.length === 1
        ? `the command ${state}${error ? `: ${sanitised(error)}` : ""}`
        : `${others.length} are not done`,
    );
  }
}

function argumentsOf({ arg, args }: CommandFlags): unknown {
  if (args === undefined) {
    return arg && Object.fromEntries(Object.entries(arg).map(([name, value]) => [name, jsonOr(value)]));
  }
  if (arg !== undefined) throw new Failure("--arg and --args do not go together", undefined, exitCodes.usage);
  try {
    return JSON.parse(args);
  } catch {
    throw new Failure("--args is not JSON", `Quote it for the shell: '{"text":"hello"}'.`, exitCodes.usage);
  }
}

const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
