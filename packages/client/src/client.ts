/** The whole client: the core, publishing, the HTTP API, folded stores and commands, over every transport. */
import { Access } from "./access.ts";
import { Commands } from "./commands.ts";
import { type Deps, defaultDeps } from "./defaults.ts";
import { Http } from "./http.ts";
import { insistence } from "./insist.ts";
import { Ladder } from "./ladder.ts";
import { LiveCore } from "./live-core.ts";
import { defaultQueue, Outbox } from "./outbox.ts";
import { Publishing } from "./publishing.ts";
import { Stores } from "./stores.ts";
import type { Client, ClientOptions } from "./types.ts";

/** Connects when it is first needed. `deps` replaces parts of the outside world, for tests. */
export function createClient(options: ClientOptions, deps: Partial<Deps> = {}): Client {
  const { transports, fetch, ...outside } = { ...defaultDeps(options.compression), ...deps };
  const { queue = defaultQueue, transports: wanted = transports.map(({ name }) => name) } = options;
  const ways = wanted.flatMap((name) => transports.filter((transport) => transport.name === name));
  const access = new Access(options, fetch);
  const publishing = new Publishing(() => core);
  const core: LiveCore = new LiveCore({
    ...options,
    access,
    transports: ways,
    ladder: new Ladder(ways),
    outside,
    outbox: (tell, newId, delayMs) => new Outbox(queue, tell, newId, delayMs),
    settled: (effect) => publishing.settled(effect),
  });
  const http = new Http(access);
  const stores = new Stores((name, watchOptions) => core.watch(name, watchOptions), outside.clock);
  const client: Client = {
    link: core.link,
    connect: () => core.connect(),
    watch: (channel, watchOptions) => core.watch(channel, watchOptions),
    ride: (rider) => core.ride(rider),
    wake: () => core.wake(),
    close: () => core.close(),
    channel: (name, fold) => stores.channel(name, fold),
    pattern: (name, fold) => stores.pattern(name, fold),
    publish: (draft) => publishing.publish(draft),
    publishAll: (drafts) => publishing.publishAll(drafts),
    command: (target, name, args, commandOptions) => commands.give(target, name, args, commandOptions),
    request: (path, init) => http.request(path, init),
    fetch: (path, init) => http.fetch(path, init),
  };
  const insist = insistence(outside, () => core.link.snapshot().state === "stopped");
  const commands = new Commands({ client, clock: outside.clock, insist, newId: core.newId });
  return client;
}
