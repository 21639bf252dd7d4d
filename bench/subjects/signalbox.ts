/** The gateway as users start it: validation, permissions, positions and history on. */
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mark, Step } from "../load/job.ts";
import { type Place, root, temporaryDirectory } from "../place.ts";
import { logEvent } from "./events.ts";
import { type NodeServer, startNodeServer } from "./node-server.ts";
import { redisMissing, startRedis } from "./redis/server.ts";
import type { Subject } from "./subject.ts";

const main = join(root, "packages/cli/src/main.ts");

interface Variant {
  name: string;
  about: string;
  scenarios: readonly string[];
  /** Of the namespace that is published to; otherwise it is like `agent`. `redis`: kept there, and two nodes share it. */
  durability: "fsync" | "memory" | "redis";
}

function gateway({ name, about, scenarios, durability }: Variant): Subject {
  return {
    name,
    about,
    own: true,
    scenarios,
    missing: () => {
      if (!existsSync(main)) return "packages/cli has no main.ts yet";
      return durability === "redis" ? redisMissing() : undefined;
    },
    start: async (place) => {
      const directory = temporaryDirectory();
      const config = join(directory.path, "signalbox.config.json");
      // Its own namespace, folded like `agent`, so that only the durability differs.
      const namespace = durability === "memory" ? "scratch" : "agent";
      const retention = { count: place.keptEvents ?? 50_000_000, bytes: 2 ** 36 };
      writeFileSync(
        config,
        JSON.stringify({
          ...(place.limits ? { limits: place.limits } : {}),
          rates: { types: ratesOf(place) },
          // Nothing is trimmed while a long history is measured.
          namespaces: {
            scratch: { durability: "memory", reducer: "agent" },
            agent: { retention },
            process: { retention },
          },
        }),
      );
      const token = randomBytes(24).toString("base64url");
      const redis = durability === "redis" ? await startRedis() : undefined;
      const shared = redis === undefined ? {} : { SIGNALBOX_REDIS_URL: redis.url };
      const serve = (data: string, where: Place): Promise<NodeServer> =>
        startNodeServer(
          name,
          where,
          ["--conditions=source", main, "serve", "--json", "--port", "0", "--data-dir", join(directory.path, data)],
          {
            cwd: directory.path,
            env: { ...withoutOurs(process.env), SIGNALBOX_ADMIN_TOKEN: token, SIGNALBOX_CONFIG: config, ...shared },
          },
        );
      const server = await serve("data", place);
      const other = redis && (await serve("other", { ...place, core: undefined }));
      const event = (publisher: string): string => logEvent(`${namespace}:${publisher}`);
      return {
        pid: server.pid,
        port: server.port,
        readyMs: server.readyMs,
        ...(redis && other && { publishPort: other.port, parts: { redis: redis.pid, publishing: other.pid } }),
        ...(server.inspector === undefined ? {} : { inspector: server.inspector }),
        wire: {
          path: "/v1/ws",
          headers: { authorization: `Bearer ${token}`, "sec-websocket-protocol": "signalbox.v1" },
          subscribe: subscribeTo([`${namespace}:bench`]),
          delivery: '{"channel":',
          answers: { kept: 'duplicate":', refused: 'error":{' },
          resume: {
            marks: positionMarks,
            steps: [
              {
                send: `{"id":"r1","type":"subscribe","data":{"channel":"${namespace}:bench","since":{"epoch":"$epoch","offset":$offset}}}`,
                expect: '"state":"subscribed"',
              },
            ],
          },
        },
        message: (json) => json,
        subscribeTo,
        event,
        batch: (publisher, events) => `[${Array.from({ length: events }, () => event(publisher)).join(",")}]`,
        stop: async () => {
          await Promise.all([server.end(), other?.end()]);
          await redis?.stop();
          directory.remove();
        },
      };
    },
  };
}

const ratesOf = ({ ratesPerS = {} }: Place): Record<string, { perSecond: number; burst: number }> =>
  Object.fromEntries(Object.entries(ratesPerS).map(([type, rate]) => [type, { perSecond: rate, burst: rate }]));

export const signalbox = gateway({
  name: "signalbox",
  about: "the gateway as it comes: on disk (fsync) before it is acknowledged or delivered",
  scenarios: [
    "fanout",
    "broadcast",
    "ingest",
    "idle",
    "storm",
    "jitter",
    "slow",
    "slowlink",
    "mixed",
    "compress",
    "overview",
    "curves",
    "start",
    "soak",
    "browser",
    "dashboard",
    "large",
  ],
  durability: "fsync",
});

export const signalboxMemory = gateway({
  name: "signalbox-memory",
  about: "the gateway, published to in a namespace that is kept in memory only",
  scenarios: ["fanout", "broadcast", "ingest", "storm"],
  durability: "memory",
});

export const signalboxRedis = gateway({
  name: "signalbox-redis",
  about: "two gateways that share a Redis: kept there before it is acknowledged or delivered",
  scenarios: ["cluster"],
  durability: "redis",
});

const subscribeTo = (channels: readonly string[]): Step[] =>
  channels.map((channel, index) => ({
    send: JSON.stringify({ id: `s${index}`, type: "subscribe", data: { channel } }),
    expect: '"state":"subscribed"',
  }));

/** A position stands in the answer to a subscribe and in every publication. */
const positionMarks = (["answer", "delivery"] as const).flatMap((where): Mark[] => [
  { name: "epoch", in: where, after: '"epoch":"', until: '"' },
  { name: "offset", in: where, after: '"offset":', until: "," },
]);

/** A developer's own SIGNALBOX_… settings must not change what is measured. */
const withoutOurs = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("SIGNALBOX_")));
