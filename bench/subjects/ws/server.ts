/** Broadcasts whatever it gets to whoever said `subscribe`. */
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { opcodes, serverFrame } from "../../load/frames.ts";

const http = createServer();
const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const subscribers = new Set<Duplex>();

http.on("upgrade", (request, socket, head) => {
  webSockets.handleUpgrade(request, socket, head, (client) => {
    client.on("message", (data: Buffer) => {
      if (data.length === 9 && data.toString("latin1") === "subscribe") {
        subscribers.add(socket);
        client.send("subscribed");
        return;
      }
      const frame = serverFrame(opcodes.text, data);
      for (const each of subscribers) each.write(frame);
    });
    client.on("close", () => subscribers.delete(socket));
    client.on("error", () => client.terminate());
  });
});

http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  console.log(JSON.stringify({ port: address.port }));
});
process.once("SIGTERM", () => process.exit(0));
