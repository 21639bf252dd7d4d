/** What browsers may be asked to load: bytes of JavaScript after minifying and gzip, 1 KB = 1,000 bytes. */

export interface Budget {
  name: string;
  /** More fails the check: what it is today, and a little room. Lower it when something became smaller. */
  mostBytes: number;
  /** Where it is meant to be. */
  goalBytes: number;
}

/** Modules that a browser program imports, as the code of its entry. */
export interface BundleBudget extends Budget {
  entry: string;
  /** Libraries that the program has anyway. */
  external?: readonly string[];
}

export const bundles: readonly BundleBudget[] = [
  {
    name: "client, whole",
    entry: `export { createClient } from "./packages/client/src/index.ts";`,
    // 120 B of it carry modules of their own, such as states, over the same link; chunks have 280, snapshots by name 110, commands 1,670.
    // Links that proxies end after a while, and streams that they collect, have 100.
    mostBytes: 13_750,
    goalBytes: 12_500,
  },
  {
    name: "client, core over WebSocket",
    entry: `import { createCore, websocketTransport } from "./packages/client/src/core.ts";
export const open = (url, token) => createCore({ url, token, transports: [websocketTransport(WebSocket)] });`,
    mostBytes: 8_360,
    goalBytes: 6_000,
  },
  {
    name: "client, resume machine alone",
    entry: `export { Session } from "./packages/client/src/session.ts";`,
    mostBytes: 5_780,
    goalBytes: 6_000,
  },
  {
    name: "client, states with what they share with it",
    entry: `export { states } from "./packages/client/src/states.ts";`,
    mostBytes: 2_500,
    goalBytes: 2_500,
  },
  {
    name: "client, steering with what it shares with it",
    entry: `export { approvals, commands, decide } from "./packages/client/src/steering.ts";`,
    mostBytes: 2_500,
    goalBytes: 2_500,
  },
  {
    name: "client, presence and demand with what they share with it",
    entry: `export { demand, presence } from "./packages/client/src/presence.ts";`,
    mostBytes: 1_900,
    goalBytes: 2_500,
  },
  {
    name: "client, queue over IndexedDB with what it shares with it",
    entry: `export { indexedDbStorage, openQueue } from "./packages/client/src/queue/queue.ts";`,
    mostBytes: 4_800,
    goalBytes: 5_000,
  },
  {
    name: "client for tabs, whole",
    entry: `export { createTabClient } from "./packages/client/src/tabs/tabs.ts";`,
    mostBytes: 16_600,
    goalBytes: 16_500,
  },
  {
    name: "client, newest events with what they share with it",
    entry: `export { recentEvents } from "./packages/client/src/recent.ts";`,
    mostBytes: 850,
    goalBytes: 1_000,
  },
  {
    name: "react, useWebSocket with the whole client, without react",
    entry: `export { useWebSocket } from "./packages/react/src/index.ts";`,
    external: ["react"],
    mostBytes: 14_900,
    goalBytes: 15_000,
  },
  {
    name: "react, all hooks with the whole client, without react",
    entry: `export { SignalboxProvider, useApprovals, useChannel, useCommand, useConnection, usePresence, useSnapshot, useSnapshots, useWebSocket } from "./packages/react/src/index.ts";`,
    external: ["react"],
    mostBytes: 19_300,
    goalBytes: 20_000,
  },
  {
    name: "vue, all composables with the whole client, without vue",
    entry: `export { provideSignalbox, useApprovals, useChannel, useCommand, useConnection, usePresence, useSnapshot, useSnapshots, useWebSocket } from "./packages/vue/src/index.ts";`,
    external: ["vue"],
    mostBytes: 19_600,
    goalBytes: 20_000,
  },
  {
    name: "client, class with its parts and all they use",
    entry: `export { WebSocketClient } from "./packages/client/src/websocket-client.ts";`,
    mostBytes: 16_670,
    goalBytes: 18_000,
  },
  {
    name: "client, stream with what it shares with it",
    entry: `export { stream } from "./packages/client/src/streaming-receiver.ts";`,
    mostBytes: 1_050,
    goalBytes: 1_500,
  },
];

/** What index.html of the built dashboard loads before any view that is fetched later: scripts and styles. */
export const dashboard: Budget & { page: string } = {
  name: "dashboard, first load",
  page: "packages/dashboard/dist/index.html",
  mostBytes: 171_000,
  goalBytes: 200_000,
};
