/** Emits whatever is published to whoever subscribed. With the argument `recovery` clients may come back. */
import { createServer } from "node:http";
import { Server } from "socket.io";

const recoveryMs = 120_000;
const room = "all";

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  serveClient: false,
  ...(process.argv.includes("recovery") ? { connectionStateRecovery: { maxDisconnectionDuration: recoveryMs } } : {}),
});

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
