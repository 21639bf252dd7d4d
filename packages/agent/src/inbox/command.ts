/** Commands as they come: from a listing, or as the events of a channel. */

/** A command that was given. */
export interface Given {
  commandId: string;
  name: string;
  /** As the target's declaration allows them; `undefined` if none were given. */
  args: unknown;
  /** `KIND:ID`. */
  issuedBy: string;
}

/** `undefined` if it is no command that waits to be begun. */
export function decodeOpen(listed: unknown): Given | undefined {
  const state = memberOf(listed, "state");
  return state === "queued" || state === "delivered" ? decodeGiven(listed) : undefined;
}

/** From the data of `command_queued`, or a listed command. */
export function decodeGiven(data: unknown): Given | undefined {
  const commandId = idIn(data);
  const name = memberOf(data, "name");
  const issuedBy = memberOf(data, "issuedBy");
  if (commandId === undefined || typeof name !== "string") return undefined;
  return { commandId, name, args: memberOf(data, "args"), issuedBy: typeof issuedBy === "string" ? issuedBy : "" };
}

export function idIn(data: unknown): string | undefined {
  const commandId = memberOf(data, "commandId");
  return typeof commandId === "string" ? commandId : undefined;
}

export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
