/** A node's own way to a server, which can be shut for it alone. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { RedisServer } from "./server.ts";

export interface Gate {
  /** As the server's, by this way. */
  readonly url: string;
  /** Resets every connection and refuses new ones. */
  shut(): void;
  /** Half open: connections stay, and nothing comes through either way. */
  hold(): void;
  /** As it was. What was held back comes through. */
  open(): void;
  /** Connections now. */
  readonly connections: number;
  close(): Promise<void>;
}

export async function openGate(target: RedisServer): Promise<Gate> {
  const pairs = new Set<readonly [near: Socket, far: Socket]>();
  let state: "open" | "shut" | "held" = "open";
  const server = createServer((near) => {
    near.on("error", () => {});
    if (state === "shut") {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target.port, target.host);
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    far.on("error", () => {});
    for (const socket of pair) socket.setNoDelay(true).on("close", end);
    near.pipe(far);
    far.pipe(near);
    if (state === "held") for (const socket of pair) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const shut = (): void => {
    state = "shut";
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  return {
    url: target.url.replace(`:${target.port}`, `:${port}`),
    get connections() {
      return pairs.size;
    },
    shut,
    hold: () => {
      state = "held";
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    open: () => {
      state = "open";
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    close: async () => {
      shut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
