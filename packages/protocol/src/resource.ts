/** Subscriptions that name a resource and its events instead of a channel and types (§4.1). */
import type { Filter, SubscribeData } from "./messages.ts";

type Asked = Pick<SubscribeData, "channel" | "resource" | "id" | "events" | "filter">;

export const subscribedChannel = ({ channel, resource, id }: Asked): string => channel ?? `${resource}:${id}`;

/** `status` of an `agent` means `agent_status`; a type by its whole name is taken as it is. */
export function subscribedFilter({ resource, events, filter }: Asked): Filter | undefined {
  if (resource === undefined || events === undefined) return filter;
  const prefix = `${resource}_`;
  const types = events.map((event) => (event.startsWith(prefix) ? event : `${prefix}${event}`));
  return { ...filter, types: [...types, ...(filter?.types ?? []), ...events] };
}
