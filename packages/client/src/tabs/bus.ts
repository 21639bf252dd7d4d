/** How tabs of one browser hear of each other, and agree on who leads. */
import type { Draft, ErrorData, Gap, Position, Publication, Snapshot } from "@signalbox/protocol";
import type { LinkState, Problem, Published, WatchOptions, WatchState } from "../types.ts";

/** What a watch asks for, without whom it tells. */
export type Ask = Pick<WatchOptions, "since" | "positions" | "filter" | "snapshot" | "complete">;

/** From a tab to the leader. `round` counts the tab's beginnings with a leader: what is of an earlier one is void. */
export interface ToLeader {
  tab: string;
  round: number;
  /** Absent: whoever leads is asked for a word. */
  leader?: string | undefined;
  say:
    | { what: "hello" | "bye" | "connect" | "wake" | "beat" }
    | { what: "watch"; id: number; channel: string; ask: Ask }
    | { what: "stop"; id: number }
    | { what: "publish"; id: number; draft: Draft }
    | { what: "took"; events: number };
}

export type Told =
  /** Somebody leads; or it still does. */
  | { what: "lead" }
  | { what: "link"; link: LinkState }
  | { what: "events"; id: number; events: readonly Publication[] }
  | { what: "snapshot"; id: number; channel: string; snapshot: Snapshot }
  | { what: "bare"; id: number; channel: string }
  | { what: "gap"; id: number; channel: string; gap: Gap }
  | { what: "error"; id: number; error: ErrorData }
  | { what: "state"; id: number; state: WatchState }
  /** Of all its channels, with the first answer. */
  | { what: "positions"; id: number; positions: Record<string, Position> }
  | { what: "outcome"; id: number; outcome: Published | Problem }
  /** The tab did not take what it was sent: it begins anew. */
  | { what: "dropped" };

/** From the leader to a tab, all of one burst in one piece; to all tabs without `round`. */
export interface ToTab {
  leader: string;
  round?: number;
  told: readonly Told[];
}

export interface Line<Message> {
  post(message: Message): void;
  close(): void;
}

export interface Bus {
  toLeader(): Line<ToLeader>;
  /** `undefined`: to all. */
  toTab(tab: string | undefined): Line<ToTab>;
  /** Returns what stops it. */
  asLeader(hear: (message: ToLeader) => void): () => void;
  asTab(tab: string, hear: (message: ToTab) => void): () => void;
  /**
   * Waits until nobody else leads, or takes it from who does. What it resolves to aborts when that ends, with `leave` or
   * because another one took it.
   */
  lead(leave: AbortSignal, take: boolean): Promise<AbortSignal>;
  /** Says that the tab is there, as long as it is; returns what ends that. */
  live(tab: string): () => void;
  /** Calls back when the tab is gone, however it ended. */
  whenGone(tab: string, gone: () => void, leave: AbortSignal): void;
}

/** `undefined` where a browser has not what it takes: outside https and localhost, in old ones, in Node. */
export function browserBus(name: string): Bus | undefined {
  const locks = globalThis.navigator?.locks;
  if (!locks || typeof window === "undefined") return undefined;
  const line = (to: string): Line<unknown> => {
    const channel = new BroadcastChannel(`${name}/${to}`);
    return { post: (message) => channel.postMessage(message), close: () => channel.close() };
  };
  const hear = <Message>(at: string, listener: (message: Message) => void): (() => void) => {
    const channel = new BroadcastChannel(`${name}/${at}`);
    // Pages of this origin alone can post here, and these are ours.
    channel.onmessage = ({ data }: MessageEvent<Message>) => listener(data);
    return () => channel.close();
  };
  const until = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  return {
    toLeader: () => line("leader"),
    toTab: (tab) => line(tab === undefined ? "tabs" : `tab/${tab}`),
    asLeader: (listener) => hear("leader", listener),
    asTab(tab, listener) {
      const stops = ["tabs", `tab/${tab}`].map((at) => hear(at, listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    lead(leave, take) {
      const held = new AbortController();
      return new Promise((resolve, reject) => {
        const granted = (): Promise<void> => {
          resolve(held.signal);
          return until(leave);
        };
        // With `steal` no signal may be given.
        const options = take ? { steal: true } : { signal: leave };
        locks
          .request(`${name}/leader`, options, granted)
          .catch(reject)
          .finally(() => held.abort());
      });
    },
    live(tab) {
      const end = new AbortController();
      void locks.request(`${name}/tab/${tab}`, () => until(end.signal));
      return () => end.abort();
    },
    whenGone(tab, gone, leave) {
      locks.request(`${name}/tab/${tab}`, { signal: leave }, gone).catch(() => {});
    },
  };
}
