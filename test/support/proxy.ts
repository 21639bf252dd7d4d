/** A proxy between clients and a gateway, as people have them: it can refuse paths, and its network can go away. */
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { slowPipe } from "./slow-pipe.ts";

export interface ProxyServer {
  readonly url: string;
  /** The network goes away: every connection is reset, new ones too. */
  cut(): void;
  mend(): void;
  /** Those that are up now. */
  readonly connections: number;
  /** How often it was cut while at least one connection was up. */
  readonly cutConnections: number;
  /** What WebSockets get through it, all together; undefined: as fast as it goes. */
  bytesPerSecond: number | undefined;
  /** That went to WebSockets so far. */
  readonly passedBytes: number;
  close(): Promise<void>;
}

/** @param blocked Path prefixes answered 403, upgrades included. */
export async function startProxy(target: { port: number }, blocked: readonly string[] = []): Promise<ProxyServer> {
  const sockets = new Set<Socket>();
  let down = false;
  let cutConnections = 0;
  let bytesPerSecond: number | undefined;
  let passedBytes = 0;
  const refused = (path = "/"): boolean => blocked.some((prefix) => path.startsWith(prefix));

  const server: Server = createServer((incoming, answer) => {
    if (refused(incoming.url)) {
      answer.writeHead(403).end("blocked by the proxy");
      return;
    }
    const { method, url: path, headers } = incoming;
    const outgoing = request({ host: "127.0.0.1", port: target.port, method, path, headers }, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      // Headers go out at once: a stream may have nothing to say for a long time.
      answer.flushHeaders();
      from.pipe(answer);
      from.once("error", () => answer.destroy());
    });
    outgoing.once("error", () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
    answer.once("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  });

  server.on("upgrade", (incoming: IncomingMessage, client: Socket, head: Buffer) => {
    client.once("error", () => client.destroy());
    if (refused(incoming.url)) {
      client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    const upstream = connect(target.port, "127.0.0.1", () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
        lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
      }
      upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
      upstream.write(head);
      slowPipe(
        upstream,
        client,
        () => bytesPerSecond,
        (bytes) => {
          passedBytes += bytes;
        },
      );
      client.pipe(upstream);
    });
    upstream.once("error", () => client.destroy());
    upstream.once("close", () => client.destroy());
    client.once("close", () => upstream.destroy());
  });

  server.on("connection", (socket) => {
    if (down) {
      socket.resetAndDestroy();
      return;
    }
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return sockets.size;
    },
    get cutConnections() {
      return cutConnections;
    },
    get bytesPerSecond() {
      return bytesPerSecond;
    },
    set bytesPerSecond(rate) {
      bytesPerSecond = rate;
    },
    get passedBytes() {
      return passedBytes;
    },
    cut: () => {
      down = true;
      if (sockets.size > 0) cutConnections++;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    mend: () => {
      down = false;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
