/** Everybody who has this gateway's dashboard open: members of `global`, who say in their state where they look. */
import type { Client } from "@signalbox/client";
import { type Presence, presence } from "@signalbox/client/presence";

/** Being a member watches nothing: no producer works for it. */
const channel = "global";

const pages = new WeakMap<Client, Presence>();

/** This page is there as long as its connection is. */
export function aroundOf(client: Client): Presence {
  const known = pages.get(client);
  if (known) return known;
  const here = presence(client, channel);
  pages.set(client, here);
  return here;
}
