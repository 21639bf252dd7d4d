/** Publishes whatever it gets to whoever said `subscribe`. Runs on Bun. */

interface BunSocket {
  subscribe(topic: string): void;
  send(text: string): void;
}

interface BunServer {
  readonly port: number;
  upgrade(request: Request): boolean;
  publish(topic: string, text: string): void;
}

/** What is used here of https://bun.com/docs/api/websockets. */
declare const Bun: {
  serve(options: {
    hostname: string;
    port: number;
    fetch(request: Request, server: BunServer): Response | undefined;
    websocket: { perMessageDeflate: boolean; message(socket: BunSocket, text: string): void };
  }): BunServer;
};

const topic = "all";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("", { status: 426 })),
  websocket: {
    perMessageDeflate: false,
    message: (socket, text) => {
      if (text === "subscribe") {
        socket.subscribe(topic);
        socket.send("subscribed");
      } else server.publish(topic, text);
    },
  },
});

console.log(JSON.stringify({ port: server.port }));
process.once("SIGTERM", () => process.exit(0));
