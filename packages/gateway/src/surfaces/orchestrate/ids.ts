/** Ids of the commands of a session: made from its id, so that each is given once however often the gateway is killed. */

/** What the ids of all orders begin with. */
export const orderPrefix = "session-start.";

export interface SessionIds {
  /** The command that keeps the order. */
  order: string;
  stop: string;
  /** Begins an agent, by its place among the session's. */
  start(part: number): string;
  /** Ends its process. */
  cancel(part: number): string;
}

export function idsOf(sessionId: string, sha256: (text: string) => string): SessionIds {
  const hash = sha256(sessionId).slice(0, 32);
  return {
    order: `${orderPrefix}${hash}`,
    stop: `session-stop.${hash}`,
    start: (part) => `session-agent.${hash}.${part}`,
    cancel: (part) => `session-cancel.${hash}.${part}`,
  };
}
