import type { Client } from "@signalbox/client";
import type { Publication, Since } from "@signalbox/protocol";
import type { Command } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { collectTag } from "../parse.ts";
import { exitCodeOf } from "../run/exit-code.ts";
import { type CommandRow, untilEnded } from "../steering/commands.ts";
import { argumentsFor, findRunners, type RunnerRow, withRecipe } from "../steering/runners.ts";
import { follow } from "../tail/follow.ts";
import { Printer } from "../tail/printer.ts";
import { sanitised } from "../text/sanitise.ts";

interface StartFlags extends ConnectionFlags {
  runner?: string;
  session?: string;
  agent?: string;
  id?: string;
  title?: string;
  follow?: true;
  json?: true;
}

interface Started {
  processId: string;
  channel: string;
  pid: number;
}

/** A runner that is at work takes it at once; later it would come as a surprise. */
const ttlMs = 60_000;

export function addStart(program: Command, io: Io): void {
  const command = program
    .command("start")
    .summary("have a runner start a recipe")
    .description(
      "Finds a runner that is at work and has the recipe, and tells it to start it. Of several that have it, one that is busy passes it " +
        "on to the next. It fails unless the process runs.",
    )
    .argument("<recipe>", "what to start; a runner's configuration says what there is")
    .argument("[arguments...]", "its arguments, as name=value")
    .option("--runner <name>", "this runner, and no other")
    .option("--session <id>", "the session it belongs to")
    .option("--agent <id>", "the agent it works for (default: the runner)")
    .option("--id <id>", "be process:runner-NAME/ID (default: a new one made from the recipe)")
    .option("--title <title>", "what people call it")
    .option("--follow", "print what it writes, and exit as it does")
    .option("--json", "print which process it is, or with --follow its events, as JSON")
    .addHelpText(
      "after",
      `
Examples:
  signalbox start test
  signalbox start test file=src/cart.test.ts --runner build-3 --follow
  signalbox start deploy target=staging --json | jq -r .channel`,
    );
  withConnection(command).action(async (recipe: string, words: string[], flags: StartFlags) => {
    process.exitCode = await start(recipe, words, flags, io);
  });
}

async function start(recipe: string, words: readonly string[], flags: StartFlags, io: Io): Promise<number> {
  const given = argumentsOf(words);
  const connection = connectionOf(flags, io);
  const client = clientOf(connection);
  try {
    const runners = withRecipe(await findRunners(client, flags.runner), recipe, flags.runner);
    const { started, since } = await startAt(runners, recipe, given, flags, client);
    if (!flags.follow) {
      if (flags.json) io.out.line(JSON.stringify(started));
      else io.out.line(`${io.out.paint.cyan(started.channel)} runs, pid ${started.pid}`);
      return exitCodes.ok;
    }
    if (!flags.json) io.err.line(io.err.paint.dim(`signalbox: ${started.channel} runs`));
    return await followed(started.channel, since, client, connection.url, flags, io);
  } catch (error) {
    throw toFailure(error, connection.url);
  } finally {
    client.close();
  }
}

/** The first that is not busy. A command that has failed as busy has started nothing, so the next one is no second start. */
async function startAt(
  runners: readonly RunnerRow[],
  recipe: string,
  given: Readonly<Record<string, string>>,
  flags: StartFlags,
  client: Client,
): Promise<{ started: Started; since: Since }> {
  let last: CommandRow | undefined;
  for (const { channel: target, recipes } of runners) {
    const args = {
      recipe,
      ...(Object.keys(given).length === 0 ? {} : { args: argumentsFor(recipes.get(recipe) ?? new Map(), given) }),
      ...(flags.session === undefined ? {} : { sessionId: flags.session }),
      ...(flags.agent === undefined ? {} : { agentId: flags.agent }),
      ...(flags.id === undefined ? {} : { processId: flags.id }),
      ...(flags.title === undefined ? {} : { title: flags.title }),
    };
    const since = await sinceOf(target, flags, client);
    const body = { target, name: "start", args, ttlMs };
    const row = await untilEnded(client, await client.request<CommandRow>("/v1/commands", { method: "POST", body }));
    if (row.state === "done" && isStarted(row.result)) return { started: row.result, since };
    last = row;
    if (row.code !== "busy") break;
  }
  const why = last?.error === undefined ? (last?.state ?? "") : sanitised(last.error);
  throw new Failure(`${recipe} was not started: ${why}`, nextFor(last));
}

function nextFor(row: CommandRow | undefined): string | undefined {
  if (row?.code === "busy")
    return "Start it again when something has ended, or raise concurrency in the runner's configuration.";
  if (row?.code === "interrupted")
    return "The runner died meanwhile: `signalbox top 'process:*'` shows whether anything ran.";
  return undefined;
}

/** A name that was used before has a history: only what is new is followed. */
async function sinceOf(target: string, { id }: StartFlags, client: Client): Promise<Since> {
  if (id === undefined) return "earliest";
  const channel = `process:${target.slice("agent:".length)}/${id}`;
  const found = await client
    .request<{ epoch: string; offset: number }>(`/v1/channels/${encodeURIComponent(channel)}`)
    .catch(() => undefined);
  return found === undefined || found.offset < 1 ? "earliest" : { epoch: found.epoch, offset: found.offset };
}

async function followed(
  channel: string,
  since: Since,
  client: Client,
  url: string,
  flags: StartFlags,
  io: Io,
): Promise<number> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, onSignal);
  let end: Publication | undefined;
  const what = {
    ...{
      client,
      url,
      targets: [channel],
      since,
      positions: {},
      types: undefined,
      untilStopped: true,
      stop: stop.signal,
    },
    shows: (event: Publication) => {
      if (event.type === "process_stopped") end = event;
      return flags.json === true || event.type === "process_output";
    },
    printer: new Printer(io.out, { json: flags.json === true, prefix: false }),
    onPositions: () => undefined,
  };
  await follow(what, io);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, onSignal);
  if (end === undefined) {
    io.err.line(`signalbox: ${channel} goes on; \`signalbox command ${channel} cancel\` ends it`);
    return exitCodes.ok;
  }
  const { exitCode, signal, reason } = Object(end.data);
  const how = typeof signal === "string" ? signal : `exit code ${typeof exitCode === "number" ? exitCode : "unknown"}`;
  if (typeof reason === "string") io.err.line(`signalbox: ended by ${sanitised(how)}: ${sanitised(reason)}`);
  return exitCodeOf({
    exitCode: typeof exitCode === "number" ? exitCode : null,
    signal: typeof signal === "string" ? signal : null,
    startError: undefined,
  });
}

function argumentsOf(words: readonly string[]): Record<string, string> {
  try {
    return words.reduce<Record<string, string>>((given, word) => collectTag(word, given), {});
  } catch {
    throw new Failure(
      "arguments are written name=value",
      "Such as: signalbox start test file=src/a.test.ts",
      exitCodes.usage,
    );
  }
}

const isStarted = (result: unknown): result is Started =>
  ["processId", "channel"].every((name) => typeof Reflect.get(Object(result), name) === "string");
