/** All channels, sessions and patterns of one node: what comes in, who gets it. */
import type { ControlData, Demand, Draft, Message, Position, PublishResult, Snapshot } from "@signalbox/protocol";
import type { RegisterNews } from "./broker.ts";
import { Channel } from "./channel.ts";
import type { Tags } from "./filter.ts";
import { History } from "./history.ts";
import {
  type Actor,
  type Done,
  type Failure,
  type HubOptions,
  type HubPorts,
  hasFailed,
  type Outbox,
  type Principal,
} from "./hub-ports.ts";
import { Lanes } from "./lanes.ts";
import { Patterns } from "./patterns.ts";
import type { Entry } from "./ports.ts";
import { Demands } from "./presence/demands.ts";
import { demandTopics, Elsewhere } from "./presence/elsewhere.ts";
import { Presence, presenceTopic } from "./presence/presence.ts";
import { added, wantedOf } from "./presence/wanted.ts";
import { SharedPublication } from "./publication.ts";
import { overRate, Publishing } from "./publishing.ts";
import { reducers } from "./reducers/all.ts";
import { Session, type SessionInfo } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { Snapshots } from "./snapshots.ts";
import { Overviews } from "./states/overviews.ts";
import { Steering } from "./steering/steering.ts";
import { Subscription } from "./subscription.ts";
import { Turns } from "./turns.ts";
import { Wakes } from "./wakes.ts";

/**
 * A channel without viewers keeps its tail this long, so that those who return find it warm; one that is watched, at most twice as
 * long after its last event: a tail takes up to 1 MiB, and somebody may watch ten thousand channels that have ended.
 */
const lingerMs = 60_000;
/** One without a tail has nothing to keep warm: names that nobody publishes to cost nothing once they are left. */
const emptyLingerMs = 1_000;
/** A channel that could not be followed for those who watch states is tried again. */
const holdAgainMs = 1_000;
/** What nodes tell each other of who was heard. */
const beatTopic = "beat";

export class Hub {
  readonly ports: HubPorts;
  readonly options: HubOptions;
  readonly history: History;
  readonly turns: Turns;
  /** Its connections. */
  readonly connected: Sessions;
  readonly steering: Steering;
  readonly lanes: Lanes;
  readonly wakes: Wakes;
  /** What late viewers need is kept at hand while there is room for it. */
  readonly #room: { leftBytes: number };
  /** For the newest events of all channels. */
  readonly #tails: { leftBytes: number };
  /** Who is where. */
  readonly presence: Presence;
  /** What is wanted of producers. */
  readonly demands: Demands;
  /** What is wanted of them at other nodes, where there are any. */
  readonly #elsewhere: Elsewhere | undefined;
  /** Who watches folded states. */
  readonly overviews: Overviews;
  readonly patterns: Patterns;
  readonly #publishing: Publishing;
  readonly #snapshots: Snapshots;
  readonly #channels = new Map<string, Channel>();
  /** Those without a subscription. */
  readonly #empty = new Set<Channel>();
  readonly #attaching = new Map<string, Array<(failure: Failure | undefined) => void>>();
  /** What is done about what other nodes tell, by topic. */
  readonly #topics = new Map<string, (body: string, node: string) => void>();
  #subscriptions = 0;
  #cooledMs = 0;

