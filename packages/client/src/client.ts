/** The client: moves facts into the session and carries out its effects. */
import type { Draft } from "@signalbox/protocol";
import { defaultBackoff } from "./backoff.ts";
import { type Deps, defaultDeps } from "./defaults.ts";
import type { Effect } from "./effects.ts";
import { GatewayError, problem, reasonOf } from "./errors.ts";
import { Http } from "./http.ts";
import { defaultQueue, type Item } from "./outbox.ts";
import { Listeners, run } from "./readable.ts";
import { Session } from "./session.ts";
import { Stores } from "./stores.ts";
import { type Cause, type Link, type LinkEvents, never, type Transport } from "./transport.ts";
import type {
  Client,
  ClientOptions,
  GatewayFailure,
  LinkState,
  Problem,
  Published,
  Readable,
  Watch,
  WatchOptions,
} from "./types.ts";
import type { Watching } from "./watching.ts";

/** Connects when it is first needed. `deps` replaces parts of the outside world, for tests. */
export const createClient = (options: ClientOptions, deps: Partial<Deps> = {}): Client =>
  new LiveClient(options, { ...defaultDeps(), ...deps });

class LiveClient implements Client {
  readonly link: Readable<LinkState>;
  readonly channel: Client["channel"];
  readonly pattern: Client["pattern"];
  readonly #deps: Deps;
  readonly #http: Http;
  readonly #session: Session;
  readonly #newId: () => string;
  /** Links that are wanted; without a value while their token is being fetched. */
  readonly #links = new Map<number, Link | undefined>();
  readonly #settle = new Map<Item, (outcome: Published | Problem) => void>();
  readonly #stopped = new WeakSet<Watching>();
  readonly #listeners: Listeners;
  #shown: LinkState;
  #working = false;
  #ticking = false;
  #timerMs = never;
  #cancelTimer = (): void => {};
  #stopWaking: (() => void) | undefined;

