/** uWebSockets as Bun has it: native code, its own publish to a topic; no history, no positions. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../place.ts";
import { logEvent } from "./events.ts";
import { startNodeServer } from "./node-server.ts";
import type { Subject } from "./subject.ts";

const command = join(root, "node_modules/bun/bin/bun.exe");

export const uws: Subject = {
  name: "uws",
  about: "uWebSockets through Bun, publish to a topic; keeps nothing",
  own: false,
  scenarios: ["fanout", "broadcast", "idle", "jitter", "slow", "slowlink", "mixed"],
  missing: () => (existsSync(command) ? undefined : "the package bun is not installed"),
  start: async (place) => {
    const script = join(import.meta.dirname, "uws/server.ts");
    const server = await startNodeServer("uws", place, [script], { cwd: root, env: process.env, command });
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
