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
import type { Cause, Link, Transport } from "./transport.ts";
import type {
  Client,
  ClientOptions,
  GatewayFailure,
  LinkState,
  Problem,
  Published,
  Watch,
  WatchOptions,
} from "./types.ts";
import type { Watching } from "./watching.ts";

/** Connects when it is first needed. `deps` replaces parts of the outside world, for tests. */
export function createClient(options: ClientOptions, deps: Partial<Deps> = {}): Client {
  const { clock, random, fetch: fetcher, unique, onWake, transports } = { ...defaultDeps(), ...deps };
  const ways: Transport[] = [];
  for (const name of options.transports ?? transports.map((each) => each.name)) {
    ways.push(...transports.filter((each) => each.name === name));
  }
  const prefix = unique();
  let ids = 0;
  const newId = (): string => `${prefix}-${++ids}`;
  const http = new Http(options, fetcher);
  const session = new Session({
    ways,
    name: options.name,
    backoff: options.backoff ?? defaultBackoff,
    queue: options.queue ?? defaultQueue,
    canRenew: http.canRenew,
    random,
    newId,
  });
  const links = new Map<number, Link | undefined>();
  const settles = new Map<Item, (outcome: Published | Problem) => void>();
  const listeners = new Listeners(clock);
  let shown: LinkState = session.linkState();
  let ticking = false;
  let working = false;
  let cancelTimer = (): void => {};

  /** Carries out what the last fact asked for, then looks when time is the next fact. */
  const work = (): void => {
    if (working) return;
    working = true;
    for (let effects = session.takeEffects(); effects.length; effects = session.takeEffects()) {
      for (const effect of effects) carryOut(effect);
    }
    working = false;
    show();
    if (ticking) return;
    ticking = true;
    queueMicrotask(() => {
      ticking = false;
      session.flush(clock.nowMs());
      const effects = session.takeEffects();
      for (const effect of effects) carryOut(effect);
    });
  };
  return {} as Client;
}