  constructor(options: ClientOptions, deps: Deps) {
    this.#deps = deps;
    this.#http = new Http(options, deps.fetch);
    const prefix = deps.unique();
    let ids = 0;
    this.#newId = () => `${prefix}-${++ids}`;
    const wanted = options.transports ?? deps.transports.map(({ name }) => name);
    this.#session = new Session({
      ways: wanted.flatMap((name) => deps.transports.filter((transport) => transport.name === name)),
      name: options.name,
      backoff: options.backoff ?? defaultBackoff,
      queue: options.queue ?? defaultQueue,
      canRenew: this.#http.canRenew,
      random: deps.random,
      newId: this.#newId,
    });
    this.#shown = this.#session.linkState();
    const listeners = new Listeners(deps.clock);
    this.#listeners = listeners;
    this.link = { snapshot: () => this.#shown, subscribe: (listener) => listeners.add(listener) };
    const stores = new Stores((name, watchOptions) => this.watch(name, watchOptions), deps.clock);
    this.channel = (name, fold) => stores.channel(name, fold);
    this.pattern = (name, fold) => stores.pattern(name, fold);
    this.#awaken();
  }

  connect(): void {
    this.#awaken();
    this.#fact((session, nowMs) => session.connect(nowMs));
  }

  wake(): void {
    this.#fact((session, nowMs) => session.wake(nowMs));
  }

  close(): void {
    this.#stopWaking?.();
    this.#stopWaking = undefined;
    this.#fact((session, nowMs) => session.close(nowMs));
  }

  watch(channel: string, options: WatchOptions): Watch {
    const watching = this.#fact((session, nowMs) => session.watch(channel, options, nowMs));
    return {
      channel,
      state: () => watching.state(),
      positions: () => watching.known(),
      stop: () => {
        this.#stopped.add(watching);
        this.#fact((session) => session.unwatch(watching));
      },
    };
  }

  async publish(draft: Draft): Promise<Published> {
    const outcome = await this.#publish(draft);
    if ("name" in outcome) throw new GatewayError(outcome);
    return outcome;
  }

  publishAll(drafts: readonly Draft[]): Promise<Array<Published | GatewayFailure>> {
    return Promise.all(
      drafts.map(async (draft) => {
        const id = draft.id ?? this.#newId();
        const outcome = await this.#publish({ ...draft, id });
        return "name" in outcome ? { id, error: outcome } : outcome;
      }),
    );
  }

  request<Answer>(path: string, init?: Parameters<Client["request"]>[1]): Promise<Answer> {
    return this.#http.request(path, init);
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return this.#http.fetch(path, init);
  }

  #publish(draft: Draft): Promise<Published | Problem> {
    return new Promise((resolve) => {
      const item = this.#fact((session, nowMs) => session.publish(draft, nowMs));
      if ("text" in item) this.#settle.set(item, resolve);
      else resolve(item);
    });
  }

  /** Tells the session something, and does what it then wants. */
  #fact<Answer>(tell: (session: Session, nowMs: number) => Answer): Answer {
    const answer = tell(this.#session, this.#deps.clock.nowMs());
    this.#work();
    if (!this.#ticking) {
      this.#ticking = true;
      // What is asked for in one go is sent in one go.
      queueMicrotask(() => {
        this.#ticking = false;
        this.#tick();
      });
    }
    return answer;
  }

  #tick(): void {
    const { clock } = this.#deps;
    this.#session.tick(clock.nowMs());
    this.#work();
    const next = this.#session.nextMs();
    // A timer that fires too early only looks and is set again; so most facts need not move it.
    if (next >= this.#timerMs && next < never) return;
    this.#cancelTimer();
    this.#timerMs = next;
    if (next === never) return;
    this.#cancelTimer = clock.after(Math.max(0, next - clock.nowMs()), () => {
      this.#timerMs = never;
      this.#tick();
    });
  }

  #work(): void {
    // Callbacks may tell more facts; the loop below sees to their effects.
    if (this.#working) return;
    this.#working = true;
    for (let effects = this.#session.takeEffects(); effects.length; effects = this.#session.takeEffects()) {
      for (const effect of effects) this.#carryOut(effect);
    }
    this.#working = false;
    const state = this.#session.linkState();
    const shown = this.#shown;
    if (!keysOf(state).some((key) => state[key] !== shown[key])) return;
    this.#shown = state;
    this.#listeners.changed();
  }

  #carryOut(effect: Effect): void {
    switch (effect.do) {
      case "open":
        this.#links.set(effect.link, undefined);
        void this.#open(effect.link, effect.transport);
        break;
      case "send":
        this.#links.get(effect.link)?.send(effect.batch);
        break;
      case "restart":
        this.#links.get(effect.link)?.restart();
        break;
      case "drop":
        this.#links.get(effect.link)?.close();
        this.#links.delete(effect.link);
        break;
      case "published":
        this.#settled(effect.item, effect.published);
        break;
      case "rejected":
        this.#settled(effect.item, effect.problem);
        break;
      default:
        if (!this.#stopped.has(effect.watch)) this.#tell(effect);
    }
  }

  #tell(effect: Extract<Effect, { watch: Watching }>): void {
    const { watch } = effect;
    const { options } = watch;
    if (effect.do !== "events") {
      run(() => {
        if (effect.do === "snapshot") options.onSnapshot?.(effect.channel, effect.snapshot);
        else if (effect.do === "bare") options.onNoSnapshot?.(effect.channel);
        else if (effect.do === "gap") options.onGap?.(effect.channel, effect.gap);
        else if (effect.do === "error") options.onError?.(effect.error);
        else options.onState?.(watch.state());
      });
    } else if (options.onEvents) run(() => options.onEvents?.(effect.events));
    else {
      for (const event of effect.events) if (!this.#stopped.has(watch)) run(() => options.onEvent?.(event));
    }
  }

  #settled(item: Item, outcome: Published | Problem): void {
    this.#settle.get(item)?.(outcome);
    this.#settle.delete(item);
  }

  async #open(link: number, name: Transport["name"]): Promise<void> {
    const { clock, transports } = this.#deps;
    const closed = (cause: Cause): void => this.#fact((session, nowMs) => session.closed(link, cause, nowMs));
    const events: LinkEvents = {
      opening: () => this.#fact((session, nowMs) => session.opening(link, nowMs)),
      received: (messages) =>
        this.#fact((session, nowMs) => {
          try {
            session.received(link, messages, nowMs);
          } catch (error) {
            // A message in no shape that the protocol knows: as bad as a broken link, and no worse.
            session.closed(link, { problem: problem("bad_answer", reasonOf(error)) }, nowMs);
          }
        }),
      acked: (results) => this.#fact((session, nowMs) => session.acked(link, results, nowMs)),
      alive: () => this.#fact((session, nowMs) => session.alive(link, nowMs)),
      closed,
    };
    const fail = (why: Problem): void => closed({ problem: why });
    let token: string | undefined;
    try {
      // Asked again before each connection: the last one may have run out.
      token = await this.#http.token(true);
    } catch (error) {
      fail(problem("token_failed", reasonOf(error)));
      return;
    }
    if (!this.#links.has(link)) return;
    this.#fact((session, nowMs) => session.dialing(link, nowMs));
    const transport = transports.find((each) => each.name === name);
    try {
      this.#links.set(link, transport?.open({ http: this.#http, token, clock, newId: this.#newId }, events));
    } catch (error) {
      // Such as an address that is no URL.
      fail(problem("unreachable", reasonOf(error)));
    }
  }

  #awaken(): void {
    this.#stopWaking ??= this.#deps.onWake(() => this.wake());
  }
}

const keysOf = <T extends object>(value: T): Array<keyof T> => Object.keys(value) as Array<keyof T>;
