/**
 * Brokers of any number of nodes over one store in this process's memory, for tests of what nodes do together. What nodes tell each
 * other takes a turn of the event loop; a node that is cut off hears nothing, and its appends and reads are refused.
 */
import {
  type Appended,
  type Broker,
  type BrokerEvents,
  type ChannelInfo,
  type Entry,
  KeyedGcra,
  type NamespaceOptions,
  type NodeAbout,
  type NodeInfo,
  type NodeLoad,
  type RateTake,
  type RateTaken,
  type SharedDocument,
  StoreAway,
} from "@signalbox/core";
import { storedTenant } from "../../src/stores/names.ts";
import { VolatileChannels } from "../../src/stores/volatile-channels.ts";

interface Member {
  about: NodeAbout;
  load: NodeLoad;
  events: BrokerEvents;
  followed: Set<string>;
  isCut: boolean;
}

export interface MemoryCluster {
  /** A broker for one more node. */
  node(): Broker;
  /** The node loses its way to the store and to the others. */
  cut(node: string): void;
  heal(node: string): void;
  /** As if the node's process had been killed: its heartbeat is overdue. */
  kill(node: string): void;
  /** All that was kept is lost: every channel begins anew. */
  flush(): void;
  /** The documents that nodes share are. */
  loseDocuments(): void;
}

export function memoryCluster(
  namespaces: Readonly<Record<string, NamespaceOptions>>,
  nowMs: () => number = Date.now,
): MemoryCluster {
  const members = new Map<string, Member>();
  const documents = new Map<string, SharedDocument>();
  const deposits = new Map<string, { text: string; untilMs: number }>();
  const rates = new Map<string, KeyedGcra>();
  let epochs = 0;
  const newStore = (): VolatileChannels => new VolatileChannels(`e${++epochs}`, namespaces, nowMs);
  let channels = newStore();

  /** In a later turn, to those who can hear then. */
  const tell = (from: string | undefined, say: (events: BrokerEvents, member: Member) => void): void => {
    const isHeard = from === undefined || members.get(from)?.isCut !== true;
    setImmediate(() => {
      for (const member of members.values()) {
        if (isHeard && !member.isCut && member.about.name !== from) say(member.events, member);
      }
    });
  };
  const gone = (name: string): void => {
    if (members.delete(name)) tell(undefined, (events) => events.left(name));
  };

  const node = (): Broker => {
    let self: Member | undefined;
    const name = (): string => self?.about.name ?? "";
    const reach = (): VolatileChannels => {
      if (self?.isCut) throw new StoreAway("the store cannot be reached");
      return channels;
    };
    const keep = (entry: Entry): Appended => {
      const appended = reach().append(entry);
      if (!appended.ok || appended.duplicate) return appended;
      const { channel, type, timestampMs, body, register } = entry;
      const { epoch, offset } = appended;
      const kept = { offset, type, timestampMs, body };
      tell(undefined, (events, { followed }) => {
        if (followed.has(channel)) events.kept(channel, epoch, kept);
      });
      if (offset === 1) tell(name(), (events) => events.born(channel, epoch, offset));
      if (register !== undefined) {
        const { key, from, open } = register;
        const now = channels.register(key);
        const news = {
          key,
          version: from + 1,
          open,
          ...(now === undefined ? { deleted: true as const } : { register: now }),
        };
        tell(name(), (events) => events.registerChanged(news));
      }
      return appended;
    };
    return {
      can: { search: false },
      get epoch() {
        return channels.epoch;
      },
      async begin(about, events) {
        self = {
          about,
          load: { state: "starting", sessions: 0, subscriptions: 0, channels: 0 },
          events,
          followed: new Set(),
          isCut: false,
        };
        members.set(about.name, self);
      },
      async follow(channel): Promise<ChannelInfo | undefined> {
        const store = reach();
        self?.followed.add(channel);
        return store.info(channel);
      },
      unfollow: (channel) => void self?.followed.delete(channel),
      // All nodes hear of all tenants.
      neglect: () => {},
      pass(channel, body) {
        tell(name(), (events, { followed }) => {
          if (followed.has(channel)) events.passed(channel, body);
        });
      },
      tell(topic, body) {
        const from = name();
        tell(from, (events) => events.told(topic, body, from));
      },
      describe(load) {
        if (self !== undefined) self.load = load;
      },
      async nodes(): Promise<NodeInfo[]> {
        reach();
        return [...members.values()].map(({ about, load }) => ({ ...about, ...load, silentMs: 0 }));
      },
      async tenants() {
        const names = reach()
          .registers({ prefix: "!", after: "", limit: 10_000, open: true })
          .map(({ key }) => storedTenant(key) ?? "");
        return [...new Set(names)];
      },
      async document(key) {
        reach();
        return documents.get(key);
      },
      async setDocument(key, from, text) {
        reach();
        if ((documents.get(key)?.version ?? 0) !== from) return false;
        documents.set(key, { version: from + 1, text });
        tell(name(), (events) => events.documentChanged(key));
        return true;
      },
      async deposit(key, text, ttlMs) {
        reach();
        deposits.set(key, { text, untilMs: nowMs() + ttlMs });
      },
      async take(key) {
        reach();
        const found = deposits.get(key);
        deposits.delete(key);
        return found !== undefined && found.untilMs > nowMs() ? found.text : undefined;
      },
      async takeRates(takes: readonly RateTake[]): Promise<RateTaken[]> {
        reach();
        return takes.map(({ key, perSecond, burst, count }) => {
          const rate = rates.get(key) ?? new KeyedGcra({ perSecond, burst }, 1);
          rates.set(key, rate);
          return { waitMs: rate.take(key, nowMs(), count) };
        });
      },
      async append(batch) {
        return batch.map(keep);
      },
      async read(channel, after, limit, maxBytes) {
        return reach().read(channel, after, limit, maxBytes);
      },
      async trimmed(channel, from, to) {
        return reach().trimmed(channel, from, to);
      },
      async info(channel) {
        return reach().info(channel);
      },
      async list(pattern, after, limit) {
        return reach().list(pattern, after, limit);
      },
      async loadSnapshot(channel, reducer) {
        return reach().loadSnapshot(channel, reducer);
      },
      async saveSnapshots(batch) {
        for (const snapshot of batch) reach().save(snapshot);
      },
      async register(key) {
        return reach().register(key);
      },
      async registers(query) {
        return reach().registers(query);
      },
      async search() {
        throw Object.assign(new Error("the memory broker cannot search"), { code: "unsupported" });
      },
      async close() {
        gone(name());
      },
    };
  };

  return {
    node,
    cut(name) {
      const member = members.get(name);
      if (member === undefined) return;
      member.isCut = true;
      setImmediate(() => member.events.reachable(false, "it was cut off"));
    },
    heal(name) {
      const member = members.get(name);
      if (member === undefined) return;
      member.isCut = false;
      setImmediate(() => {
        member.events.reachable(true);
        member.events.missed();
      });
    },
    kill: gone,
    flush() {
      channels = newStore();
    },
    loseDocuments: () => documents.clear(),
  };
}
