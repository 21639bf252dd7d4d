/** A subscription as programs write it: a channel, or a resource and the events of it that are wanted (spec §4.8). */
import { type Publication, subscribedChannel, subscribedFilter } from "@signalbox/protocol";
import type { SubscriptionConfig } from "../event-subscriber.ts";
import type { Client, Watch } from "../types.ts";

export function watchConfig(
  client: Pick<Client, "watch">,
  config: SubscriptionConfig,
  onEvent: (event: Publication) => void,
  onError: (message: string) => void,
): Watch {
  const { since, positions, complete } = config;
  const filter = subscribedFilter(config);
  return client.watch(subscribedChannel(config), {
    ...(since === undefined ? {} : { since }),
    ...(positions === undefined ? {} : { positions }),
    ...(filter === undefined ? {} : { filter }),
    ...(complete === undefined ? {} : { complete }),
    onEvent,
    onError: ({ message, help }) => onError(`${message} ${help}`),
  });
}
