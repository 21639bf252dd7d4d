import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { type CommandRow, untilEnded } from "../steering/commands.ts";
import { sanitised } from "../text/sanitise.ts";

interface InputFlags extends ConnectionFlags {
  newline: boolean;
  eof?: true;
}

/** Who types waits for it. */
const ttlMs = 60_000;

export function addInput(program: Command, io: Io): void {
  const command = program
    .command("input")
    .summary("type into a running process")
    .description(
      "Gives a line of input to a process that a runner started with stdin, and waits until the process has it. The same as " +
        "`signalbox command process:ID input`, with the end of the line added.",
    )
    .argument("<process>", "its channel, such as process:runner-ci/test-7f3a, or what stands after process:")
    .argument("[text]", "what to type")
    .option("--no-newline", "do not end the line")
    .option("--eof", "then say that no more will come")
    .addHelpText(
      "after",
      `
Examples:
  signalbox input process:runner-ci/migrate-7f3a yes
  signalbox input runner-ci/repl-01 'print(1 + 1)'
  signalbox input runner-ci/repl-01 --eof`,
    );
  withConnection(command).action((process: string, text: string | undefined, flags: InputFlags) =>
    give(process, text, flags, io),
  );
}

async function give(to: string, text: string | undefined, flags: InputFlags, io: Io): Promise<void> {
  if (text === undefined && flags.eof === undefined) {
    throw new Failure("there is nothing to type", "Give a text, or --eof.", exitCodes.usage);
  }
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const line = text === undefined ? {} : { text: flags.newline ? `${text}\n` : text };
    const args = { ...line, ...(flags.eof === undefined ? {} : { eof: true }) };
    const target = to.startsWith("process:") ? to : `process:${to}`;
    const body = { target, name: "input", args, ttlMs };
    const row = await untilEnded(client, await client.request<CommandRow>("/v1/commands", { method: "POST", body }));
    if (row.state === "done") return;
    const why = row.error === undefined ? `nobody took it (${row.state})` : sanitised(row.error);
    throw new Failure(`${sanitised(target)} did not get it: ${why}`);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}
