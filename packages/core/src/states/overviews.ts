/** Who watches folded states: what changed is told to feeds at their beats, which those with the same wish share. */
import { type ChannelState, type ErrorData, isPattern, namespaceOf, type SubscribeData } from "@signalbox/protocol";
import { type Failure, type HubPorts, hasFailed } from "../hub-ports.ts";
import { listWithin } from "../rights/listing.ts";
import type { Session } from "../session.ts";
import type { Snapshots } from "../snapshots.ts";
import type { Turns } from "../turns.ts";
import { Feed } from "./feed.ts";
import { Holding } from "./holding.ts";
import type { Telling } from "./told-state.ts";
import { StateWatcher } from "./watcher.ts";

/** Beats a second. Any other rate becomes the next lower of these, so that many watchers mean few feeds. */
const rates = [20, 10, 5, 4, 2, 1, 0.5, 0.2, 0.1, 0.01] as const;
const defaultHz = 4;
const listPage = 500;
/** Who asks again and again, naming what it has, is answered no faster than others are told, or once in so many ms. */
const mostPauseMs = 1_000;

interface OverviewsOptions {
  ports: HubPorts;
  snapshots: Snapshots;
  turns: Turns;
  stateBytes: number;
  /** Where the store is shared: what others keep in the channel has to be told here, until it is released. */
  hold(channel: string): void;
  release(channel: string): void;
}

export class Overviews {
  readonly #ports: HubPorts;
  readonly #snapshots: Snapshots;
  readonly #turns: Turns;
  readonly #stateBytes: number;
  readonly #feeds = new Map<string, Feed>();
  /** Feeds of one channel by its name. */
  readonly #single = new Map<string, Set<Feed>>();
  /** Feeds of patterns by namespace; those of `*` under "*". */
  readonly #wide = new Map<string, Set<Feed>>();
  /** Channels whose events have to reach this node, for the feeds that tell their states. */
  readonly #holding: Holding<Feed>;
  /** Channels committed to since feeds were last told. */
  readonly #changed = new Set<string>();
  /** Steady milliseconds of the next call to `#pulse`. */
  #armedMs = Number.POSITIVE_INFINITY;
  #pulsedMs = Number.NEGATIVE_INFINITY;

  constructor({ ports, snapshots, turns, stateBytes, hold, release }: OverviewsOptions) {
    this.#ports = ports;
    this.#snapshots = snapshots;
    this.#turns = turns;
    this.#stateBytes = stateBytes;
    this.#holding = new Holding<Feed>(hold, release);
  }

