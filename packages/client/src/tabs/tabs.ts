/**
 * `@signalbox/client/tabs`: a client whose connection is shared by all tabs of a browser. One tab leads: it has the connection,
 * and watches and publishes for the others, who tell it over a BroadcastChannel. Each tab keeps its own positions and what has
 * no answer; so with any other leader it goes on where it is (docs/adr/0019).
 */
import type { Draft } from "@signalbox/protocol";
import { Access } from "../access.ts";
import { createClient } from "../client.ts";
import { Commands } from "../commands.ts";
import { type Deps, defaultDeps } from "../defaults.ts";
import { closed, GatewayError, queueFull } from "../errors.ts";
import { Http } from "../http.ts";
import { insistence } from "../insist.ts";
import { defaultQueue } from "../outbox.ts";
import { makeListeners } from "../readable.ts";
import { Stores } from "../stores.ts";
import type {
  Client,
  ClientOptions,
  GatewayFailure,
  LinkState,
  Problem,
  Published,
  Watch,
  WatchOptions,
} from "../types.ts";
import { type Bus, browserBus, type ToLeader, type Told, type ToTab } from "./bus.ts";
import { Leader } from "./leader.ts";
import { SharedWatch } from "./shared-watch.ts";

/** A leader that says nothing for so long is asked, */
const askMs = 5_000;
/** and after so many questions without an answer its place is taken: it is frozen, or worse. */
const questions = 3;

export interface TabOptions extends ClientOptions {
  /**
   * Who is signed in. Tabs of one origin that say the same, for the same `url`, share one connection, with the token and the
   * options of the tab that leads.
   */
  as: string;
}

/**
 * Like `createClient`, and the same where a browser has not what sharing takes (`https` or localhost). `deps` replaces parts of
 * the outside world, for tests.
 */
export function createTabClient(options: TabOptions, deps: Partial<Deps> & { bus?: Bus } = {}): Client {
  const { bus = browserBus(`signalbox.tabs ${options.url} ${options.as}`), ...given } = deps;
  return bus ? tabClient(options, given, bus) : createClient(options, given);
}

function tabClient(options: TabOptions, given: Partial<Deps>, bus: Bus): Client {
  const outside = { ...defaultDeps(options.compression), ...given };
  const tab = new Tab(options, given, outside, bus);
  const http = new Http(new Access(options, outside.fetch));
  const watch: Client["watch"] = (channel, watchOptions) => tab.watch(channel, watchOptions);
  const stores = new Stores(watch, outside.clock);
  /** What states, presence and demand say to the gateway is not shared: they have a connection of this tab's own. */
  let own: Client | undefined;
  const client: Client = {
    link: tab.link,
    connect: () => tab.say({ what: "connect" }),
    watch,
    ride(rider) {
      own ??= createClient(options, given);
      return own.ride(rider);
    },
    wake: () => tab.say({ what: "wake" }),
    close() {
      own?.close();
      tab.close();
    },
    channel: (name, fold) => stores.channel(name, fold),
    pattern: (name, fold) => stores.pattern(name, fold),
    async publish(draft: Draft) {
      const outcome = await tab.publish(draft);
      if ("name" in outcome) throw new GatewayError(outcome);
      return outcome;
    },
    publishAll: (drafts) =>
      Promise.all(
        drafts.map(async (draft): Promise<Published | GatewayFailure> => {
          const id = draft.id ?? tab.newId();
          const outcome = await tab.publish({ ...draft, id });
          return "name" in outcome ? { id, error: outcome } : outcome;
        }),
      ),
    command: (target, name, args, commandOptions) => commands.give(target, name, args, commandOptions),
    request: (path, init) => http.request(path, init),
    fetch: (path, init) => http.fetch(path, init),
  };
  const insist = insistence(outside, () => tab.link.snapshot().state === "stopped");
  const commands = new Commands({ client, clock: outside.clock, insist, newId: () => tab.newId() });
  return client;
}

class Tab {
  readonly link: Client["link"];
  readonly #options: TabOptions;
  readonly #deps: Partial<Deps>;
  readonly #outside: Deps;
  readonly #bus: Bus;
  readonly #name: string;
  readonly #watches = new Map<number, SharedWatch>();
  /** Publishes without an answer, in their order. */
  readonly #unanswered = new Map<number, { draft: Draft; resolve: (outcome: Published | Problem) => void }>();
  readonly #listeners;
  readonly #toLeader;
  readonly #stops: Array<() => void>;
  #link: LinkState = { ...noLink, state: "idle" };
  #leader: string | undefined;
  /** Whoever was followed by another one is over, whatever it says when it thaws. */
  readonly #former = new Set<string>();
  /** Beginnings with a leader. */
  #round = 0;
  #wanted = false;
  #closed = false;
  #ids = 0;
  #heard = false;
  #unheard = 0;
  #campaign = new AbortController();

