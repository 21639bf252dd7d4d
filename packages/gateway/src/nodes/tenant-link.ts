/** A tenant's way to other nodes: the broker's names are the store's, with the tenant in front; those above are plain. */
import type { Broker } from "@signalbox/core";
import type { TenantLink } from "../engine.ts";
import { tenantPrefix } from "../stores/names.ts";

export function tenantLink(broker: Broker, tenant: string | undefined): TenantLink {
  const prefix = tenantPrefix(tenant);
  return {
    async follow(channel) {
      const info = await broker.follow(prefix + channel);
      return info && { ...info, channel };
    },
    unfollow: (channel) => broker.unfollow(prefix + channel),
    pass: (channel, body) => broker.pass(prefix + channel, body),
    tell: (topic, body) => broker.tell(prefix + topic, body),
  };
}
