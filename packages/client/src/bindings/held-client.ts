/** A client that lives as long as views of a page hold it. */
import { createClient } from "../client.ts";
import type { Deps } from "../defaults.ts";
import { realOutside } from "../outside.ts";
import type { Client, ClientOptions } from "../types.ts";

/** A page that is left for another, and a view that is mounted twice, keep their connection. */
const lingerMs = 1_000;

/** Where a view's connection comes from. */
export interface ClientSource {
  /** The client, if there is one already; does nothing else. */
  peek(): Client | undefined;
  /** The client, connected until what is returned is called. */
  hold(): { client: Client; release: () => void };
}

export interface HeldClient extends ClientSource {
  readonly client: Client;
}

/** Making it touches nothing outside, so that it may be done while rendering, also on a server. */
export function holdableClient(
  options: ClientOptions,
  deps: Partial<Deps> = {},
  ended: () => void = () => {},
): HeldClient {
  const { clock, onWake } = { ...realOutside(), ...deps };
  const address = { ...options, url: gatewayUrl(options.url) };
  const client = createClient(address, { ...deps, onWake: () => () => {} });
  let holders = 0;
  let stopWaking: (() => void) | undefined;
  let cancelEnd: (() => void) | undefined;
  return {
    client,
    peek: () => client,
    hold() {
      holders++;
      cancelEnd?.();
      cancelEnd = undefined;
      if (!stopWaking) {
        stopWaking = onWake(() => client.wake());
        client.connect();
      }
      let holding = true;
      const release = (): void => {
        if (!holding) return;
        holding = false;
        if (--holders) return;
        cancelEnd = clock.after(lingerMs, () => {
          stopWaking?.();
          stopWaking = cancelEnd = undefined;
          client.close();
          ended();
        });
      };
      return { client, release };
    },
  };
}

/** Also addresses as other clients want them: `ws://host/v1/ws`; on a page `/` and `/prefix` are places on its server. */
export function gatewayUrl(url: string): string {
  const place = url.replace(/^ws/, "http").replace(/\/v1\/ws\/?$/, "");
  if (/^https?:/.test(place) || typeof location === "undefined") return place;
  return new URL(place, location.href).href;
}
