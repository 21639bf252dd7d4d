import { flushSpools, ptyFault, type RunResult, type RunStatus, runProcess, spoolRoot } from "@signalbox/agent";
import { isChannel } from "@signalbox/protocol";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Io } from "../io.ts";
import { collectTag, parseBytes } from "../parse.ts";
import { exitCodeOf } from "../run/exit-code.ts";
import { RunNotices } from "../run/notices.ts";

interface RunFlags extends ConnectionFlags {
  name?: string;
  id?: string;
  pty?: true;
  tag?: Record<string, string>;
  agent?: string;
  session?: string;
  spoolLimit?: number;
  quiet?: true;
  json?: true;
}

export function addRun(program: Command, io: Io): void {
  const command = program
    .command("run")
    .summary("run a command and publish what it does")
    .description(
      "Runs a command as it would run without signalbox, and publishes its lines, its use of the machine and its end to " +
        "process:ID. Lines are on disk before they are sent: a gateway that is away, or comes back, loses none. The exit " +
        "code is the command's; 127 if there is no such command, 126 if it cannot be run, 128 + n after signal n.",
    )
    .argument("<command...>", "the command and its arguments, after --")
    .passThroughOptions()
    .option("--name <name>", "what people call it (default: the command)")
    .option("--id <id>", "publish to process:ID (default: a new one made from the command)")
    .option("--pty", "run it in a pseudo-terminal, for programs that draw or ask")
    .option("--tag <name=value>", "a tag that filters can select by; may be repeated", collectTag)
    .option("--agent <id>", "the agent that runs it")
    .option("--session <id>", "the session it belongs to")
    .option(
      "--spool-limit <bytes>",
      "hold the command back when so much waits for the gateway (default: 1G)",
      parseBytes,
    )
    .option("--quiet", "say nothing of our own unless something is wrong")
    .option("--json", "say it as JSON, one object a line, on stderr: stdout is the command's")
    .addHelpText(
      "after",
      `
Examples:
  signalbox run -- npm test
  signalbox run --name "nightly build" --id nightly --tag team=blue -- make -j8
  signalbox run --pty -- htop
  tail -f /var/log/syslog | signalbox run --id syslog -- cat

When the gateway is away at the end, \`run\` waits for it; Ctrl-C leaves the rest in the spool (\`signalbox spool\`).`,
    );
  withConnection(command).action(async (words: string[], flags: RunFlags) => {
    process.exitCode = await run(words, flags, io);
  });
}

async function run([command = "", ...args]: string[], flags: RunFlags, io: Io): Promise<number> {
  if (flags.id !== undefined && !isChannel(`process:${flags.id}`)) {
    const next = "Use letters, digits and ._~:/@+=,- (at most 200).";
    throw new Failure(`--id cannot be ${JSON.stringify(flags.id)}`, next, exitCodes.usage);
  }
  const fault = flags.pty ? await ptyFault() : undefined;
  if (fault !== undefined) {
    throw new Failure(`--pty does not work here: ${fault}`, "Leave it out, or: npm install @lydell/node-pty");
  }
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  const notices = new RunNotices(io.err, connection.url, flags);
  const leave = new AbortController();
  const spool = { root: spoolRoot(io.env), ...(flags.spoolLimit === undefined ? {} : { maxBytes: flags.spoolLimit }) };

  // What earlier runs left is sent beside this one.
  const earlier = flushSpools({ gateway: client, url: connection.url, root: spool.root, leave: leave.signal }).catch(
    (error: unknown) => notices.earlierFailed(error),
  );
  const onSignal = (): void => leave.abort();
  let sending = false;
  const onStatus = (status: RunStatus): void => {
    if (status.phase === "sending" && !sending) {
      sending = true;
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
    }
    notices.status(status);
  };
  let result: RunResult;
  try {
    result = await runProcess({
      command,
      args,
      name: flags.name ?? [command, ...args].join(" ").slice(0, 120),
      ...(flags.id === undefined ? {} : { processId: flags.id }),
      ...(flags.tag === undefined ? {} : { tags: flags.tag }),
      ...(flags.agent === undefined ? {} : { agentId: flags.agent }),
      ...(flags.session === undefined ? {} : { sessionId: flags.session }),
      pty: flags.pty === true,
      cwd: io.cwd,
      env: io.env,
      stdin: "inherit",
      stdout: process.stdout,
      stderr: process.stderr,
      forwardSignals: true,
      gateway: client,
      url: connection.url,
      spool,
      leave: leave.signal,
      onStatus,
      onRefused: (number, error) => notices.refused(number, error),
    });
  } finally {
    notices.end();
  }
  leave.abort();
  await earlier;
  client.close();
  notices.result(command, result);
  return exitCodeOf(result);
}
