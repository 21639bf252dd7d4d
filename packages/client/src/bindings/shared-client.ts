/** One connection for all views of a page that name the same gateway with the same token. */
import type { Deps } from "../defaults.ts";
import type { ClientOptions } from "../types.ts";
import { type ClientSource, gatewayUrl, type HeldClient, holdableClient } from "./held-client.ts";

interface Entry {
  url: string;
  token: ClientOptions["token"] | undefined;
  held: HeldClient;
}

export type SharedClients = (options: ClientOptions, deps?: Partial<Deps>) => ClientSource;

/** Of options that differ otherwise those of the first are used. A token function is the same only as the same function. */
export function makeSharedClients(): SharedClients {
  const entries = new Set<Entry>();
  return (options, deps) => {
    const url = gatewayUrl(options.url);
    const { token } = options;
    const find = (): HeldClient | undefined =>
      [...entries].find((each) => each.url === url && each.token === token)?.held;
    const make = (): HeldClient => {
      const entry: Entry = { url, token, held: holdableClient(options, deps, () => entries.delete(entry)) };
      entries.add(entry);
      return entry.held;
    };
    return { peek: () => find()?.client, hold: () => (find() ?? make()).hold() };
  };
}

/** The page's. Nothing is in it but what mounted views hold, so a server that only renders leaves it empty. */
export const sharedClients: SharedClients = makeSharedClients();
