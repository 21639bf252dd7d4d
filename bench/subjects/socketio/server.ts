/**
 * Emits whatever is published to whoever subscribed. With the argument `recovery` clients may come back; with `pubsub URL` or
 * `streams URL` it shares rooms with others through a Redis adapter.
 */
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const recoveryMs = 120_000;
const room = "all";

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  serveClient: false,
  ...(process.argv.includes("recovery") ? { connectionStateRecovery: { maxDisconnectionDuration: recoveryMs } } : {}),
});

const [, , kind, url = ""] = process.argv;
if (kind === "pubsub" || kind === "streams") {
  const client = await createClient({ url }).connect();
  if (kind === "streams") io.adapter(createStreamsAdapter(client));
  else io.adapter(createAdapter(client, await client.duplicate().connect()));
}

io.on("connection", (socket) => {
  socket.on("subscribe", () => {
    void socket.join(room);
    socket.emit("subscribed");
  });
  socket.on("publish", (event: unknown) => io.to(room).emit("event", event));
});

http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  console.log(JSON.stringify({ port: address.port }));
});
process.once("SIGTERM", () => process.exit(0));
