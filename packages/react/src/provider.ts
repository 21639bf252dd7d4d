/** The client of a page, for all components below. */
import type { Client, ClientOptions } from "@signalbox/client";
import { type ClientSource, holdableClient } from "@signalbox/client/bindings";
import { createContext, createElement, type ReactElement, type ReactNode, useContext, useEffect, useMemo } from "react";

export type SignalboxProviderProps = { children?: ReactNode } & (
  | (ClientOptions & { client?: never })
  /** One that the program made; it is connected, and left open when the provider goes. */
  | { client: Client }
);

export interface Provided {
  client: Client;
  /** As it was given; undefined with a client of the program's own. */
  url: string | undefined;
  source: ClientSource;
}

const Context = createContext<Provided | undefined>(undefined);

/** Another `url` or text `token` is another client; a token function is asked again before each connection. */
export function SignalboxProvider({ children, ...props }: SignalboxProviderProps): ReactElement {
  const given = "client" in props ? props.client : undefined;
  const options = "url" in props ? props : undefined;
  const url = options?.url;
  const token = typeof options?.token === "function" ? "function" : options?.token;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the others of an object written in place are new each time.
  const provided = useMemo((): Provided => {
    if (given) return { client: given, url: undefined, source: own(given) };
    if (!options) throw new Error("SignalboxProvider needs url or client.");
    const held = holdableClient(options);
    return { client: held.client, url, source: held };
  }, [given, url, token]);
  useEffect(() => provided.source.hold().release, [provided]);
  return createElement(Context.Provider, { value: provided }, children);
}

const own = (client: Client): ClientSource => ({
  peek: () => client,
  hold() {
    client.connect();
    return { client, release() {} };
  },
});

export const useProvided = (): Provided | undefined => useContext(Context);

export function useClient(): Client {
  const provided = useProvided();
  if (!provided) throw new Error("Put the component below a SignalboxProvider.");
  return provided.client;
}
