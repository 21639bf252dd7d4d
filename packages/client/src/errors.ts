/** Problems as values, and as the error that promises reject with. */
import type { ClientErrorName, Problem } from "./types.ts";

export class GatewayError extends Error {
  override readonly name: Problem["name"];
  /** The row of spec/codes.json; 0 for what the client itself found. */
  readonly number: number;
  /** May the same request succeed later? */
  readonly temporary: boolean;
  /** What to do. */
  readonly help: string;
  /** HTTP status, where the error came with one. */
  readonly status: number | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(problem: Problem, status?: number) {
    super(problem.message);
    this.name = problem.name;
    this.number = problem.number;
    this.temporary = problem.temporary;
    this.help = problem.help;
    this.status = status;
    this.details = problem.details;
  }
}

/** A problem of the client's own; one function each, so that a bundle has only those it can meet. */
const own = (name: ClientErrorName, message: string, help: string, temporary = true): Problem => ({
  name,
  number: 0,
  message,
  temporary,
  help,
});

export const queueFull = (message: string): Problem =>
  own("queue_full", message, "Wait until earlier events are acknowledged.");
export const closed = (message: string): Problem => own("closed", message, "Call connect().", false);
export const unreachable = (message: string): Problem =>
  own("unreachable", message, "Is the gateway running, and the address right?");
export const badAnswer = (message: string): Problem =>
  own("bad_answer", message, "Something else answers in the gateway's place.");
export const tokenFailed = (message: string): Problem =>
  own("token_failed", message, `Look into the token function: ${message}`);

/** What an exception says; fetch hides its reason in `cause`. */
export function reasonOf(thrown: unknown): string {
  const { message, cause } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return cause instanceof Error && cause.message ? cause.message : message;
}
