import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "@signalbox/client";
import { isChannel, isPattern } from "@signalbox/protocol";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { parseCount } from "../parse.ts";
import type { CommandRow } from "../steering/commands.ts";
import { pagesOf } from "../steering/pages.ts";
import { answersOf, describeAnswers, isAnswered } from "../steering/stopping.ts";
import { counted } from "../text/describe.ts";
import { sanitised } from "../text/sanitise.ts";

interface StopFlags extends ConnectionFlags {
  pause?: true;
  yes?: true;
  timeout: number;
  json?: true;
}

interface Group {
  group: string;
  commands: Array<{ commandId: string; target: string; error?: { message: string } }>;
}

/** Milliseconds between looks at who has answered. */
const lookEveryMs = 250;

export function addStop(program: Command, io: Io): void {
  const command = program
    .command("stop")
    .summary("tell a fleet to stop, and see who does")
    .description(
      "Gives the command cancel to everybody at work on the channels of a pattern, and shows who acknowledges it, until " +
        "all have ended it or the time is up. Ends with 0 if all acknowledged it and nobody failed.",
    )
    .argument("[pattern]", "whom: agents, or what runners run with 'process:*'", "agent:*")
    .option("--pause", "tell them to pause instead")
    .option("--yes", "do not ask first")
    .option("--timeout <seconds>", "how long to wait for their ends", parseCount, 30)
    .option("--json", "print what came of it as JSON")
    .addHelpText(
      "after",
      `
Examples:
  signalbox stop
  signalbox stop 'agent:review-*' --pause --yes
  signalbox stop 'process:*' --yes --timeout 60 --json`,
    );
  withConnection(command).action((pattern: string, flags: StopFlags) => stop(pattern, flags, io));
}

async function stop(pattern: string, flags: StopFlags, io: Io): Promise<void> {
  if (!isPattern(pattern) && !isChannel(pattern)) {
    const next = "Write it as agent:* (in quotes, for the shell).";
    throw new Failure(`${JSON.stringify(pattern)} is neither a channel nor a pattern`, next, exitCodes.usage);
  }
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  const name = flags.pause ? "pause" : "cancel";
  try {
    if (!flags.yes) await confirm(client, pattern, name, io);
    await watch(client, await give(client, pattern, name), name, flags, io);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

async function give(client: Client, target: string, name: string): Promise<Group> {
  const group = `stop-${randomBytes(8).toString("hex")}`;
  if (isPattern(target)) {
    return client.request<Group>("/v1/commands", { method: "POST", body: { target, name, commandId: group } });
  }
  // One is a group as well.
  const body = { target, name, commandId: `${group}.1`, group };
  const { commandId } = await client.request<CommandRow>("/v1/commands", { method: "POST", body });
  return { group, commands: [{ commandId, target }] };
}

/** Throws Failure unless a person at a terminal says yes. */
async function confirm(client: Client, pattern: string, name: string, io: Io): Promise<void> {
  if (!io.err.isTerminal || Reflect.get(io.stdin, "isTTY") !== true) {
    const next = `Say --yes where nobody can be asked.`;
    throw new Failure(`this would tell everybody of ${pattern} to ${name}`, next, exitCodes.usage);
  }
  let held = 0;
  for await (const page of pagesOf(client, "leases", { channel: pattern, state: "held" })) held += page.length;
  const terminal = createInterface({ input: io.stdin, output: io.err.stream });
  try {
    const answer = await terminal.question(
      `${name} ${counted(held, "agent or process", "agents and processes")} of ${pattern}? [y/N] `,
    );
    if (!/^y(es)?$/i.test(answer.trim())) throw new Failure("nobody was told anything");
  } finally {
    terminal.close();
  }
}

async function watch(
  client: Client,
  { group, commands }: Group,
  name: string,
  flags: StopFlags,
  io: Io,
): Promise<void> {
  const refused = commands.filter(({ error }) => error !== undefined);
  const until = performance.now() + flags.timeout * 1_000;
  const show = progress(io, flags.json === true);
  let answers = answersOf(commands.length - refused.length, refused.length, {});
  for (;;) {
    const { counts } = await client.request<{ counts: Record<string, number> }>(`/v1/commands?group=${group}&limit=1`);
    answers = answersOf(commands.length - refused.length, refused.length, counts);
    show(describeAnswers(answers, name));
    if (answers.open === 0 || performance.now() >= until) break;
    await wait(lookEveryMs);
  }
  show(undefined);
  const others: CommandRow[] = [];
  for await (const page of pagesOf<CommandRow>(client, "commands", { group })) {
    others.push(...page.filter(({ state }) => state !== "done"));
  }
  if (flags.json) {
    const rest = others.map(({ commandId, target, state, error }) => ({ commandId, target, state, error }));
    io.out.line(JSON.stringify({ group, name, ...answers, others: rest, refusals: refused }));
  } else {
    for (const { target, error } of refused) io.out.line(`${target}  refused: ${sanitised(error?.message ?? "")}`);
    for (const { target, state, error } of others) {
      io.out.line(`${target}  ${state === "queued" ? "not answering" : state}${error ? `: ${sanitised(error)}` : ""}`);
    }
    io.out.line(describeAnswers(answers, name));
  }
  if (!isAnswered(answers)) {
    throw new Failure("not all acknowledged it", `Look again: signalbox commands --state open`);
  }
}

/** One line that is written over on a terminal, and a line for each change elsewhere; `undefined` ends it. */
function progress(io: Io, isQuiet: boolean): (line: string | undefined) => void {
  let last: string | undefined;
  return (line) => {
    if (isQuiet || line === last) return;
    if (io.err.isTerminal) io.err.write(`\r\u001b[K${line ?? ""}`);
    else if (line !== undefined) io.err.line(line);
    last = line;
  };
}
