/** A slow link in front of a server: what it sends to clients passes at so many bytes a second. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { slowPipe } from "../../test/support/slow-pipe.ts";

export interface SlowRelay {
  readonly port: number;
  /** That went to clients so far. */
  readonly passedBytes: number;
  /** Undefined: as fast as it goes. */
  bytesPerSecond: number | undefined;
  close(): void;
}

export async function openSlowRelay(port: number): Promise<SlowRelay> {
  const sockets = new Set<Socket>();
  let passedBytes = 0;
  const server = createServer((near) => {
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
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
    const passed = (bytes: number): void => {
      passedBytes += bytes;
    };
    slowPipe(far, near, () => relay.bytesPerSecond, passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const relay: SlowRelay = {
    port: (server.address() as AddressInfo).port,
    get passedBytes() {
      return passedBytes;
    },
    bytesPerSecond: undefined,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return relay;
}
