/** Why a command failed: what happened, what to do next, and the number it exits with. */

export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  unreachable: 3,
  notAllowed: 4,
} as const;

export const exitCodesHelp = `Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  the gateway cannot be reached
  4  the gateway does not allow it (token missing, wrong, or without the right)`;

export class Failure extends Error {
  override name = "Failure";
  readonly exitCode: number;
  /** The next step, as a sentence. */
  readonly next: string | undefined;

  constructor(message: string, next?: string, exitCode: number = exitCodes.failure) {
    super(message);
    this.next = next;
    this.exitCode = exitCode;
  }
}

/** What a client's or gateway's error means here. */
export function toFailure(error: unknown, url?: string): Failure {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return new Failure(String(error));
  const help = "help" in error && typeof error.help === "string" ? error.help : undefined;
  if (error.name === "unreachable" || error.name === "bad_answer") {
    const where = url === undefined ? "the gateway" : `the gateway at ${url}`;
    return new Failure(`cannot reach ${where}: ${error.message}`, unreachableHelp, exitCodes.unreachable);
  }
  return new Failure(error.message, help, notAllowed.has(error.name) ? exitCodes.notAllowed : exitCodes.failure);
}

const unreachableHelp =
  "Start one with `signalbox serve`, or name another with --url (or SIGNALBOX_URL). `signalbox doctor` looks closer.";

const notAllowed = new Set(["unauthenticated", "forbidden", "forbidden_host", "forbidden_origin", "token_failed"]);
