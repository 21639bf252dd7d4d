/** The command line of the fuzzer. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";

export interface Options {
  help: boolean;
  /** Per entry. */
  cases: number;
  /** The same seed makes the same cases. */
  seed: number;
  /** Begins with the batch that has this case; 0 is the first. */
  from: number;
  /** Longest time per entry, milliseconds; it then ends with the cases it had. */
  atMostMs: number;
  /** Names of entries; empty for all. */
  only: readonly string[];
  coverage: boolean;
}

const defaultCases = 20_000;
/** A day: as good as no end. */
const defaultMinutes = 1_440;

/** Throws with a sentence for arguments that make no sense. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cases: { type: "string", default: String(defaultCases) },
      seed: { type: "string", default: String(randomInt(2 ** 31)) },
      from: { type: "string", default: "0" },
      minutes: { type: "string", default: String(defaultMinutes) },
      only: { type: "string", default: "" },
      coverage: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return {
    help: values.help,
    cases: whole("--cases", values.cases, 1),
    seed: whole("--seed", values.seed, 0),
    from: whole("--from", values.from, 0),
    atMostMs: whole("--minutes", values.minutes, 1) * 60_000,
    only: values.only.split(",").filter((name) => name !== ""),
    coverage: values.coverage,
  };
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || value > 2 ** 31) {
    throw new Error(`${name} must be a whole number from ${least}, not ${text}`);
  }
  return value;
}

export const help = (entries: readonly { name: string; about: string }[]): string => `npm run fuzz -- [options]

Feeds every entry of the gateway with made-up input, and stops with exit code 1 at what it should not have done.

Entries
${entries.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join("\n")}

Options
  --cases N      cases per entry; ${defaultCases} if absent
  --seed S       the same seed makes the same cases; a random one if absent, and printed
  --from K       begins with the batch that has case K
  --minutes M    ends an entry after so long, with the cases it had
  --only A,B     only these entries
  --coverage     how much of each parser the cases reached
  -h, --help     this text`;
