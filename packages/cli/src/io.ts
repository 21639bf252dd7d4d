/** The streams and surroundings that commands work with; tests bring their own. */
import type { Readable, Writable } from "node:stream";
import pc from "picocolors";

export type Colours = ReturnType<typeof pc.createColors>;

export interface Out {
  readonly stream: Writable;
  readonly isTerminal: boolean;
  /** Paint nothing unless this is a terminal whose user wants it. */
  readonly paint: Colours;
  write(text: string): void;
  line(text?: string): void;
}

export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: Readable;
  /** Results. */
  readonly out: Out;
  /** What is said about the work: progress, warnings, errors. */
  readonly err: Out;
}

export function systemIo(): Io {
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    // Undefined for pipes and files, which picocolors would take for "find out", and paint where CI is set.
    out: outOf(process.stdout, process.stdout.isTTY === true, process.env),
    err: outOf(process.stderr, process.stderr.isTTY === true, process.env),
  };
}

export function outOf(stream: Writable, isTerminal: boolean, env: NodeJS.ProcessEnv): Out {
  const write = (text: string): void => {
    stream.write(text);
  };
  return {
    stream,
    isTerminal,
    // https://no-color.org: any text that is not empty.
    paint: pc.createColors(isTerminal && !env.NO_COLOR && env.TERM !== "dumb"),
    write,
    line: (text = "") => write(`${text}\n`),
  };
}
