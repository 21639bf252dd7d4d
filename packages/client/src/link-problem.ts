/** Why nothing more is tried, as the error that whoever waits is given. */
import { closed, GatewayError } from "./errors.ts";
import type { LinkState, Problem } from "./types.ts";

/** `temporary` where a person can begin another attempt that may go well. */
export function stoppedBecause({ state, reason }: Pick<LinkState, "state" | "reason">): GatewayError {
  const { code = 0, name = "closed", help = "Call connect()." } = reason ?? {};
  // Names of links that ended are those of errors and of close codes.
  const named = name as Problem["name"];
  const problem: Problem = { ...closed(`The link ended: ${name}.`), name: named, number: code, help };
  return new GatewayError({ ...problem, temporary: state === "waiting" });
}
