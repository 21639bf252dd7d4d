/** The query of a request, as Engine.IO reads it: of several of a name the last. */
import type { IncomingMessage } from "node:http";

export const queryOf = ({ url = "" }: Pick<IncomingMessage, "url">): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(url.split("?")[1] ?? ""));
