/**
 * A subscription as programs write it: a channel, or a resource and the events of it that are wanted, where `status` of an
 * agent means `agent_status` (spec §4.8).
 */
import type { Publication, SubscribeData } from "@signalbox/protocol";
import type { Client, Watch } from "../types.ts";

export type SubscriptionConfig = Pick<SubscribeData, "channel" | "resource" | "id" | "events" | "since" | "filter">;

export function watchConfig(
  client: Pick<Client, "watch">,
  { channel, resource, id, events = [], since = "now", filter = {} }: SubscriptionConfig,
  onEvent: (event: Publication) => void,
  onError: (message: string) => void,
): Watch {
  const types = [...(filter.types ?? []), ...events, ...events.map((event) => `${resource}_${event}`)];
  return client.watch(channel ?? `${resource}:${id}`, {
    since,
    filter: { ...filter, ...(types.length && { types }) },
    onEvent,
    onError: ({ message, help }) => onError(`${message} ${help}`),
  });
}
