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

const own: Record<ClientErrorName, { temporary: boolean; help: string }> = {
  queue_full: { temporary: true, help: "Wait until earlier events are acknowledged." },
  closed: { temporary: false, help: "The client was closed; call connect()." },
  unreachable: { temporary: true, help: "Is the gateway running, and the address right?" },
  bad_answer: { temporary: true, help: "Something between client and gateway answers in its place." },
  token_failed: { temporary: true, help: "The token function threw; its message says why." },
};

export const problem = (name: ClientErrorName, message: string): Problem => ({
  name,
  number: 0,
  message,
  ...own[name],
});

/** What an exception says; fetch hides its reason in `cause`. */
export function reasonOf(thrown: unknown): string {
  const { message, cause } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return cause instanceof Error && cause.message ? cause.message : message;
}
