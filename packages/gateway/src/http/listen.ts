/** Binding to an address, or to the next port that is free. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** So many ports after the wanted one are tried. */
const portsTried = 50;

/** Resolves with what was bound. Rejects with the system's error when nothing could be. */
export async function listen(server: Server, host: string, port: number, fallback: boolean): Promise<AddressInfo> {
  const last = fallback && port !== 0 ? Math.min(port + portsTried, 65_535) : port;
  for (let next = port; ; next++) {
    try {
      return await bind(server, host, next);
    } catch (error) {
      const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!taken || next >= last) throw error;
    }
  }
}

function bind(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      server.removeListener("listening", listening);
      reject(error);
    };
    const listening = (): void => {
      server.removeListener("error", failed);
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the server has no port"));
      else resolve(address);
    };
    server.once("error", failed);
    server.once("listening", listening);
    server.listen({ host, port });
  });
}
