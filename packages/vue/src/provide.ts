/** The client of a page, for all components below. */
import type { Client, ClientOptions } from "@signalbox/client";
import { type ClientSource, holdableClient } from "@signalbox/client/bindings";
import { hasInjectionContext, type InjectionKey, inject, provide } from "vue";
import { whileMounted } from "./while-mounted.ts";

interface Provided {
  client: Client;
  url: string;
  source: ClientSource;
}

const key: InjectionKey<Provided> = Symbol("signalbox");

/** In `setup` of the component above all that use it; connected while that is mounted. */
export function provideSignalbox(options: ClientOptions): Client {
  const source = holdableClient(options);
  const { client } = source;
  provide(key, { client, url: options.url, source });
  whileMounted(() => source.hold().release);
  return client;
}

export const useProvided = (): Provided | undefined => (hasInjectionContext() ? inject(key, undefined) : undefined);

export function useClient(): Client {
  const provided = useProvided();
  if (!provided) throw new Error("Call provideSignalbox in a component above.");
  return provided.client;
}
