/** The bare library: no validation, no history, no positions; each message framed once and written to every socket. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../place.ts";
import { logEvent } from "./events.ts";
import { startNodeServer } from "./node-server.ts";
import type { Subject } from "./subject.ts";

export const ws: Subject = {
  name: "ws",
  about: "ws 8 alone, each message framed once and written to every socket; keeps nothing",
  own: false,
  scenarios: ["fanout", "broadcast", "idle", "jitter", "slow", "slowlink", "mixed"],
  missing: () => (existsSync(join(root, "node_modules/ws")) ? undefined : "the library ws is not installed"),
  start: async (place) => {
    const script = join(import.meta.dirname, "ws/server.ts");
    const server = await startNodeServer("ws", place, [script], { cwd: root, env: process.env });
    return {
      pid: server.pid,
      port: server.port,
      readyMs: server.readyMs,
      wire: {
        path: "/",
        headers: {},
        subscribe: [{ send: "subscribe", expect: "subscribed" }],
        delivery: '{"id":',
      },
      event: logEvent,
      message: (json) => json,
      stop: server.end,
    };
  },
};
