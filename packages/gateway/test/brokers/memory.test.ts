/** The brokers in memory that other tests use keep the same contract as real ones. */
import type { Broker } from "@signalbox/core";
import { brokerSuite } from "@signalbox/testkit";
import { memoryCluster } from "../support/memory-broker.ts";

brokerSuite("memory", {
  cluster: async (namespaces) => {
    const cluster = memoryCluster(namespaces);
    const names = new WeakMap<Broker, string>();
    const named = (broker: Broker): string => names.get(broker) ?? "";
    return {
      open: async () => {
        const broker = cluster.node();
        const begin = broker.begin.bind(broker);
        broker.begin = (about, events) => {
          names.set(broker, about.name);
          return begin(about, events);
        };
        return broker;
      },
      cut: async (broker) => cluster.cut(named(broker)),
      heal: async (broker) => cluster.heal(named(broker)),
      kill: async (broker) => cluster.kill(named(broker)),
    };
  },
});
