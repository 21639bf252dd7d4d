import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { type CommandRow, describeCommand } from "../steering/commands.ts";
import { pagesOf } from "../steering/pages.ts";

interface CommandsFlags extends ConnectionFlags {
  state?: string;
  json?: true;
}

export function addCommands(program: Command, io: Io): void {
  const command = program
    .command("commands")
    .summary("list commands that were given")
    .description(
      "Lists commands: those that have not ended, unless --state says otherwise. The gateway keeps them for 7 days after their end.",
    )
    .argument("[target]", "only those of this agent, or of this pattern")
    .option(
      "--state <state>",
      "open, ended, queued, delivered, started, done, failed, expired, cancelled or all",
      "open",
    )
    .option("--json", "print each as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox commands
  signalbox commands agent:coder-001 --state all
  signalbox commands --state failed --json`,
    );
  withConnection(command).action((target: string | undefined, flags: CommandsFlags) => list(target, flags, io));
}

async function list(target: string | undefined, flags: CommandsFlags, io: Io): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const query: Record<string, string> = target === undefined ? {} : { target };
    if (flags.state !== undefined && flags.state !== "all") query.state = flags.state;
    let count = 0;
    for await (const page of pagesOf<CommandRow>(client, "commands", query)) {
      for (const row of page) {
        count++;
        io.out.line(flags.json ? JSON.stringify(row) : describeCommand(row, Date.now(), io.out.paint));
      }
    }
    if (count === 0 && !flags.json) io.err.line("no commands: give one with `signalbox command TARGET NAME`");
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}
