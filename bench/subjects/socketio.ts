/** Socket.IO over WebSocket, as it comes and with connection-state recovery in memory. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Wire } from "../load/job.ts";
import { root } from "../place.ts";
import { logEvent } from "./events.ts";
import { startNodeServer } from "./node-server.ts";
import type { Subject } from "./subject.ts";

/** Engine.IO 4: `0` open, `2` ping, `3` pong, `40` connect, `42` event. */
export const wire: Wire = {
  path: "/socket.io/?EIO=4&transport=websocket",
  headers: {},
  hello: [{ send: "40", expect: '40{"sid"' }],
  subscribe: [{ send: '42["subscribe"]', expect: '42["subscribed"' }],
  delivery: '42["event",',
  ping: { text: "2", answer: "3" },
};

/** The server appends an offset to each packet; a client names the last one and its private session id. */
const resume: NonNullable<Wire["resume"]> = {
  marks: [
    { name: "pid", in: "answer", after: '"pid":"', until: '"' },
    { name: "offset", in: "answer", after: '42["subscribed","', until: '"' },
    { name: "offset", in: "delivery", after: ',"', until: '"', last: true },
  ],
  steps: [{ send: '40{"pid":"$pid","offset":"$offset"}', expect: '40{"sid"' }],
};

export const message = (json: string): string => `42["publish",${json}]`;

function socketIoWith({ name, about, recovery }: { name: string; about: string; recovery: boolean }): Subject {
  const always = ["fanout", "broadcast", "idle", "jitter", "slow", "slowlink", "mixed"];
  return {
    name,
    about,
    own: false,
    scenarios: recovery ? ["fanout", "jitter", "storm"] : always,
    missing: () =>
      existsSync(join(root, "node_modules/socket.io")) ? undefined : "the library socket.io is not installed",
    start: async (place) => {
      const script = [join(import.meta.dirname, "socketio/server.ts"), ...(recovery ? ["recovery"] : [])];
      const server = await startNodeServer(name, place, script, { cwd: root, env: process.env });
      return {
        pid: server.pid,
        port: server.port,
        readyMs: server.readyMs,
        wire: recovery ? { ...wire, resume } : wire,
        event: (publisher) => message(logEvent(publisher)),
        message,
        stop: server.end,
      };
    },
  };
}

export const socketIo = socketIoWith({
  name: "socketio",
  about: "Socket.IO 4 over WebSocket, emit to a room; keeps nothing",
  recovery: false,
});

export const socketIoRecovery = socketIoWith({
  name: "socketio-recovery",
  about: "the same with connection-state recovery, kept in memory",
  recovery: true,
});
