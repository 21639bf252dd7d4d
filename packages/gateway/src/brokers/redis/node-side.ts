/** One node among those that share a Redis: what it hears, and what it tells. */
import type { BrokerEvents, NodeAbout, NodeInfo, NodeLoad } from "@signalbox/core";
import type { Connection } from "./connection.ts";
import { Feed } from "./feed.ts";
import { type Keys, type OwnedName, ownedName } from "./keys.ts";
import type { PubSubKind } from "./link.ts";
import { unpackKept, unpackNotice } from "./messages.ts";
import { packWord, unpackWord, type Word } from "./notices.ts";
import { times } from "./options.ts";
import type { Reach } from "./reach.ts";
import { Registry } from "./registry.ts";
import { awayOf } from "./replies.ts";
import type { Servers } from "./servers.ts";

export interface NodeSideOptions {
  about: NodeAbout;
  events: BrokerEvents;
  servers: Servers;
  connection: Connection;
  keys: Keys;
  kind: PubSubKind;
  reach: Reach;
  heartbeat?: { everyMs: number; overdueMs: number };
}

type Hear = (message: Buffer) => void;

export class NodeSide {
  readonly #options: NodeSideOptions;
  readonly #feed: Feed;
  readonly #registry: Registry;
  /** By Pub/Sub channel; that of a Signalbox channel has its stored name. */
  readonly #heard = new Map<string, { hear: Hear; channel?: string }>();
  readonly #tenants = new Map<string, Promise<void>>();
  /** Something this node told did not get out. */
  #repair: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: NodeSideOptions) {
    const { about, events, servers, connection, keys, kind, reach, heartbeat } = options;
    this.#options = options;
    this.#feed = new Feed({
      servers,
      kind,
      reach,
      hear: (message, channel) => this.#heard.get(channel)?.hear(message),
      missed: (channels) => this.#missed(channels),
    });
    const key = keys.nodes();
    this.#registry = new Registry({
      about,
      key,
      send: (words) =>
        connection.send(key, words).catch((error: unknown) => {
          throw awayOf(error);
        }),
      goodbye: () => this.#say({ is: "bye", node: about.name }),
      left: (node) => events.left(node),
      ...heartbeat,
    });
  }

  async begin(): Promise<void> {
    const everywhere = this.#options.keys.everywhere();
    this.#heard.set(everywhere, { hear: (message) => this.#hearAll(message) });
    await this.#feed.follow(everywhere);
    await this.attend(ownedName(""));
    await this.#registry.start();
  }

  /** From its resolution on everything is heard that is kept in the channel. */
  follow(channel: string): Promise<void> {
    const live = this.#options.keys.live(ownedName(channel));
    if (!this.#heard.has(live)) this.#heard.set(live, { hear: (message) => this.#hearLive(channel, message), channel });
    return this.#feed.follow(live);
  }

  unfollow(channel: string): void {
    const live = this.#options.keys.live(ownedName(channel));
    this.#heard.delete(live);
    this.#feed.unfollow(live);
  }

  /** From its resolution on it is heard what is told of a tenant. */
  attend(owned: OwnedName): Promise<void> {
    const known = this.#tenants.get(owned.tenant);
    if (known !== undefined) return known;
    const notices = this.#options.keys.notices(owned.tenant);
    this.#heard.set(notices, { hear: (message) => this.#hearTenant(owned.before, message) });
    const followed = this.#feed.follow(notices).catch((error: unknown) => {
      // Whoever asks next tries again.
      if (this.#tenants.get(owned.tenant) === followed) this.neglect(owned);
      throw error;
    });
    this.#tenants.set(owned.tenant, followed);
    return followed;
  }

  neglect(owned: OwnedName): void {
    if (!this.#tenants.delete(owned.tenant)) return;
    const notices = this.#options.keys.notices(owned.tenant);
    this.#heard.delete(notices);
    this.#feed.unfollow(notices);
  }

  pass(channel: string, body: string): void {
    const { about, keys } = this.#options;
    // Not kept, and so not worth another attempt.
    this.#publish(keys.live(ownedName(channel)), { is: "passed", node: about.name, body }).catch(() => {});
  }

  tell(topic: string, body: string): void {
    this.#say({ is: "told", node: this.#options.about.name, topic, body }).catch(() => this.#lost());
  }

  describe(load: NodeLoad): void {
    this.#registry.describe(load);
  }

  nodes(): Promise<NodeInfo[]> {
    return this.#registry.nodes();
  }

  /** Something is elsewhere now. */
  moved(): void {
    this.#feed.moved();
  }

  /** Says goodbye, if it can be heard. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#repair);
    await this.#registry.close().catch(() => {});
    this.#feed.close();
  }

  #say(word: Word): Promise<void> {
    return this.#publish(this.#options.keys.everywhere(), word);
  }

  async #publish(channel: string, word: Word): Promise<void> {
    const command = this.#options.kind === "sharded" ? "SPUBLISH" : "PUBLISH";
    await this.#options.connection.send(channel, [command, channel, packWord(word)]);
  }

  /** As soon as the others can be told anything, they are told that they missed something. */
  #lost(): void {
    if (this.#isClosed) return;
    this.#repair ??= setTimeout(() => {
      this.#repair = undefined;
      this.#say({ is: "lost", node: this.#options.about.name }).catch(() => this.#lost());
    }, times.moment);
  }

  #hearLive(channel: string, message: Buffer): void {
    const { events, about } = this.#options;
    const kept = unpackKept(message);
    if (kept !== undefined) {
      for (const event of kept.events) events.kept(channel, kept.epoch, event);
      return;
    }
    const word = unpackWord(message);
    if (word?.is === "passed" && word.node !== about.name) events.passed(channel, word.body);
  }

  #hearTenant(before: string, message: Buffer): void {
    const { events, about } = this.#options;
    const notice = unpackNotice(message);
    if (notice === undefined || notice.node === about.name) return;
    if (notice.is === "born") events.born(before + notice.channel, notice.epoch, notice.offset);
    else if (notice.is === "register") {
      const { key, register } = notice.news;
      const named = before + key;
      events.registerChanged(
        register === undefined
          ? { ...notice.news, key: named }
          : { ...notice.news, key: named, register: { ...register, key: named } },
      );
    }
  }

  #hearAll(message: Buffer): void {
    const { events, about } = this.#options;
    const notice = unpackNotice(message);
    if (notice?.is === "document" && notice.node !== about.name) events.documentChanged(notice.name);
    const word = notice === undefined ? unpackWord(message) : undefined;
    if (word === undefined || word.node === about.name) return;
    if (word.is === "told") events.told(word.topic, word.body, word.node);
    else if (word.is === "bye") this.#registry.goes(word.node);
    else if (word.is === "lost") events.missed();
  }

  /** Where only channels were missed these are named; otherwise it may be anything. */
  #missed(all: readonly string[]): void {
    const channels: string[] = [];
    for (const heard of all) {
      const known = this.#heard.get(heard);
      if (known === undefined) continue;
      if (known.channel === undefined) {
        this.#options.events.missed();
        return;
      }
      channels.push(known.channel);
    }
    if (channels.length > 0) this.#options.events.missed(channels);
  }
}
