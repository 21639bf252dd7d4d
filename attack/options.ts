/** The command line of the attack runner. */
import { parseArgs } from "node:util";
import type { Attack } from "./attacks/attack.ts";
import { attacks } from "./attacks/index.ts";

export interface Options {
  help: boolean;
  attacks: readonly Attack[];
  /** Of each attack, and of the quiet time before and after it. */
  seconds: number;
  /** Where the result is written to as JSON; undefined: nowhere. */
  json: string | undefined;
  /** A gateway that runs already, on this machine; undefined: one is started. */
  url: URL | undefined;
  strict: boolean;
}

/** What was typed makes no sense, said in a sentence. */
export class UsageError extends Error {}

const secondsAtMost = 600;

/** Throws UsageError when the arguments name what there is not, or a machine that is not this one. */
export function readOptions(args: readonly string[]): Options {
  const values = parsed(args);
  return {
    help: values.help,
    attacks: chosen(values.only?.split(",") ?? []),
    seconds: secondsOf(values.seconds),
    json: values.json,
    url: values.url === undefined ? undefined : loopback(values.url),
    strict: values.strict,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h", default: false },
        only: { type: "string" },
        seconds: { type: "string", default: "10" },
        json: { type: "string" },
        url: { type: "string" },
        strict: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function chosen(names: readonly string[]): readonly Attack[] {
  const unknown = names.filter((name) => !attacks.some((one) => one.name === name));
  if (unknown.length > 0) {
    const known = attacks.map((one) => one.name).join(", ");
    throw new UsageError(`there is no attack named ${unknown.join(", ")}; there are: ${known}`);
  }
  return attacks.filter((one) => names.length === 0 || names.includes(one.name));
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= secondsAtMost) return seconds;
  throw new UsageError(`--seconds must be a whole number from 1 to ${secondsAtMost}`);
}

/** The names themselves, not what they resolve to: a name may resolve to another machine the next time. */
const ownNames: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);

function loopback(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:") throw new UsageError(`--url must be like http://127.0.0.1:7400, not ${text}`);
  if (!ownNames.has(url.hostname)) {
    throw new UsageError(
      `--url ${text} is not this machine: attacks are run against 127.0.0.1, ::1 or localhost and nothing else`,
    );
  }
  return url;
}

export function help(): string {
  const list = attacks.map(({ name, about }) => `  ${name.padEnd(15)}${about}`).join("\n");
  return `npm run attack -- [options]

Starts a gateway on this machine, attacks it in one way after the other from a process of its own, and shows what a
healthy client, in another process, notices: it publishes 100 events/s to 4 subscribers and subscribes anew 10 times a
second. Exit code 1 when the gateway ended, logged a fault or grew beyond bounds, or when the healthy client lost a
message, got one twice or was refused. Each attack is first made on another gateway, which shows what it costs to share
the machine with it: a p99 of twice that, and of twice the quiet one, is said ("over"), and counts with --strict only,
because on a machine that others use it may be theirs. The quiet p99 is the median of those of all quiet times.

Attacks
${list}

Options
  --only a,b        only these
  --seconds N       of each attack, and of the quiet time around it (default 10)
  --json FILE       the result as JSON, too
  --strict          exit code 1 also when a p99 is over
  --url URL         a gateway that runs already, on this machine only; SIGNALBOX_TOKEN is its token
  -h, --help        this text`;
}
