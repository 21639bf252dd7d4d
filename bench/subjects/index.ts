/** Everything that can be measured. A peer is one file and one line here. */
import { signalbox, signalboxMemory, signalboxRedis } from "./signalbox.ts";
import { socketIo, socketIoRecovery } from "./socketio.ts";
import { socketIoPubSub, socketIoStreams } from "./socketio-redis.ts";
import type { Subject } from "./subject.ts";
import { uws } from "./uws.ts";
import { ws } from "./ws.ts";

export const subjects: readonly Subject[] = [
  signalbox,
  signalboxMemory,
  ws,
  uws,
  socketIo,
  socketIoRecovery,
  signalboxRedis,
  socketIoPubSub,
  socketIoStreams,
];