  /** Something was committed. */
  changed(channel: string): void {
    if (this.#feeds.size === 0 || this.#changed.has(channel)) return;
    this.#changed.add(channel);
    if (this.#changed.size === 1) this.#arm(this.#pulsedMs + 1_000 / rates[0]);
  }

  /** A feed has told this channel's state, and so holds it in any case. */
  holds(channel: string): boolean {
    if (this.#feeds.size === 0) return false;
    for (const feed of this.#feedsOf(channel)) if (feed.holds(channel)) return true;
    return false;
  }

  watch(session: Session, name: string, data: SubscribeData, correlationId: string | undefined): StateWatcher {
    const feed = this.#feedOf(name, data.maxHz ?? defaultHz);
    const watcher: StateWatcher = new StateWatcher(
      feed,
      session,
      { data, correlationId },
      {
        takeTurn: (work) => this.#turns.take(session, work),
        failed: (failure) => this.#fail(watcher, failure),
      },
    );
    feed.watchers.add(watcher);
    if (Object.keys(data.positions ?? {}).length === 0) this.#begin(watcher);
    else this.#ports.after(Math.min(feed.periodMs, mostPauseMs), () => this.#begin(watcher));
    return watcher;
  }

  leave(watcher: StateWatcher): void {
    const { feed } = watcher;
    watcher.leave();
    feed.leave(watcher);
    if (feed.watchers.size === 0 && this.#feeds.get(feed.key) === feed) this.#forget(feed);
  }

  // --- inside ---

  #feedOf(name: string, maxHz: number): Feed {
    const hz = rates.find((rate) => rate <= maxHz) ?? 0.01;
    const key = `${hz} ${name}`;
    let feed = this.#feeds.get(key);
    if (feed === undefined) {
      feed = new Feed({
        key,
        name,
        periodMs: 1_000 / hz,
        nowMs: this.#ports.steadyMs(),
        telling: this.#telling(isPattern(name) ? name : undefined),
        snapshots: this.#snapshots,
        turns: this.#turns,
        due: ({ beatMs, periodMs }) => this.#arm(beatMs + periodMs),
      });
      this.#feeds.set(key, feed);
      const [index, place] = this.#placeOf(name);
      const set = index.get(place) ?? new Set();
      set.add(feed);
      index.set(place, set);
    }
    return feed;
  }

  #forget(feed: Feed): void {
    this.#feeds.delete(feed.key);
    const [index, place] = this.#placeOf(feed.name);
    const set = index.get(place);
    set?.delete(feed);
    if (set?.size === 0) index.delete(place);
    this.#holding.end(feed);
    if (this.#feeds.size === 0) this.#changed.clear();
  }

  #placeOf(name: string): [Map<string, Set<Feed>>, string] {
    if (!isPattern(name)) return [this.#single, name];
    return [this.#wide, name === "*" ? "*" : namespaceOf(name)];
  }

  *#feedsOf(channel: string): Iterable<Feed> {
    yield* this.#single.get(channel) ?? [];
    for (const key of [namespaceOf(channel), "*"]) {
      for (const feed of this.#wide.get(key) ?? []) if (channel.startsWith(feed.name.slice(0, -1))) yield feed;
    }
  }

  #telling(pattern: string | undefined): Telling {
    const ports = this.#ports;
    return {
      pattern,
      stateBytes: this.#stateBytes,
      message: (type, data: ChannelState | ErrorData) =>
        JSON.stringify({ id: ports.newId(), type, timestamp: ports.nowMs(), data }),
    };
  }

  /** Makes sure that there is a pulse at this time, or sooner. */
  #arm(atMs: number): void {
    if (atMs >= this.#armedMs) return;
    this.#armedMs = atMs;
    const waitMs = atMs - this.#ports.steadyMs();
    const pulse = (): void => {
      if (this.#armedMs === atMs) this.#pulse();
    };
    if (waitMs > 0) this.#ports.after(waitMs, pulse);
    else this.#ports.soon(pulse);
  }

  /** Tells feeds what changed, and lets those beat whose time it is. */
  #pulse(): void {
    this.#armedMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#ports.steadyMs();
    this.#pulsedMs = nowMs;
    for (const channel of this.#changed) {
      if (!this.#snapshots.has(channel)) continue;
      for (const feed of this.#feedsOf(channel)) {
        this.#hold(feed, channel);
        feed.changed(channel);
      }
    }
    this.#changed.clear();
    for (const feed of this.#feeds.values()) {
      if (!feed.dirty) continue;
      const dueMs = feed.beatMs + feed.periodMs;
      if (dueMs <= nowMs) feed.beat(nowMs);
      else this.#arm(dueMs);
    }
  }

  #begin(watcher: StateWatcher): void {
    const { name, rights } = watcher;
    if (watcher.left) return;
    if (isPattern(name)) this.#list(watcher, rights.within("subscribe", name), "");
    else {
      if (this.#snapshots.has(name)) this.#found(watcher, name);
      watcher.listed();
    }
  }

  #list(watcher: StateWatcher, parts: readonly string[], after: string): void {
    const list: HubPorts["list"] = (part, from, limit, done) => this.#ports.list(part, from, limit, done);
    listWithin(list, parts, after, listPage, (page) => {
      if (watcher.left) return;
      if (hasFailed(page)) {
        this.#fail(watcher, page);
        return;
      }
      for (const { channel } of page) if (this.#snapshots.has(channel)) this.#found(watcher, channel);
      const last = page.at(-1);
      if (last === undefined || page.length < listPage || watcher.full) watcher.listed();
      else {
        watcher.pump();
        this.#list(watcher, parts, last.channel);
      }
    });
  }

  #found(watcher: StateWatcher, channel: string): void {
    this.#hold(watcher.feed, channel);
    watcher.found(channel);
  }

  #hold(feed: Feed, channel: string): void {
    if (this.#ports.isShared) this.#holding.hold(feed, channel);
  }

  /** The subscription cannot begin, or go on. */
  #fail(watcher: StateWatcher, failure: Failure): void {
    if (watcher.left) return;
    watcher.refuse(failure);
    if (watcher.answered) watcher.unsubscribed(failure.failed);
    watcher.session.forgetStates(watcher);
  }
}
