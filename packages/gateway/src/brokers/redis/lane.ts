/** The subscriptions at one shard: on one link, told to it in few commands, and told again to the next one. */
import { StoreAway } from "@signalbox/core";
import { Line } from "./line.ts";
import type { Hear, Link, PubSubKind } from "./link.ts";
import { times } from "./options.ts";

/** A Pub/Sub channel that somebody wants to hear. */
export interface Followed {
  readonly channel: string;
  /** The server has confirmed it on the present link. */
  isOn: boolean;
  /** It was on before, so that something may have come in between. */
  wasOn: boolean;
  waiting: Array<{ resolve(): void; reject(error: Error): void }>;
}

export interface LaneOptions {
  kind: PubSubKind;
  open(): Promise<Link>;
  /** Channels that may be named in one command have the same. */
  groupOf(channel: string): number;
  hear: Hear;
  /** They are followed again after they were not. */
  missed(channels: string[]): void;
  /** The server says that some of the channels are not here. */
  elsewhere(): void;
  up(): void;
  away(why: string): void;
  gone(): void;
}

/** Channels in a command: some 100 KiB, which a server reads in one go. */
const most = 1_000;

export class Lane {
  readonly #options: LaneOptions;
  readonly #line: Line;
  readonly #wanted = new Map<string, Followed>();
  /** What is, or will be once the server has read all commands, on at the present link; resolved when it is. */
  readonly #sent = new Map<string, Promise<void>>();
  /** What may differ between the two. */
  readonly #changed = new Set<string>();
  #isDue = false;
  #retry: NodeJS.Timeout | undefined;
  /** Subscriptions on the present link that are not confirmed yet. */
  #unconfirmed = 0;
  #missed: string[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#line = new Line({
      open: options.open,
      onUp: (link) => this.#isUp(link),
      onDown: () => this.#isDown(),
      onAway: (why) => {
        for (const followed of [...this.#wanted.values()]) this.#fail(followed, new StoreAway(why));
        options.away(why);
      },
      onGone: options.gone,
    });
  }

  get link(): Link | undefined {
    return this.#line.link;
  }

  get channels(): string[] {
    return [...this.#wanted.keys()];
  }

  get isEmpty(): boolean {
    return this.#wanted.size === 0;
  }

  has(channel: string): boolean {
    return this.#wanted.has(channel);
  }

  /** Resolves when the server has confirmed it; with StoreAway it is not followed, unless it was before. */
  follow(channel: string): Promise<void> {
    const known = this.#wanted.get(channel);
    if (known?.isOn) return Promise.resolve();
    if (this.#line.away !== undefined)
      return Promise.reject(new StoreAway(`Redis is out of reach: ${this.#line.away}`));
    const followed = known ?? { channel, isOn: false, wasOn: false, waiting: [] };
    const confirmed = new Promise<void>((resolve, reject) => followed.waiting.push({ resolve, reject }));
    if (known === undefined) this.adopt(followed);
    return confirmed;
  }

  unfollow(channel: string): void {
    const followed = this.release(channel);
    for (const { reject } of followed?.waiting ?? []) reject(new StoreAway("not followed any more"));
  }

  /** From another lane, with those who wait for it. */
  adopt(followed: Followed): void {
    followed.isOn = false;
    this.#wanted.set(followed.channel, followed);
    this.#change(followed.channel);
  }

  /** For another lane. */
  release(channel: string): Followed | undefined {
    const followed = this.#wanted.get(channel);
    if (followed === undefined) return undefined;
    this.#wanted.delete(channel);
    this.#change(channel);
    return followed;
  }

  /** The link leads to the wrong server. */
  drop(link: Link, why: string): void {
    this.#line.drop(link, why);
  }

  hurry(): void {
    this.#line.hurry();
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#line.close();
    for (const channel of this.channels) this.unfollow(channel);
  }

  #isUp(link: Link): void {
    link.onMoved = (channel) => this.#wasMoved(channel);
    this.#options.up();
    for (const channel of this.#wanted.keys()) this.#changed.add(channel);
    this.#tellServer();
  }

  #isDown(): void {
    this.#sent.clear();
    this.#unconfirmed = 0;
    this.#missed = [];
    for (const followed of this.#wanted.values()) followed.isOn = false;
  }

  #wasMoved(channel: string): void {
    this.#sent.delete(channel);
    const followed = this.#wanted.get(channel);
    if (followed === undefined) return;
    followed.isOn = false;
    this.#later();
    this.#options.elsewhere();
  }

  #change(channel: string): void {
    this.#changed.add(channel);
    if (this.#isDue) return;
    this.#isDue = true;
    // After everything that happens now: thousands of changes become a few commands.
    setImmediate(() => {
      this.#isDue = false;
      this.#tellServer();
    });
  }

  #tellServer(): void {
    const link = this.#line.link;
    if (link === undefined) return;
    const on = new Map<number, Followed[]>();
    const off = new Map<number, string[]>();
    for (const channel of this.#changed) {
      const followed = this.#wanted.get(channel);
      const sent = this.#sent.get(channel);
      const group = this.#options.groupOf(channel);
      if (followed === undefined) {
        if (sent !== undefined) push(off, group, channel);
      } else if (sent === undefined) push(on, group, followed);
      else if (!followed.isOn) this.#confirm(link, [followed], sent);
    }
    this.#changed.clear();
    for (const channels of parts(off)) {
      for (const channel of channels) this.#sent.delete(channel);
      // Where it fails the link does, and with it the subscription.
      link.unsubscribe(this.#options.kind, channels).catch(() => {});
    }
    for (const all of parts(on)) {
      const channels = all.map(({ channel }) => channel);
      const sent = link.subscribe(this.#options.kind, channels, this.#options.hear);
      for (const channel of channels) this.#sent.set(channel, sent);
      this.#confirm(link, all, sent);
    }
  }

  #confirm(link: Link, all: Followed[], sent: Promise<void>): void {
    this.#unconfirmed++;
    sent.then(
      () => {
        if (this.#line.link !== link) return;
        for (const followed of all) this.#on(followed);
        this.#settle();
      },
      (error: Error) => {
        // A lost link is told elsewhere, and everything is sent again on the next one.
        if (this.#line.link !== link) return;
        this.#refused(all, error);
        this.#settle();
      },
    );
  }

  #on(followed: Followed): void {
    if (this.#wanted.get(followed.channel) !== followed || followed.isOn) return;
    followed.isOn = true;
    if (followed.wasOn) this.#missed.push(followed.channel);
    followed.wasOn = true;
    for (const { resolve } of followed.waiting.splice(0)) resolve();
  }

  #refused(all: Followed[], error: Error): void {
    const isElsewhere = error.message.startsWith("MOVED");
    for (const followed of all) {
      this.#sent.delete(followed.channel);
      if (!isElsewhere) this.#fail(followed, new StoreAway(error.message));
    }
    this.#later();
    if (isElsewhere) this.#options.elsewhere();
  }

  /** All that was to be followed again is: told once, and not for every command. */
  #settle(): void {
    if (--this.#unconfirmed > 0 || this.#missed.length === 0) return;
    const missed = this.#missed;
    this.#missed = [];
    this.#options.missed(missed);
  }

  /** What was followed before stays wanted. */
  #fail(followed: Followed, error: Error): void {
    if (followed.isOn) return;
    for (const { reject } of followed.waiting.splice(0)) reject(error);
    if (!followed.wasOn && this.#wanted.get(followed.channel) === followed) this.#wanted.delete(followed.channel);
  }

  /** By then it is known where the channels are; or else the server is asked again. */
  #later(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      for (const channel of this.#wanted.keys()) if (!this.#sent.has(channel)) this.#changed.add(channel);
      this.#tellServer();
    }, times.moment);
  }
}

function push<One>(groups: Map<number, One[]>, group: number, one: One): void {
  const known = groups.get(group);
  if (known === undefined) groups.set(group, [one]);
  else known.push(one);
}

function* parts<One>(groups: Map<number, One[]>): Generator<One[]> {
  for (const all of groups.values()) for (let at = 0; at < all.length; at += most) yield all.slice(at, at + most);
}
