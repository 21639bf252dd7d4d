/** What a broker's test file gives to the suite. */
import type { Broker, NamespaceOptions } from "@signalbox/core";

/** Nodes that share one store, which is empty to begin with. */
export interface BrokerCluster {
  /** A broker for one more node, not begun; the suite closes it. */
  open(): Promise<Broker>;
  /** This node loses its way to the store and to the others, and gets it back. */
  cut?(broker: Broker): Promise<void>;
  heal?(broker: Broker): Promise<void>;
  /** This node ends without a word; its heartbeat is overdue soon. */
  kill?(broker: Broker): Promise<void>;
}

export interface BrokerHarness {
  cluster(namespaces: Readonly<Record<string, NamespaceOptions>>): Promise<BrokerCluster>;
  /** Tests left out, by name, each with the reason. */
  skip?: Readonly<Record<string, string>>;
}