  constructor(options: TabOptions, deps: Partial<Deps>, outside: Deps, bus: Bus) {
    this.#options = options;
    this.#deps = deps;
    this.#outside = outside;
    this.#bus = bus;
    this.#name = outside.unique();
    this.#listeners = makeListeners(outside.clock);
    this.link = { snapshot: () => this.#link, subscribe: this.#listeners.add };
    this.#toLeader = bus.toLeader();
    this.#stops = [
      bus.live(this.#name),
      bus.asTab(this.#name, (message) => this.#told(message)),
      outside.onWake(() => this.say({ what: "wake" })),
    ];
    void this.#lead(false);
    this.#post({ what: "beat" });
    this.#tick();
  }

  newId(): string {
    return `${this.#name}-${++this.#ids}`;
  }

  watch(channel: string, options: WatchOptions): Watch {
    const id = ++this.#ids;
    const watch = new SharedWatch(channel, options);
    this.#watches.set(id, watch);
    this.say({ what: "watch", id, channel, ask: watch.ask() });
    return {
      channel,
      state: () => watch.state(),
      positions: () => watch.positions(),
      stop: () => {
        watch.stopped = true;
        if (this.#watches.delete(id)) this.say({ what: "stop", id });
      },
    };
  }

  publish(given: Draft): Promise<Published | Problem> {
    const { messages } = this.#options.queue ?? defaultQueue;
    if (this.#closed) return Promise.resolve(closed("The client was closed."));
    if (this.#unanswered.size >= messages) {
      return Promise.resolve(queueFull(`${this.#unanswered.size} events wait already.`));
    }
    const number = ++this.#ids;
    const { id = this.newId(), metadata = {} } = given;
    // Another leader may send it again.
    const key = metadata.producer || metadata.idempotencyKey ? {} : { idempotencyKey: this.newId() };
    const timestamp = given.timestamp ?? this.#outside.clock.nowMs();
    // As it will be sent: what is not JSON could not be told either.
    const draft: Draft = JSON.parse(JSON.stringify({ ...given, id, timestamp, metadata: { ...metadata, ...key } }));
    return new Promise((resolve) => {
      this.#unanswered.set(number, { draft, resolve });
      this.say({ what: "publish", id: number, draft });
    });
  }

  /** To whoever leads; a leader that comes later is told all that still counts. */
  say(say: ToLeader["say"]): void {
    this.#wanted ||= say.what !== "wake";
    if (this.#leader !== undefined && !this.#closed) this.#post(say);
  }

  close(): void {
    if (this.#closed) return;
    this.say({ what: "bye" });
    this.#closed = true;
    this.#campaign.abort();
    for (const stop of this.#stops) stop();
    this.#toLeader.close();
    const problem = closed("The client was closed.");
    for (const { resolve } of this.#unanswered.values()) resolve(problem);
    this.#unanswered.clear();
    this.#unlink({ ...noLink, state: "stopped", reason: { code: undefined, name: problem.name, help: problem.help } });
  }

  #post(say: ToLeader["say"]): void {
    this.#toLeader.post({ tab: this.#name, round: this.#round, leader: this.#leader, say });
  }

  /** Stands for leader, again and again. */
  async #lead(take: boolean): Promise<void> {
    const { signal } = this.#campaign;
    const held = await this.#bus.lead(signal, take).catch(() => undefined);
    if (!held || held.aborted) return;
    const { as: _as, ...options } = this.#options;
    const client = createClient(options, this.#deps);
    const leader = new Leader(`${this.#name}/${++this.#ids}`, this.#bus, client, () => this.#outside.clock.nowMs());
    held.addEventListener("abort", () => {
      leader.end();
      if (!signal.aborted) void this.#lead(false);
    });
  }

  #told({ leader, round, told }: ToTab): void {
    if (this.#closed) return;
    if (round === undefined) this.#follow(leader);
    else if (leader === this.#leader && round === this.#round) this.#take(told);
  }

  #follow(leader: string): void {
    if (this.#former.has(leader)) return;
    this.#heard = true;
    if (leader === this.#leader) return;
    if (this.#leader !== undefined) this.#former.add(this.#leader);
    this.#leader = leader;
    this.#begin();
  }

  #begin(): void {
    this.#round++;
    this.#post({ what: "hello" });
    if (this.#wanted) this.#post({ what: "connect" });
    for (const [id, watch] of this.#watches) {
      watch.unlink();
      if (watch.state().status !== "refused")
        this.#post({ what: "watch", id, channel: watch.channel, ask: watch.ask() });
    }
    for (const [id, { draft }] of this.#unanswered) this.#post({ what: "publish", id, draft });
  }

  #take(all: readonly Told[]): void {
    this.#heard = true;
    let events = 0;
    for (const told of all) {
      if (told.what === "events") events += told.events.length;
      if (told.what === "dropped") this.#begin();
      else if (told.what === "link") this.#show(told.link);
      else if (told.what === "outcome") {
        this.#unanswered.get(told.id)?.resolve(told.outcome);
        this.#unanswered.delete(told.id);
      } else if (told.what !== "lead") {
        this.#watches.get(told.id)?.take(told);
      }
    }
    if (events > 0) this.say({ what: "took", events });
  }

  #tick(): void {
    this.#outside.clock.after(askMs, () => {
      if (this.#closed) return;
      this.#unheard = this.#heard ? 0 : this.#unheard + 1;
      this.#heard = false;
      if (this.#unheard > questions) this.#replace();
      else this.#post({ what: "beat" });
      this.#tick();
    });
  }

  /** The leader does not answer: this tab leads from now on. */
  #replace(): void {
    this.#unheard = 0;
    if (this.#leader !== undefined) this.#former.add(this.#leader);
    this.#leader = undefined;
    this.#unlink({ ...noLink, state: "connecting" });
    this.#campaign.abort();
    this.#campaign = new AbortController();
    void this.#lead(true);
  }

  #unlink(link: LinkState): void {
    this.#show(link);
    for (const watch of this.#watches.values()) watch.unlink();
  }

  #show(link: LinkState): void {
    this.#link = link;
    this.#listeners.changed();
  }
}

const noLink: Omit<LinkState, "state"> = {
  transport: undefined,
  attempt: 0,
  retryAtMs: undefined,
  offlineSinceMs: undefined,
  reason: undefined,
  catchingUp: 0,
  queued: 0,
  notSent: 0,
};
