/** Folded states, shared by all who ask for the same, kept up while somebody listens. */
import type { ErrorData, Gap, Publication, Snapshot } from "@signalbox/protocol";
import type { Clock } from "./clock.ts";
import { Folding } from "./folding.ts";
import { makeListeners } from "./readable.ts";
import type { ChannelStore, Client, Fold, PatternView, Readable, Watch, WatchState } from "./types.ts";

/** A view that goes and comes back at once finds its store as it was. */
const lingerMs = 1_000;
/** Of a channel's gaps the newest are kept. */
const gapsKept = 100;

export class Stores {
  readonly #watch: Client["watch"];
  readonly #clock: Clock;
  readonly #shared = new Map<string, unknown>();

  constructor(watch: Client["watch"], clock: Clock) {
    this.#watch = watch;
    this.#clock = clock;
  }

  channel<State>(name: string, fold: Fold<State>): ChannelStore<State> {
    return this.#share(name, fold, (drop) => {
      const folding = new Folding(fold, name);
      let gaps: readonly Gap[] = [];
      const store = this.#lasting(
        { name, fold, drop },
        (refold) => {
          folding.reset();
          gaps = [];
          return {
            onEvents(events) {
              for (const event of events) folding.apply(event);
            },
            onSnapshot(_, snapshot) {
              if (!folding.restore(snapshot)) refold();
            },
            onGap(_, gap) {
              gaps = [...gaps.slice(1 - gapsKept), gap];
              if (isNewHistory(gap)) folding.reset();
            },
          };
        },
        ({ status, position }, error) => ({ state: folding.state, status, position, gaps, error }),
      );
      return { channel: name, ...store };
    });
  }

  pattern<State>(name: string, fold: Fold<State>): Readable<PatternView<State>> {
    return this.#share(name, fold, (drop) => {
      const foldings = new Map<string, Folding<State>>();
      const foldingOf = (channel: string): Folding<State> => {
        const folding = foldings.get(channel) ?? new Folding(fold, channel);
        foldings.set(channel, folding);
        return folding;
      };
      return this.#lasting(
        { name, fold, drop },
        (refold) => {
          foldings.clear();
          return {
            onEvents(events) {
              for (const event of events) foldingOf(event.channel).apply(event);
            },
            onSnapshot(channel, snapshot) {
              if (!foldingOf(channel).restore(snapshot)) refold();
            },
            onGap(channel, gap) {
              if (isNewHistory(gap)) foldingOf(channel).reset();
            },
          };
        },
        ({ status, truncated = false }, error) => {
          const channels = new Map<string, State>();
          for (const [channel, { state }] of foldings) channels.set(channel, state);
          return { channels, status, truncated, error };
        },
      );
    });
  }

  /** The same name and fold (by its name and version) give the same store. */
  #share<Store>(name: string, fold: Pick<Fold<unknown>, "name" | "version">, make: (drop: () => void) => Store): Store {
    const key = `${name} ${fold.name} ${fold.version}`;
    // The key stands for the type too.
    const shared = this.#shared.get(key) as Store | undefined;
    if (shared) return shared;
    const made = make(() => {
      if (this.#shared.get(key) === made) this.#shared.delete(key);
    });
    this.#shared.set(key, made);
    return made;
  }

  /** A watch that lasts while there are listeners, and a view made anew only after a change. */
  #lasting<View>(
    { name, fold, drop }: { name: string; fold: Pick<Fold<unknown>, "name">; drop: () => void },
    begin: (refold: () => void) => Handlers,
    look: (state: WatchState, error: ErrorData | undefined) => View,
  ): Readable<View> {
    const listeners = makeListeners(this.#clock);
    let watch: Watch | undefined;
    let error: ErrorData | undefined;
    let view: View | undefined;
    let cancelEnd: (() => void) | undefined;

    /** `bare`: the gateway has no snapshots for this fold, so everything is folded here. */
    const start = (bare: boolean): void => {
      watch?.stop();
      error = undefined;
      const refold = (): void => {
        if (!bare) start(true);
      };
      const { onEvents, onSnapshot, onGap } = begin(refold);
      const then =
        <Given extends unknown[]>(handle: (...given: Given) => unknown) =>
        (...given: Given): void => {
          handle(...given);
          view = undefined;
          listeners.changed();
        };
      watch = this.#watch(name, {
        since: bare ? "earliest" : "now",
        snapshot: !bare && fold.name,
        onEvents: then(onEvents),
        onSnapshot: then(onSnapshot),
        onNoSnapshot: refold,
        onGap: then(onGap),
        onState: then(() => {}),
        onError: then((found) => {
          error = found;
        }),
      });
      view = undefined;
    };
    const end = (): void => {
      cancelEnd = view = undefined;
      watch?.stop();
      watch = undefined;
      drop();
    };
    return {
      snapshot() {
        view ??= look(watch?.state() ?? offline, error);
        return view;
      },
      subscribe: (listener) => {
        const remove = listeners.add(listener);
        cancelEnd?.();
        cancelEnd = undefined;
        if (!watch) start(false);
        return () => {
          remove();
          if (!listeners.size() && watch) cancelEnd ??= this.#clock.after(lingerMs, end);
        };
      },
    };
  }
}

type Handlers = {
  onEvents: (events: readonly Publication[]) => void;
  onSnapshot: (channel: string, snapshot: Snapshot) => void;
  onGap: (channel: string, gap: Gap) => void;
};

const offline: WatchState = { status: "offline", position: undefined, head: undefined };

/** What was folded belongs to a history that is over; all that is kept of the new one follows. */
const isNewHistory = ({ reason }: Gap): boolean => reason === "epoch_changed" || reason === "position_beyond_head";
