/** The states of the link as a total table, and the words for why it ended. */
import { mayReconnect } from "@signalbox/protocol";
import type { Cause } from "./transport.ts";
import type { LinkState } from "./types.ts";

type State = LinkState["state"];

/**
 * need: a watch or a publish wants a link. connect: a person does. wake: network or page came back. due: the wait is
 * over. opened: the gateway answered. lost: try again. refused: trying again cannot help. close: the user ends it.
 */
export type LinkEvent = "need" | "connect" | "wake" | "due" | "opened" | "lost" | "refused" | "close";

/** Where nothing else is said an event changes nothing; after `close` every state is stopped. */
const row = (state: State, moves: Partial<Record<LinkEvent, State>>): Record<LinkEvent, State> => ({
  need: state,
  connect: state,
  wake: state,
  due: state,
  opened: state,
  lost: state,
  refused: state,
  close: "stopped",
  ...moves,
});

export const after: Record<State, Record<LinkEvent, State>> = {
  idle: row("idle", { need: "connecting", connect: "connecting" }),
  connecting: row("connecting", { opened: "live", lost: "waiting", refused: "stopped" }),
  live: row("live", { lost: "waiting", refused: "stopped" }),
  waiting: row("waiting", { connect: "connecting", wake: "connecting", due: "connecting", refused: "stopped" }),
  stopped: row("stopped", { connect: "connecting" }),
};

/** The gateway's numbers for a token that is missing or refused, and for one that ended. */
export const unauthorized = 3501;
const tokenExpired = 3506;

/** Is the token at fault? A new one may help. */
export const isUnauthorized = ({ code, problem }: Cause): boolean =>
  code === unauthorized || code === tokenExpired || problem?.name === "unauthenticated";

/** Would another try end the same way? */
export const isFinal = ({ code, problem }: Cause): boolean =>
  problem ? !problem.temporary : code !== undefined && !mayReconnect(code);

/** A cause in words. */
export function reasonOf({ code, name, problem }: Cause): NonNullable<LinkState["reason"]> {
  if (problem) return { code: problem.number || code, name: problem.name, help: problem.help };
  if (name) return { code, name, help: `The gateway ended the connection: ${name}.` };
  return { code, name: "connection_lost", help: "The connection broke." };
}
