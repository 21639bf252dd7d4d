/** Runs in the browser: follows channels with the client, as a page of ours would. Bundled by page-script.ts. */
import { createClient } from "@signalbox/client";
import { agentReducer } from "@signalbox/core/reducers";

export interface Progress {
  live: boolean;
  /** Events of all channels: handed over, or folded into states. */
  events: number;
  /** What was told as missing. */
  gaps: number;
}

let look = (): Progress => ({ live: false, events: 0, gaps: 0 });

export const progress = (): Progress => look();

/** Every event of every channel is handed to a callback. */
export function watch(token: string, channels: readonly string[]): void {
  const client = createClient({ url: location.origin, token, transports: ["websocket"] });
  let events = 0;
  let gaps = 0;
  const watches = channels.map((channel) =>
    client.watch(channel, {
      onEvent: () => events++,
      onGap: () => gaps++,
    }),
  );
  look = () => ({ live: watches.every((each) => each.state().status === "live"), events, gaps });
}

/** Every channel is folded by the gateway's own reducer; whoever listens looks at the state after each change. */
export function fold(token: string, channels: readonly string[]): void {
  const client = createClient({ url: location.origin, token, transports: ["websocket"] });
  const stores = channels.map((channel) => client.channel(channel, agentReducer));
  for (const store of stores) store.subscribe(() => store.snapshot());
  const views = (): ReturnType<(typeof stores)[number]["snapshot"]>[] => stores.map((store) => store.snapshot());
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  look = () => ({
    live: views().every(({ status }) => status === "live"),
    events: sum(views().map(({ position }) => position?.offset ?? 0)),
    gaps: sum(views().map(({ gaps }) => gaps.length)),
  });
}
