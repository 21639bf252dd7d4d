/** May somebody send a direct message, and to whom (S§3.5)? Pure. */
import { errorData, forbidden, type Principal } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import { nameOf, type Reachable } from "./directory.ts";

/** The channel whose verb `publish` it takes to reach a principal. Ids that no channel can have are reached by nobody else. */
const channelOf = (to: string): string => (to.startsWith("service:") ? "global" : to);

const mayReach = (sender: Principal, to: string): boolean =>
  nameOf(sender) === to || sender.rights.may("publish", channelOf(to));

/** Those who get it, or why nobody does. What may not be reached looks like what is not there. */
export function receiversOf<One extends Reachable>(
  sender: Principal,
  to: string,
  found: readonly One[],
): readonly One[] | { refused: ErrorData } {
  const absent = { refused: errorData("not_found", `${to} is not connected`) };
  if (to.startsWith("connection:")) {
    const reached = found.filter((one) => mayReach(sender, nameOf(one.principal)));
    return reached.length === 0 ? absent : reached;
  }
  if (!mayReach(sender, to)) return { refused: forbidden("publish", channelOf(to)) };
  return found.length === 0 ? absent : found;
}
