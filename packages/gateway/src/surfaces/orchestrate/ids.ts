/** Ids of the commands of a session: made from its id, so that each is given once however often the gateway is killed. */

/** What the ids of all orders begin with. */
export const orderPrefix = "session-start.";

export interface SessionIds {
  /** The command that keeps the order. */
  order: string;
  stop: string;
  /** Begins an agent, by its place among the session's and by how often that came to nothing before. */
  start(part: number, attempt: number): string;
  /** Ends its process. */
  cancel(part: number): string;
}

export function idsOf(sessionId: string, sha256: (text: string) => string): SessionIds {
  const hash = sha256(sessionId).slice(0, 32);
  return {
    order: `${orderPrefix}${hash}`,
    stop: `session-stop.${hash}`,
    start: (part, attempt) => `session-agent.${hash}.${part}${attempt === 0 ? "" : `.${attempt}`}`,
    cancel: (part) => `session-cancel.${hash}.${part}`,
  };
}
