import { flushSpools, listSpools, type SpoolListing, spoolRoot } from "@signalbox/agent";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Io } from "../io.ts";
import { ago, counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";
import { table } from "../text/table.ts";

interface SpoolFlags {
  json?: true;
}

interface FlushFlags extends ConnectionFlags, SpoolFlags {
  all?: true;
}

export function addSpool(program: Command, io: Io): void {
  const spool = program
    .command("spool")
    .summary("show and send what waits for a gateway")
    .description(
      "Events of `signalbox run` are written to disk before they are sent. What could not be sent stays there, until " +
        "a later `signalbox run` for the same gateway, or `signalbox spool flush`, sends it.",
    )
    .addHelpText(
      "after",
      `
Examples:
  signalbox spool list
  signalbox spool flush
  signalbox spool flush --all --url http://127.0.0.1:7401     also what was meant for another address`,
    );
  spool
    .command("list")
    .description("Lists spools, oldest first.")
    .option("--json", "print each spool as JSON, one a line")
    .action((flags: SpoolFlags) => list(flags, io));
  withConnection(
    spool
      .command("flush")
      .description("Sends what is in the spools for this gateway; those of running commands are left to them.")
      .option("--all", "also spools that were meant for another gateway")
      .option("--json", "print each spool that was sent as JSON, one a line"),
  ).action((flags: FlushFlags) => flush(flags, io));
}

function list(flags: SpoolFlags, io: Io): void {
  const spools = listSpools(spoolRoot(io.env));
  if (flags.json) {
    for (const spool of spools) io.out.line(JSON.stringify(toJson(spool)));
  } else if (spools.length === 0) {
    io.err.line("nothing waits");
  } else {
    const { paint } = io.out;
    const now = Date.now();
    const head = ["WAITING", "CHANNEL", "FOR", "BEGUN", "COMMAND"].map((title) => paint.dim(title));
    const rows = spools.map(({ about, waiting, inUse }) => [
      waiting.toLocaleString("en-US") + (inUse ? " (running)" : ""),
      paint.cyan(sanitised(about.channel)),
      sanitised(about.url),
      ago(now - about.createdMs),
      sanitised(about.title).slice(0, 60),
    ]);
    io.out.write(table([head, ...rows]));
  }
}

async function flush(flags: FlushFlags, io: Io): Promise<void> {
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  const leave = new AbortController();
  const onSignal = (): void => leave.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    const flushed = await flushSpools({
      gateway: client,
      url: connection.url,
      all: flags.all === true,
      root: spoolRoot(io.env),
      leave: leave.signal,
      onProgress: (about, waiting) => {
        if (!io.err.isTerminal || flags.json) return;
        io.err.write(`\r\u001b[K${sanitised(about.channel)}: ${counted(waiting, "event")} waiting; Ctrl-C stops\r`);
      },
    });
    if (io.err.isTerminal && !flags.json) io.err.write("\u001b[K");
    for (const { about, sent, left } of flushed) {
      if (flags.json) io.out.line(JSON.stringify({ channel: about.channel, url: about.url, sent, left }));
      else
        io.out.line(`${sanitised(about.channel)}: ${counted(sent, "event")} sent${left > 0 ? `, ${left} left` : ""}`);
    }
    if (flushed.length === 0 && !flags.json) io.err.line(`nothing waits for ${connection.url}`);
    const left = flushed.reduce((sum, each) => sum + each.left, 0);
    if (left > 0) {
      const next = "Look at the gateway with `signalbox doctor`, then flush again.";
      throw new Failure(`${counted(left, "event")} could not be sent`, next, exitCodes.failure);
    }
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    client.close();
  }
}

const toJson = ({ about, waiting, bytes, inUse, directory }: SpoolListing): object => ({
  channel: about.channel,
  url: about.url,
  command: about.title,
  createdMs: about.createdMs,
  waiting,
  bytes,
  inUse,
  directory,
});
