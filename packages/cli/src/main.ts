/** The `signalbox` command: from arguments to an exit code. */
import { GatewayError } from "@signalbox/client";
import { CommanderError } from "commander";
import { exitCodes, Failure, toFailure } from "./failure.ts";
import { type Io, systemIo } from "./io.ts";
import { createProgram } from "./program.ts";

async function main(argv: readonly string[], io: Io): Promise<void> {
  try {
    await createProgram(io).parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error, io);
  }
}

function report(error: unknown, io: Io): number {
  // Help and usage errors were printed by commander itself.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const { message, next, exitCode } = toFailure(error);
  io.err.line(`${io.err.paint.red("signalbox:")} ${message}`);
  if (next) io.err.line(`  ${next}`);
  // Neither foreseen nor the system's: a fault of ours, which needs its place to be found.
  const foreseen =
    error instanceof Failure || error instanceof GatewayError || (error instanceof Error && "code" in error);
  if (!foreseen && error instanceof Error && error.stack) io.err.line(error.stack);
  return exitCode;
}

// `signalbox tail … | head`: the reader has enough. A command that has its own way with that says so by listening.
process.stdout.on("error", () => {
  if (process.stdout.listenerCount("error") === 1) process.exit(exitCodes.ok);
});

await main(process.argv, systemIo());
// Pipes may still hold what was written; idle connections must not keep us.
process.stdout.write("", () => process.exit());
