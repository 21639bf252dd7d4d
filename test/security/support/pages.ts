/** Pages of somebody else's site, served to a browser. */
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createRelay, type Socket } from "node:net";

export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** A site of one page, on a port of its own. */
export async function startSite(html = "<!doctype html><title>a site</title>"): Promise<Site> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export interface Tap {
  readonly url: string;
  /** Statuses of everything the gateway answered, in order. */
  readonly statuses: number[];
  close(): Promise<void>;
}

/** Another port of the gateway, where its answers can be seen: a browser tells its page nothing of those it blocks. */
export async function startTap(target: { port: number }): Promise<Tap> {
  const statuses: number[] = [];
  const sockets = new Set<Socket>();
  const server = createRelay((near) => {
    const far = connect(target.port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    far.on("data", (chunk: Buffer) => {
      for (const [, status] of chunk.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3}) /g)) statuses.push(Number(status));
    });
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    statuses,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
