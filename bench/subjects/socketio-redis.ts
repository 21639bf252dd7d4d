/** Two Socket.IO servers that share rooms through Redis, by either of its own adapters. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../place.ts";
import { logEvent } from "./events.ts";
import { startNodeServer } from "./node-server.ts";
import { redisMissing, startRedis } from "./redis/server.ts";
import { message, wire } from "./socketio.ts";
import type { Subject } from "./subject.ts";

interface Variant {
  name: string;
  about: string;
  kind: "pubsub" | "streams";
  adapter: string;
}

const withAdapter = ({ name, about, kind, adapter }: Variant): Subject => ({
  name,
  about,
  own: false,
  scenarios: ["cluster"],
  missing: () =>
    existsSync(join(root, "node_modules", adapter)) ? redisMissing() : `the library ${adapter} is not installed`,
  start: async (place) => {
    const redis = await startRedis();
    const script = [join(import.meta.dirname, "socketio/server.ts"), kind, redis.url];
    const server = await startNodeServer(name, place, script, { cwd: root, env: process.env });
    const other = await startNodeServer(name, { ...place, core: undefined }, script, { cwd: root, env: process.env });
    return {
      pid: server.pid,
      port: server.port,
      readyMs: server.readyMs,
      publishPort: other.port,
      parts: { redis: redis.pid, publishing: other.pid },
      wire,
      event: (publisher) => message(logEvent(publisher)),
      message,
      stop: async () => {
        await Promise.all([server.end(), other.end()]);
        await redis.stop();
      },
    };
  },
});

export const socketIoPubSub = withAdapter({
  name: "socketio-redis",
  about: "two Socket.IO servers with @socket.io/redis-adapter (Pub/Sub); keeps nothing",
  kind: "pubsub",
  adapter: "@socket.io/redis-adapter",
});

export const socketIoStreams = withAdapter({
  name: "socketio-streams",
  about: "two Socket.IO servers with @socket.io/redis-streams-adapter; keeps the newest 10,000 of all rooms",
  kind: "streams",
  adapter: "@socket.io/redis-streams-adapter",
});
