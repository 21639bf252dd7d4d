/** The gateway's own log: JSON lines, or lines for people on a terminal. */
import { type DestinationStream, type Logger, pino } from "pino";
import { prettyFactory } from "pino-pretty";
import type { LogLevel } from "./config/load.ts";

export type Log = Logger;

/** Whatever is logged under these names is never written. */
const secrets = ["authorization", "cookie", "token", "adminToken", "password", "secret"];

/** Writes to `out`, or to standard output. */
export function createLog(options: { level: LogLevel; pretty: boolean }, out?: DestinationStream): Log {
  const paths = secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const settings = {
    level: options.level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths, censor: "[removed]" },
  };
  // Written at once, so that the last line before the end is not lost.
  const plain = out ?? pino.destination({ dest: 1, sync: true });
  if (!options.pretty) return pino(settings, plain);
  const pretty = prettyFactory({ translateTime: "SYS:HH:MM:ss" });
  return pino(settings, { write: (line) => plain.write(pretty(line)) });
}

/** Text from outside, safe to show: one line, no control or direction characters, not endless. */
export const printable = (text: string): string =>
  text.slice(0, 200).replace(/[\p{C}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
