/** A connection between client and gateway that can be cut. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Relay {
  url: string;
  /** Where new connections go from now on. */
  target(gateway: { host: string; port: number }): void;
  /** Resets every connection. */
  cut(): void;
}

/** The gateway has to allow the host 127.0.0.1 on any port. */
export async function openRelay(gateway: { host: string; port: number }): Promise<Relay> {
  let { host, port } = gateway;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    cut();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: (next) => {
      ({ host, port } = next);
    },
    cut,
  };
}
