import type { TransportName } from "@signalbox/client";
import { isChannel, isPattern, type Publication, parsePosition, type Since } from "@signalbox/protocol";
import { type Command, Option } from "commander";
import { type ConnectionFlags, clientOf, connectionOf, withConnection } from "../connection.ts";
import { exitCodes, Failure, toFailure } from "../failure.ts";
import type { Io } from "../io.ts";
import { parseCount } from "../parse.ts";
import { follow } from "../tail/follow.ts";
import { Printer } from "../tail/printer.ts";
import { readOnce } from "../tail/read-once.ts";
import { type Positions, readPositions, resumePath, writePositions } from "../tail/resume-file.ts";

interface TailFlags extends ConnectionFlags {
  since?: string;
  last: number;
  types?: string[];
  json?: true;
  follow: boolean;
  transport?: TransportName;
  resume?: string;
  untilStopped?: true;
}

/** Positions are saved at most this often; a tail that is killed prints the last second again. */
const saveMs = 1_000;

export function addTail(program: Command, io: Io): void {
  const command = program
    .command("tail")
    .summary("print a channel's events, and follow it")
    .description(
      "Prints the newest events of channels or patterns, then follows them. A lost link is said on stderr and resumed: " +
        "nothing is missing and nothing comes twice. A gap, if there is one, is printed where it is. Metrics are left " +
        "out unless --types names them or --json is given.",
    )
    .argument("<channel...>", "channels (process:build) or patterns (process:*)")
    .option("--last <n>", "begin with the newest n events", parseCount, 10)
    .option("--since <where>", "begin at earliest, now, or a position EPOCH:OFFSET")
    .option("--types <types>", "only events of these types, with commas between", parseTypes)
    .option("--json", "print each message as JSON, one a line")
    .option("--no-follow", "end at what is the newest now")
    .option("--until-stopped", "end when the process has stopped")
    .option("--resume <name>", "keep the position under this name, and begin where the last run with it ended")
    .addOption(new Option("--transport <name>", "force one way to connect").choices(["websocket", "sse", "poll"]))
    .addHelpText(
      "after",
      `
Examples:
  signalbox tail process:build-7f3a                 the last 10 events, then what comes
  signalbox tail 'process:*' 'agent:*'              everything the fleet does
  signalbox tail process:build --since earliest --no-follow > build.log
  signalbox tail 'agent:*' --types agent_error --json | jq .data
  signalbox tail process:build --resume nightly     goes on where the last run stopped`,
    );
  withConnection(command).action((targets: string[], flags: TailFlags) => tail(targets, flags, io));
}

async function tail(targets: string[], flags: TailFlags, io: Io): Promise<void> {
  for (const target of targets) checkTarget(target);
  const connection = connectionOf(flags, io);
  const since = sinceOf(flags);
  const path = flags.resume === undefined ? undefined : resumePath(flags.resume, io.env);
  const client = clientOf(connection, flags.transport && [flags.transport]);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, onSignal);
  const saver = path === undefined ? undefined : new Saver(path);
  try {
    const what = {
      client,
      targets: [...new Set(targets)],
      since,
      positions: saver?.positions ?? {},
      types: flags.types,
      shows: showsBy(flags),
      printer: new Printer(io.out, {
        json: flags.json === true,
        prefix: targets.length > 1 || targets.some(isPattern),
      }),
      stop: stop.signal,
      onPositions: (positions: Positions) => saver?.saw(positions),
    };
    if (flags.follow) {
      await follow({ ...what, url: connection.url, untilStopped: flags.untilStopped === true }, io);
    } else {
      await readOnce(what);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw toFailure(error, connection.url);
  } finally {
    saver?.save();
    client.close();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, onSignal);
  }
}

/** Keeps positions on disk, not at every event. */
class Saver {
  readonly #path: string;
  positions: Positions;
  #savedMs = 0;

  constructor(path: string) {
    this.#path = path;
    this.positions = readPositions(path);
  }

  /** Channels that this run did not follow keep theirs. */
  saw(positions: Positions): void {
    this.positions = { ...this.positions, ...positions };
    if (Date.now() - this.#savedMs >= saveMs) this.save();
  }

  save(): void {
    this.#savedMs = Date.now();
    writePositions(this.#path, this.positions);
  }
}

const showsBy = (flags: TailFlags) => (event: Publication) =>
  flags.json === true || flags.types !== undefined || !event.type.endsWith("_metric");

function checkTarget(target: string): void {
  if (isChannel(target) || isPattern(target)) return;
  throw new Failure(
    `${JSON.stringify(target)} is neither a channel nor a pattern`,
    "Write it as process:build or process:* (in quotes, for the shell); `signalbox channels` lists what there is.",
    exitCodes.usage,
  );
}

function sinceOf(flags: TailFlags): Since {
  if (flags.since === undefined) return flags.last === 0 ? "now" : { last: flags.last };
  if (flags.since === "earliest" || flags.since === "now") return flags.since;
  const position = parsePosition(flags.since);
  if (position !== undefined) return position;
  throw new Failure(
    `--since is not a position: ${flags.since}`,
    "Use earliest, now, or EPOCH:OFFSET.",
    exitCodes.usage,
  );
}

const parseTypes = (text: string): string[] => text.split(",").filter((type) => type !== "");
