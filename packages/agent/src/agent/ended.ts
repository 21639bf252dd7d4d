/** Why an agent is to do no more: the reason of its `signal`, and what `proceed` and `ask` reject with. */
export class AgentEnded extends Error {
  override readonly name = "AgentEnded";
  /** cancelled: somebody told it to stop. fenced: another process took its place. closed: by itself. */
  readonly code: "cancelled" | "fenced" | "closed";

  constructor(code: AgentEnded["code"], message: string) {
    super(message);
    this.code = code;
  }
}
