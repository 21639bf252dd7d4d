import type { Command } from "commander";
import { type ChannelRow, channelPages } from "../channel-list.ts";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { ago, counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";
import { table } from "../text/table.ts";

interface ChannelsFlags extends ConnectionFlags {
  json?: true;
}

export function addChannels(program: Command, io: Io): void {
  const command = program
    .command("channels")
    .summary("list channels")
    .description("Lists the channels that exist, by name.")
    .argument("[pattern]", "only those that match, such as agent:*", "*")
    .option("--json", "print each channel as JSON, one a line")
    .addHelpText(
      "after",
      `
Examples:
  signalbox channels
  signalbox channels 'process:*'
  signalbox channels --json | jq -r 'select(.subscribers > 0).channel'`,
    );
  withConnection(command).action((pattern: string, flags: ChannelsFlags) => channels(pattern, flags, io));
}

async function channels(pattern: string, flags: ChannelsFlags, io: Io): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const rows: ChannelRow[] = [];
    for await (const page of channelPages(client, pattern)) {
      rows.push(...page);
      if (flags.json) for (const row of page) io.out.line(JSON.stringify(row));
    }
    if (!flags.json) print(rows, pattern, io);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

function print(rows: ChannelRow[], pattern: string, io: Io): void {
  const { paint } = io.out;
  if (rows.length === 0) {
    const which = pattern === "*" ? "no channels yet" : `no channel matches ${sanitised(pattern)}`;
    io.err.line(`${which}: they appear when something is published, such as by \`signalbox run -- COMMAND\``);
    return;
  }
  const now = Date.now();
  const head = ["CHANNEL", "EVENTS", "KEPT FROM", "SUBSCRIBERS", "LAST EVENT"].map((title) => paint.dim(title));
  const lines = rows.map((row) => [
    paint.cyan(row.channel),
    row.offset.toLocaleString("en-US"),
    row.oldest.toLocaleString("en-US"),
    String(row.subscribers),
    ago(now - row.updatedMs),
  ]);
  io.out.write(table([head, ...lines]));
  io.err.line(paint.dim(counted(rows.length, "channel")));
}