  constructor(ports: HubPorts, options: HubOptions) {
    this.ports = ports;
    this.options = options;
    const { replayEvents, replayBytes, replayCacheBytes, replayTurnEvents } = options.limits;
    const page = { maxEvents: replayEvents, maxBytes: replayBytes };
    this.history = new History({ ports, ...page, keptBytes: replayCacheBytes });
    this.connected = new Sessions(ports, options);
    this.turns = new Turns(replayTurnEvents, (run) => ports.soon(run));
    this.steering = new Steering({
      ports,
      node: options.node,
      namespaces: options.namespaces,
      driverGoneMs: options.limits.driverGoneMs,
      isPresent: (channel, by) => this.presence.hasConnected(channel, by),
      tell: (beat) => ports.tell(beatTopic, beat),
      moved: (channel, epoch) => this.demands.moved(channel, epoch),
      publish: (drafts, actor, done) => this.publish(drafts, actor, done),
      snapshot: (channel, done) => this.snapshot(channel, undefined, done),
    });
    this.lanes = new Lanes(options.catalogue);
    this.wakes = new Wakes(ports);
    const { wakes } = this;
    const { limits, namespaces, redactor } = options;
    this.presence = new Presence({
      ...{ ports, wakes, limits, namespaces, redactor, node: options.node },
      pass: (channel, message, keepers) => this.#tellOf(channel, message, keepers),
    });
    this.demands = new Demands({
      wakes,
      wanted: (channel, speaker) => this.demand(channel, speaker),
      spoken: (channel, epoch) => this.#elsewhere?.speaks(channel, epoch),
    });
    if (ports.isShared) {
      this.#elsewhere = new Elsewhere({
        ...{ ports, wakes, node: options.node },
        wanted: (channel) => this.#wantedHere(channel, this.demands.speakerOf(channel)),
        changed: (channel) => this.demands.changed(channel),
        spokenElsewhere: (channel) => this.demands.silent(channel),
      });
      for (const what of demandTopics) {
        this.#topics.set(what, (body, node) => this.#elsewhere?.told(what, body, node));
      }
    }
    this.#room = { leftBytes: options.limits.backlogBytes };
    this.#tails = { leftBytes: options.limits.tailsBytes };
    this.#publishing = new Publishing({
      ...{ ports, options, steering: this.steering },
      pass: (entry, message) => this.#pass(entry, message),
    });
    this.#snapshots = new Snapshots(ports, options.namespaces, reducers, (name, { epoch, offset }) => {
      const channel = ports.isShared ? this.#channels.get(name) : undefined;
      return !ports.isShared || (channel?.ready === true && channel.epoch === epoch && channel.top <= offset);
    });
    this.overviews = new Overviews({
      ...{ ports, snapshots: this.#snapshots, turns: this.turns, stateBytes: options.limits.stateBytes },
      hold: (name) => this.#hold(name),
      release: (name) => this.#release(name),
    });
    this.patterns = new Patterns({
      list: (pattern, after, limit, done) => ports.list(pattern, after, limit, done),
      stands: (channel) => this.#channels.has(channel),
      standing: (channel, epoch, top) => this.#standing(channel, epoch, top),
    });
    this.#topics.set(beatTopic, (body, node) => this.steering.told(body, node));
    this.#topics.set(presenceTopic, (body, node) => this.presence.told(body, node));
  }

  get counts(): { sessions: number; subscriptions: number; channels: number } {
    return { sessions: this.connected.all.size, subscriptions: this.#subscriptions, channels: this.#channels.size };
  }

  subscribers(channel: string): number {
    return this.#channels.get(channel)?.all.size ?? 0;
  }

  /**
   * What is wanted of whoever publishes to the channel: at all nodes where somebody speaks for it, otherwise at this one.
   * `speaker`: the connection that does not count.
   */
  demand(channel: string, speaker: object | undefined = this.demands.speakerOf(channel)): Demand {
    const here = this.#wantedHere(channel, speaker);
    return this.#elsewhere === undefined ? here : added(here, this.#elsewhere.of(channel));
  }

  /** A new connection. Without a principal its first message must bring a token. */
  open(outbox: Outbox, principal: Principal | undefined, info: SessionInfo): Session {
    const session = new Session(this, outbox, principal, info);
    if (principal === undefined) this.connected.await(session);
    else this.connected.admit(session, principal);
    return session;
  }

  /**
   * Publishes for somebody; each draft has its result, in order. `begun` is called once the order of these events among
   * others is settled: at once, unless tokens that came with them have to be verified first, or steps have to wait for others.
   */
  publish(
    drafts: readonly Draft[],
    actor: Actor,
    done: (results: PublishResult[]) => void,
    begun: () => void = () => {},
  ): void {
    this.#publishing.publish(drafts, actor, done, begun);
  }

  /** What was kept, in the order of its offsets: folded, then handed to everybody who watches. */
  committed(publications: readonly SharedPublication[]): void {
    for (const publication of publications) {
      this.#snapshots.apply(publication);
      this.overviews.changed(publication.channel);
      // The first event of a channel, or the first seen here: patterns may want it.
      if (publication.offset === 1 || !this.#channels.has(publication.channel)) this.patterns.offer(publication);
      const channel = this.#channels.get(publication.channel);
      if (channel !== undefined) this.#fanOut(channel, publication);
      publication.forget();
    }
  }

  // --- what other nodes did; only where the store is shared ---

  /** By the store's word the channel stands here: who watches reads what was not told. */
  stands(name: string, { epoch, offset: top }: Position): void {
    this.overviews.changed(name);
    const channel = this.#channels.get(name);
    if (!channel?.ready || (channel.epoch === epoch && channel.top >= top)) return;
    const before = channel.epoch;
    channel.replace(epoch, top);
    if (before === epoch) this.#fallAllBehind(channel);
    else for (const subscription of channel.all) subscription.reset(before);
  }

  /** The first event of a channel: patterns may want it. */
  born(channel: string, epoch: string, offset: number): void {
    if (!this.#channels.has(channel)) this.patterns.offer({ channel, epoch, offset });
    this.overviews.changed(channel);
  }

  /** A register that another node changed. */
  registerChanged(news: RegisterNews): void {
    this.steering.registerChanged(news);
  }

  /** What the hub of this tenant on another node tells those on all others. */
  told(topic: string, body: string, node: string): void {
    this.#topics.get(topic)?.(body, node);
  }

  /** Another node is gone. */
  nodeLeft(node: string): void {
    this.steering.nodeLeft(node);
    this.presence.nodeLeft(node);
    this.#elsewhere?.nodeLeft(node);
  }

  /** There may be nodes that this hub knows nothing of: to be called once others hear what it tells. */
  meet(): void {
    this.presence.meet();
    this.#elsewhere?.meet();
  }

  /** Messages of other nodes may have been lost. */
  missed(): void {
    this.steering.missed();
    this.presence.missed();
    this.#elsewhere?.meet();
  }

  /** An event without a position, passed on another node. */
  passed(name: string, body: string): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    const { type, timestamp: timestampMs } = JSON.parse(body) as Message;
    this.#passOn(channel, new SharedPublication(name, channel.epoch, { offset: 0, type, timestampMs, body }));
  }

  /** `reducer`: its name; undefined for the main one of the channel's namespace. */
  snapshot(channel: string, reducer: string | undefined, done: Done<{ snapshot: Snapshot | undefined }>): void {
    this.#snapshots.get(channel, reducer, done);
  }

  /** Deadlines and savings; to be called about once a second. */
  tick(): void {
    const now = this.ports.nowMs();
    this.history.age();
    this.steering.tick(now);
    this.presence.tick();
    this.#elsewhere?.tick();
    this.connected.tick(now);
    for (const channel of this.#empty) {
      const { name, emptySinceMs = now } = channel;
      const keptMs = channel.tailFloor > channel.top ? emptyLingerMs : lingerMs;
      if (now - emptySinceMs < keptMs || this.#attaching.has(name)) continue;
      this.#empty.delete(channel);
      this.#channels.delete(name);
      channel.end();
      this.ports.detach(name);
    }
    // Those that have fallen silent make room for the others.
    const isTight = this.#tails.leftBytes < this.options.limits.tailsBytes / 8;
    if (isTight || now - this.#cooledMs >= lingerMs) {
      this.#cooledMs = now;
      for (const channel of this.#channels.values()) channel.cool();
    }
    this.#snapshots.save((channel) => this.overviews.holds(channel));
  }

  /** Saves every folded state that changed. */
  flush(): void {
    this.#snapshots.saveAll();
  }

  /** Tells every connection to come back later. */
  goingAway(reconnectAfterMs: (index: number) => number): void {
    this.steering.wake();
    this.connected.goingAway(reconnectAfterMs);
  }

  // --- for sessions ---

  welcome(principal: Principal | undefined): ControlData["connect"] {
    const { node, version, limits } = this.options;
    return {
      node,
      version,
      heartbeatMs: limits.heartbeatMs,
      limits: {
        frameBytes: limits.frameBytes,
        batchMessages: limits.batchMessages,
        subscriptions: limits.subscriptions,
      },
      ...(principal === undefined ? {} : { principal: { kind: principal.kind, id: principal.id } }),
    };
  }

  tagsOf(publication: SharedPublication): Tags {
    return publication.tags(({ type, data, metadata }) => this.options.catalogue.tagsOf(type, data, metadata));
  }

  /** What the message of this type has to wait for; `undefined` if it may pass, which it is charged for. */
  overRate(principal: Principal, address: string | undefined, type: string, steadyMs: number): Failure | undefined {
    return overRate(this.options.rates, principal, address, type, steadyMs);
  }

  /** A new delivery of a channel; it begins once somebody says where. */
  enter(name: string, session: Session): Subscription {
    const channel = this.#channels.get(name) ?? this.#create(name);
    const subscription = new Subscription(channel, session, this);
    channel.all.add(subscription);
    channel.emptySinceMs = undefined;
    this.#empty.delete(channel);
    this.#subscriptions++;
    return subscription;
  }

  leave(subscription: Subscription): void {
    if (subscription.dead) return;
    subscription.end();
    this.#subscriptions--;
    const { channel } = subscription;
    if (channel.all.size === 0 && !channel.held) this.#leftEmpty(channel);
    this.wishesChanged(channel.name);
  }

  /** Somebody came, went, or asked for it otherwise. */
  wishesChanged(channel: string): void {
    this.demands.changed(channel);
    this.#elsewhere?.changed(channel);
  }

  /** Calls back once the channel's head is known. */
  whenReady(channel: Channel, then: (failure: Failure | undefined) => void): void {
    if (channel.ready) {
      then(undefined);
      return;
    }
    const waiting = this.#attaching.get(channel.name);
    if (waiting !== undefined) {
      waiting.push(then);
      return;
    }
    this.#attaching.set(channel.name, [then]);
    this.ports.attach(channel.name, undefined, (info) => {
      const all = this.#attaching.get(channel.name) ?? [];
      this.#attaching.delete(channel.name);
      if (!hasFailed(info)) channel.stand(info.epoch, info.top);
      for (const each of all) each(hasFailed(info) ? info : undefined);
    });
  }

  /** Calls back once the store has said again where the channel stands. */
  look({ name, epoch, top }: Channel, then: (failure: Failure | undefined) => void): void {
    this.ports.attach(name, { epoch, offset: top }, (info) => then(hasFailed(info) ? info : undefined));
  }

  // --- inside ---

  #wantedHere(channel: string, speaker: object | undefined): Demand {
    return wantedOf(this.#channels.get(channel)?.all ?? [], speaker);
  }

  #create(name: string): Channel {
    const { tailEvents, tailBytes, backlogEvents } = this.options.limits;
    const channel = new Channel(name, {
      maxEvents: tailEvents,
      maxBytes: tailBytes,
      tails: this.#tails,
      lateEvents: backlogEvents,
      room: this.#room,
      lanes: this.lanes,
    });
    this.#channels.set(name, channel);
    this.#leftEmpty(channel);
    return channel;
  }

  #hold(name: string): void {
    const channel = this.#channels.get(name) ?? this.#create(name);
    channel.held = true;
    channel.emptySinceMs = undefined;
    this.#empty.delete(channel);
    this.whenReady(channel, (failure) => {
      if (failure === undefined) this.overviews.changed(name);
      else this.ports.after(holdAgainMs, () => this.#channels.get(name)?.held && this.#hold(name));
    });
  }

  #release(name: string): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    channel.held = false;
    if (channel.all.size === 0) this.#leftEmpty(channel);
  }

  #leftEmpty(channel: Channel): void {
    channel.emptySinceMs = this.ports.nowMs();
    this.#empty.add(channel);
  }

  #fanOut(channel: Channel, publication: SharedPublication): void {
    const before = channel.epoch;
    const known = channel.ready;
    // An answer to an attach that was overtaken by this commit.
    if (known && publication.epoch === before && publication.offset <= channel.top) return;
    const follows = channel.push(publication);
    if (!known) return;
    if (publication.epoch !== before) for (const subscription of channel.all) subscription.reset(before);
    else if (!follows) this.#fallAllBehind(channel);
    else {
      const { live } = channel;
      // From the end, since a subscription may leave the list while it is served.
      for (let i = live.length - 1; i >= 0; i--) live[i]?.deliver(publication);
      channel.note(publication);
    }
  }

  #fallAllBehind(channel: Channel): void {
    channel.dissolveBacklog();
    for (const subscription of [...channel.live]) {
      channel.leaveLive(subscription);
      subscription.pump();
    }
  }

  /** A channel whose head is known without asking. */
  #standing(name: string, epoch: string, top: number): void {
    const channel = this.#channels.get(name) ?? this.#create(name);
    if (channel.ready) return;
    channel.stand(epoch, top);
    // What others keep here has to reach this node; what they kept since the channel was listed is found out then.
    if (this.ports.isShared && !this.#attaching.has(name)) this.ports.attach(name, { epoch, offset: top }, () => {});
  }

  /** Of a channel's members: to who may hear of them, and does not as a keeper of one. */
  #tellOf(name: string, message: Message, keepers: ReadonlyMap<object, unknown>): SharedPublication {
    const { type, timestamp: timestampMs } = message;
    const kept = { offset: 0, type, timestampMs, body: JSON.stringify(message) };
    const channel = this.#channels.get(name);
    const publication = new SharedPublication(name, channel?.epoch ?? "", kept, message);
    for (const subscription of channel?.all ?? []) {
      const { receiver } = subscription;
      if (!keepers.has(receiver) && receiver.rights.may("presence", name)) subscription.pass(publication);
    }
    return publication;
  }

  #pass(entry: Entry, message: Message): PublishResult {
    const { channel: name, id, type, timestampMs, body } = entry;
    const channel = this.#channels.get(name);
    const epoch = channel?.epoch ?? "";
    if (channel !== undefined) {
      this.#passOn(channel, new SharedPublication(name, epoch, { offset: 0, type, timestampMs, body }, message));
    }
    this.ports.passOn(name, body);
    return { id, channel: name, epoch, duplicate: false };
  }

  #passOn(channel: Channel, publication: SharedPublication): void {
    for (const subscription of channel.all) subscription.pass(publication);
  }
}
