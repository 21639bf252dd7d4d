/** The gateway's own log: JSON lines, or lines for people on a terminal. Secrets reach neither. */
import { type DestinationStream, type Logger, pino } from "pino";
import { prettyFactory } from "pino-pretty";
import type { LogLevel } from "./config/load.ts";
import { escaped, escapedJson, readable, recordReader } from "./log-record.ts";

export type Log = Logger;

/** Writes to `out`, or to standard output. */
export function createLog(options: { level: LogLevel; pretty: boolean }, out?: DestinationStream): Log {
  const settings = {
    level: options.level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // Written at once, so that the last line before the end is not lost.
  const plain = out ?? pino.destination({ dest: 1, sync: true });
  const read = recordReader();
  const lineOf = options.pretty ? forPeople() : forPrograms;
  return pino(settings, { write: (line) => plain.write(lineOf(read(line))) });
}

const forPrograms = (record: unknown): string => `${escapedJson(JSON.stringify(record))}\n`;

function forPeople(): (record: unknown) => string {
  const pretty = prettyFactory({ translateTime: "SYS:HH:MM:ss" });
  return (record) => pretty(readable(record));
}

const longest = 200;

/** Text from outside, safe to show: one line, no control or direction characters, not endless. */
export const printable = (text: string): string => escaped(text.slice(0, longest));
