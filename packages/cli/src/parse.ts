/** Values of flags. Commander turns the error into a usage message. */
import { isChannel, isPattern } from "@signalbox/protocol";
import { InvalidArgumentError } from "commander";

export function parseCount(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

export function parsePort(text: string): number {
  const port = parseCount(text);
  if (port > 65_535) throw new InvalidArgumentError("A port is at most 65535.");
  return port;
}

/** `k=v`, given any number of times. */
export function collectTag(text: string, tags: Record<string, string> = {}): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("Write it as name=value.");
  return { ...tags, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** `512M`, `2G`, `1000000`: bytes. */
export function parseBytes(text: string): number {
  const [, digits = "", unit = ""] = /^([0-9]{1,12})([KMG]?)i?B?$/i.exec(text) ?? [];
  if (digits === "") throw new InvalidArgumentError("Write it as 512M or 2G.");
  const factors: Record<string, number> = { "": 1, K: 1_024, M: 1_048_576, G: 1_073_741_824 };
  return Number(digits) * (factors[unit.toUpperCase()] ?? 1);
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `90m`, `12h`, `30d`, `4w`: milliseconds. */
export function parseDuration(text: string): number {
  const [, digits = "", unit = ""] = /^([1-9][0-9]{0,4})([mhdw])$/.exec(text) ?? [];
  const each = unitMs[unit];
  if (each === undefined) throw new InvalidArgumentError("Write it as 90m, 12h, 30d or 4w.");
  return Number(digits) * each;
}

/** `5`, `0.5`, `1e6`; `none`: no limit. */
export function parseLimit(text: string): number | "none" {
  if (text === "none") return text;
  const limit = /^[0-9.]+(e[0-9]+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!(limit > 0)) throw new InvalidArgumentError("It must be a number above 0, such as 5 or 1e6; or none.");
  return limit;
}

/** `0.8`, `80%`; `never`. */
export function parseShare(text: string): number | "never" {
  if (text === "never") return text;
  const [, digits = "", percent] = /^([0-9]+(?:\.[0-9]+)?|\.[0-9]+)(%?)$/.exec(text) ?? [];
  const share = Number(digits) / (percent === "%" ? 100 : 1);
  if (!(share > 0 && share <= 9)) throw new InvalidArgumentError("It must be a share such as 0.8 or 80%; or never.");
  return share;
}

/** Given any number of times. */
export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

export interface GivenCapability {
  channels: string;
  verbs: string[];
  /** Of the verb `command`: only these. */
  commands?: string[];
}

/** A verb, perhaps with names; it ends with a comma that more follows, or with the text. */
const verbs = /([^,()]+)(?:\(([^()]*)\))?(?:,(?!$)|$)/y;

/**
 * `agent:*=subscribe,command(pause,resume)`, given any number of times. A channel's name may hold an equals sign; a verb does
 * not, nor a command's name that is written here.
 */
export function collectCapability(text: string, before: readonly GivenCapability[] = []): GivenCapability[] {
  const equals = text.lastIndexOf("=");
  const channels = text.slice(0, Math.max(0, equals));
  const rights = readVerbs(text.slice(equals + 1));
  if (equals < 1 || rights === undefined) {
    throw new InvalidArgumentError("Write it as 'agent:*=subscribe,history' or 'agent:*=command(pause,resume)'.");
  }
  if (!isChannel(channels) && !isPattern(channels)) {
    throw new InvalidArgumentError(`${JSON.stringify(channels)} is neither a channel nor a pattern such as agent:*.`);
  }
  return [...before, { channels, ...rights }];
}

/** `undefined` where it is not verbs and commas, or names commands of anything but `command`. */
function readVerbs(text: string): Omit<GivenCapability, "channels"> | undefined {
  const named: string[] = [];
  let commands: string[] | undefined;
  verbs.lastIndex = 0;
  while (verbs.lastIndex < text.length) {
    const [, verb, inside] = verbs.exec(text) ?? [];
    if (verb === undefined) return undefined;
    named.push(verb);
    if (inside === undefined) continue;
    commands = inside.split(",");
    if (verb !== "command" || commands.some((name) => name === "" || name.length > 64)) return undefined;
  }
  if (commands === undefined) return named.length === 0 ? undefined : { verbs: named };
  // Beside `command`, which is all of them, names would mean nothing.
  return named.indexOf("command") === named.lastIndexOf("command") ? { verbs: named, commands } : undefined;
}
