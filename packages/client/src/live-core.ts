/** Follows channels over whatever transports it is given: moves facts into the session and carries out its effects. */
import type { Draft } from "@signalbox/protocol";
import type { Access } from "./access.ts";
import { defaultBackoff } from "./backoff.ts";
import type { Effect, PublishEffect } from "./effects.ts";
import { badAnswer, reasonOf, tokenFailed, unreachable } from "./errors.ts";
import type { Ladder } from "./ladder.ts";
import type { Item } from "./outbox.ts";
import type { Outside } from "./outside.ts";
import { type Listeners, makeListeners, run } from "./readable.ts";
import type { Ride, Rider } from "./rider.ts";
import { Session, type SessionOptions } from "./session.ts";
import { type Cause, type Link, type LinkEvents, never, type Transport } from "./transport.ts";
import type { Client, ClientOptions, LinkState, Problem, Readable, Watch, WatchOptions } from "./types.ts";
import type { Watching } from "./watching.ts";

/** The token function failed in time: so long until it is asked again. The gateway says 30 s before a token's end. */
const renewAgainMs = 5_000;

/** What every client can do: follow channels and resume. */
export type Core = Pick<Client, "link" | "connect" | "watch" | "ride" | "wake" | "close">;

interface LiveCoreOptions {
  access: Access;
  /** Best first. */
  transports: readonly Transport[];
  /** Without it only the first is used. */
  ladder?: Ladder | undefined;
  outside: Outside;
  name?: ClientOptions["name"] | undefined;
  backoff?: ClientOptions["backoff"] | undefined;
  reconnect?: ClientOptions["reconnect"];
  /** For clients that publish: where publishes wait, and who is told how each ended. */
  outbox?: SessionOptions["outbox"];
  settled?: (effect: PublishEffect) => void;
}

export class LiveCore implements Core {
  readonly link: Readable<LinkState>;
  readonly newId: () => string;
  readonly #options: LiveCoreOptions;
  readonly #session: Session;
  /** Links that are wanted; without a value while their token is being fetched. */
  readonly #links = new Map<number, Link | undefined>();
  readonly #stopped = new WeakSet<Watching>();
  readonly #listeners: Listeners;
  #shown: LinkState;
  #working = false;
  #ticking = false;
  #timerMs = never;
  #cancelTimer = (): void => {};
  #stopWaking: (() => void) | undefined;

  constructor(options: LiveCoreOptions) {
    this.#options = options;
    const { access, transports, backoff = defaultBackoff, outside } = options;
    const prefix = outside.unique();
    let ids = 0;
    this.newId = () => `${prefix}-${++ids}`;
    this.#session = new Session({
      ...options,
      ways: transports,
      backoff,
      canRenew: access.canRenew,
      random: outside.random,
      newId: this.newId,
    });
    this.#shown = this.#session.linkState();
    this.#listeners = makeListeners(outside.clock);
    this.link = { snapshot: () => this.#shown, subscribe: this.#listeners.add };
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

  ride(rider: Rider): Ride {
    this.#fact((session, nowMs) => session.ride(rider, nowMs));
    return {
      newId: this.newId,
      clock: this.#options.outside.clock,
      look: () => this.#fact((session, nowMs) => session.flush(nowMs)),
      end: () => this.#fact((session) => session.alight(rider)),
    };
  }

  /** The event as it waits to be sent, or why it cannot be; `settled` is told how it ends. */
  publish(draft: Draft): Item | Problem {
    return this.#fact((session, nowMs) => session.publish(draft, nowMs));
  }

  /** Tells the session something, and does what it then wants. */
  #fact<Answer>(tell: (session: Session, nowMs: number) => Answer): Answer {
    const answer = tell(this.#session, this.#options.outside.clock.nowMs());
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
    const { clock } = this.#options.outside;
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
    for (let effects: Effect[] | undefined; !effects || effects.length; ) {
      // A link is shown as what it is before what came over it.
      const state = this.#session.linkState();
      const shown = this.#shown;
      if (keysOf(state).some((key) => state[key] !== shown[key])) {
        this.#shown = state;
        this.#listeners.changed();
      }
      effects = this.#session.takeEffects();
      for (const effect of effects) this.#carryOut(effect);
    }
    this.#working = false;
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
      case "rejected":
        this.#options.settled?.(effect);
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

  async #open(link: number, name: Transport["name"]): Promise<void> {
    const { access, transports, outside } = this.#options;
    const closed = (cause: Cause): void => this.#fact((session, nowMs) => session.closed(link, cause, nowMs));
    const events: LinkEvents = {
      opening: () => this.#fact((session, nowMs) => session.opening(link, nowMs)),
      received: (messages) => {
        if (access.canRenew && messages.some(({ type }) => type === "auth_expiring")) void this.#renew(link);
        this.#fact((session, nowMs) => {
          try {
            session.received(link, messages, nowMs);
          } catch (error) {
            // A message in no shape that the protocol knows: as bad as a broken link, and no worse.
            session.closed(link, { problem: badAnswer(reasonOf(error)) }, nowMs);
          }
        });
      },
      acked: (results) => this.#fact((session, nowMs) => session.acked(link, results, nowMs)),
      alive: () => this.#fact((session, nowMs) => session.alive(link, nowMs)),
      closed,
    };
    let fault = tokenFailed;
    try {
      // Asked again before each connection: the last one may have run out.
      const token = await access.token(true);
      if (!this.#links.has(link)) return;
      this.#fact((session, nowMs) => session.dialing(link, nowMs));
      // Such as an address that is no URL.
      fault = unreachable;
      const transport = transports.find((each) => each.name === name);
      this.#links.set(link, transport?.open({ access, token, clock: outside.clock, newId: this.newId }, events));
    } catch (error) {
      closed({ problem: fault(reasonOf(error)) });
    }
  }

  /** A new token in time, so that the link stays; without one the gateway ends it. */
  async #renew(link: number): Promise<void> {
    const { access, outside } = this.#options;
    let problem: Problem | undefined;
    try {
      const token = await access.token(true);
      this.#links.get(link)?.renew(token);
    } catch (error) {
      problem = tokenFailed(reasonOf(error));
      outside.clock.after(renewAgainMs, () => {
        if (this.#links.has(link)) void this.#renew(link);
      });
    }
    this.#fact((session) => session.warned(link, problem));
  }

  #awaken(): void {
    this.#stopWaking ??= this.#options.outside.onWake(() => this.wake());
  }
}

const keysOf = <T extends object>(value: T): Array<keyof T> => Object.keys(value) as Array<keyof T>;
