/** What a broker tells a node, given to the hub of the tenant that it is about. */
import type { BrokerEvents, Hub, RegisterNews } from "@signalbox/core";
import type { Engine } from "../engine.ts";
import { guard } from "../guard.ts";
import type { Health } from "../health.ts";
import type { Log } from "../log.ts";
import { plainName, storedTenant } from "../stores/names.ts";
import type { Tenant, Tenants } from "../tenants.ts";

/** Topics of the node itself begin with this; those of tenants do not. */
const nodeMark = "#";

export class NodeTopics {
  readonly #listeners = new Map<string, (body: string, node: string) => void>();

  /** The name under which `Broker.tell` reaches the same listener on other nodes. */
  on(topic: string, listener: (body: string, node: string) => void): string {
    this.#listeners.set(nodeMark + topic, listener);
    return nodeMark + topic;
  }

  told(topic: string, body: string, node: string): void {
    this.#listeners.get(topic)?.(body, node);
  }
}

interface RoutingOptions {
  tenants: Tenants;
  topics: NodeTopics;
  health: Health;
  log: Log;
  documentChanged(name: string): void;
  /** Something that is of no tenant may have been missed. */
  missed(): void;
  /** What a node that is gone has left may be this one's to see to. */
  nodeLeft(node: string): void;
}

export function brokerEvents(options: RoutingOptions): BrokerEvents {
  const { tenants, topics, health, log } = options;
  /** Of a tenant that is awake here: for any other there is nobody to tell. */
  const within = (name: string, tell: (tenant: Tenant, plain: string) => void): void => {
    const tenant = tenants.awake(storedTenant(name));
    if (tenant !== undefined) guard(log, "at the word of another node", () => tell(tenant, plainName(name)));
  };
  const everywhere = (tell: (hub: Hub, engine: Engine) => void): void => {
    for (const { hub, engine } of tenants.all()) guard(log, "at the word of another node", () => tell(hub, engine));
  };
  return {
    kept: (name, epoch, event) => within(name, ({ engine }, channel) => engine.heard(channel, epoch, event)),
    passed: (name, body) => within(name, ({ hub }, channel) => hub.passed(channel, body)),
    told(topic, body, node) {
      if (topic.startsWith(nodeMark)) guard(log, "at the word of another node", () => topics.told(topic, body, node));
      else within(topic, ({ hub }, plain) => hub.told(plain, body, node));
    },
    born: (name, epoch, offset) => within(name, ({ hub }, channel) => hub.born(channel, epoch, offset)),
    registerChanged: (news) => within(news.key, ({ hub }, key) => hub.registerChanged(plainNews(news, key))),
    documentChanged: (name) => options.documentChanged(name),
    left(node) {
      log.warn({ node }, "a node is gone");
      everywhere((hub) => hub.nodeLeft(node));
      options.nodeLeft(node);
    },
    missed(channels) {
      if (channels === undefined) {
        everywhere((hub, engine) => {
          engine.missed();
          hub.missed();
        });
        options.missed();
      } else for (const name of channels) within(name, ({ engine }, channel) => engine.missed([channel]));
    },
    reachable(isReachable, why = "it cannot be reached") {
      if (isReachable) log.info("the store can be reached again");
      else log.error({ why }, "the store cannot be reached: nothing can be published until it is back");
      health.storeReachable(isReachable ? undefined : why);
    },
  };
}

function plainNews(news: RegisterNews, key: string): RegisterNews {
  const { register } = news;
  return register === undefined ? { ...news, key } : { ...news, key, register: { ...register, key } };
}
