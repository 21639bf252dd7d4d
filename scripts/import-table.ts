/** The arrows of ARCHITECTURE.md as data. Each row says why; check-imports.ts prints it. */

export interface PartRule {
  /** What its sources may import from this repository: these names exactly. */
  from: readonly string[];
  /** What not even its tests may import. Otherwise tests may import every declared development dependency. */
  never: readonly string[];
  /** Libraries from outside: any that package.json declares, or only these. */
  outside: "declared" | readonly string[];
  /** Whether sources may import `node:` modules. */
  node: boolean;
  /** Whether this part may only be a development dependency of others. */
  devOnly?: true;
  why: string;
}

const binding = (library: string): PartRule => ({
  from: [
    "@signalbox/client",
    "@signalbox/client/bindings",
    "@signalbox/client/presence",
    "@signalbox/client/recent",
    "@signalbox/client/states",
    "@signalbox/client/steering",
    "@signalbox/protocol",
  ],
  never: ["@signalbox/core"],
  outside: [library],
  node: false,
  why: "a binding connects stores of the client to its library; what more than one of them needs belongs to the client",
});

/** A row per folder under packages/. */
export const parts: Readonly<Record<string, PartRule>> = {
  protocol: {
    from: [],
    never: ["@signalbox/core", "@signalbox/client", "@signalbox/gateway", "@signalbox/agent", "signalbox"],
    outside: ["typebox"],
    node: false,
    why: "protocol is what every part and every SDK agrees on: it stands alone and runs anywhere",
  },
  core: {
    from: ["@signalbox/protocol"],
    never: ["@signalbox/client", "@signalbox/gateway", "@signalbox/agent", "signalbox"],
    outside: [],
    node: false,
    why: "core takes facts and gives effects; what it needs from outside it asks for through its ports",
  },
  client: {
    from: ["@signalbox/protocol"],
    never: ["@signalbox/core"],
    outside: [],
    node: false,
    why: "client runs in browsers and in Node with nothing to install and no byte it does not need",
  },
  agent: {
    from: ["@signalbox/client", "@signalbox/client/presence", "@signalbox/client/queue", "@signalbox/protocol"],
    never: ["@signalbox/core"],
    outside: "declared",
    node: true,
    why: "an agent is a producer on the wire like any other: it knows the client, not the server's inside",
  },
  gateway: {
    from: [
      "@signalbox/core",
      "@signalbox/core/reducers",
      "@signalbox/core/timeline",
      "@signalbox/protocol",
      "@signalbox/protocol/schemas",
    ],
    never: ["@signalbox/client", "@signalbox/agent", "signalbox"],
    outside: "declared",
    node: true,
    why: "a server that depends on its own client hides where the two disagree with spec/protocol.md",
  },
  cli: {
    from: [
      "@signalbox/agent",
      "@signalbox/agent/runner",
      "@signalbox/client",
      "@signalbox/client/presence",
      "@signalbox/client/states",
      "@signalbox/core/reducers",
      "@signalbox/dashboard/package.json",
      "@signalbox/gateway",
      "@signalbox/protocol",
    ],
    never: [],
    outside: "declared",
    node: true,
    why: "the command line starts and joins the parts through their public names; of the dashboard it knows where its files are",
  },
  react: binding("react"),
  vue: binding("vue"),
  dashboard: {
    from: [
      "@signalbox/client",
      "@signalbox/client/presence",
      "@signalbox/client/states",
      "@signalbox/client/steering",
      "@signalbox/core/reducers",
      "@signalbox/core/timeline",
      "@signalbox/protocol",
    ],
    never: [],
    outside: "declared",
    node: false,
    why: "the dashboard is a client like any other; reducers are shared so that both sides fold alike",
  },
  testkit: {
    from: ["@signalbox/core", "@signalbox/core/reducers", "@signalbox/protocol", "@signalbox/protocol/schemas"],
    never: [],
    outside: "declared",
    node: true,
    devOnly: true,
    why: "suites are written against the ports, and nothing that ships may need them",
  },
};

/** What a pure package may not touch: it would read a clock, a die or the world, or wait. */
export const pure = {
  parts: ["protocol", "core"],
  names: [
    ...["Date", "performance", "Math.random", "crypto"],
    ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "queueMicrotask"],
    ...["process", "globalThis", "console", "fetch", "WebSocket", "EventSource", "XMLHttpRequest"],
    ...["Promise", "async", "await"],
  ],
  except: {
    "packages/core/src/ports.ts": {
      names: ["Promise"],
      why: "ports are types only: they say what adapters answer, and adapters wait for disks and networks",
    },
    "packages/core/src/broker.ts": {
      names: ["Promise"],
      why: "a port, too",
    },
  } as Readonly<Record<string, { names: readonly string[]; why: string }>>,
  why: "pure packages take facts and nowMs and give effects, so that every interleaving can be tested in milliseconds",
} as const;

/** typebox compiles validators with code generation; pages with a strict content policy, and small bundles, must not get it. */
export const light = {
  entry: "packages/protocol/src/index.ts",
  library: "typebox",
  why: "what index.ts reaches runs in browsers: schemas are for the server side, under @signalbox/protocol/schemas",
} as const;

/** Adapters: a folder each, under these folders. */
export const adapters = {
  at: "packages/gateway/src",
  kinds: ["transports", "brokers", "stores", "sources", "surfaces", "auth", "notifications"],
  namedBy: "packages/gateway/src/main.ts",
  outsideLibraries: 1,
  whySibling: "an adapter can be added or removed as one folder only if no other adapter knows it",
  whyNamed: "only main.ts chooses adapters; everything else asks a port what it can do, never what it is called",
  whyOne: "an adapter joins one outside library to our ports; with two it is two adapters",
} as const;

export const publicSurface = {
  why: "the public surface is a list a person wrote: `export *` publishes whatever comes along",
} as const;

export const insideOnly = {
  why: "packages meet through their names and public surface, not through each other's files",
} as const;
