/** A bad network in front of a server: late, in pieces of any size, sometimes gone, sometimes silent without an end. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface FaultyLink {
  readonly url: string;
  /** It goes away: every connection is reset, new ones too. */
  cut(): void;
  mend(): void;
  /** Half open: nothing more passes on those that are up, and neither end hears of it; new ones work. */
  hang(): void;
  /** Those that hang are reset, as by a router that no longer knows them. */
  forget(): void;
  /** Those that are up now. */
  readonly connections: number;
  /** How many were up and working when it was cut, and when it hung, all times together. */
  readonly counts: { cut: number; hung: number };
  /** Pieces that were shorter than what came. */
  readonly sliced: number;
  close(): Promise<void>;
}

interface Faults {
  /** Until the first byte of what came goes on; every piece after it at its own time, never before the one ahead. */
  latencyMs: number;
  /** The largest piece; sizes are spread evenly over their powers of two, single bytes among them. */
  sliceBytes: number;
}

/** More than this on its way, and the sender has to wait, as on a real link. */
const underwayBytes = 262_144;

export async function startFaultyLink(target: { port: number }, faults: Faults): Promise<FaultyLink> {
  const pairs = new Set<{ client: Socket; server: Socket; hung: boolean }>();
  const counts = { cut: 0, hung: 0 };
  let down = false;
  let sliced = 0;

  const listener = createServer({ allowHalfOpen: false, noDelay: true }, (client) => {
    client.on("error", () => client.destroy());
    if (down) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: target.port, host: "127.0.0.1", noDelay: true });
    const pair = { client, server, hung: false };
    pairs.add(pair);
    server.on("error", () => server.destroy());
    const onSlice = (): void => {
      sliced++;
    };
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      passOn(from, to, faults, () => pair.hung, onSlice);
      from.once("close", () => pairs.delete(pair));
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const working = (): number => [...pairs].filter(({ hung }) => !hung).length;
  const hungClients = new Set<Socket>();
  const forget = (): void => {
    for (const client of hungClients) client.resetAndDestroy();
    hungClients.clear();
  };
  const resetAll = (): void => {
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    forget();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return working();
    },
    counts,
    get sliced() {
      return sliced;
    },
    cut: () => {
      down = true;
      counts.cut += working();
      resetAll();
    },
    mend: () => {
      down = false;
    },
    hang: () => {
      counts.hung += working();
      for (const pair of pairs) {
        pair.hung = true;
        hungClients.add(pair.client);
      }
    },
    forget,
    close: () =>
      new Promise((resolve) => {
        resetAll();
        listener.close(() => resolve());
      }),
  };
}

/** Everything of `from` reaches `to`, in its order. */
function passOn(
  from: Socket,
  to: Socket,
  { latencyMs, sliceBytes }: Faults,
  hung: () => boolean,
  onSlice: () => void,
): void {
  const underway: Array<{ piece: Buffer; atMs: number }> = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const deliver = (): void => {
    timer = undefined;
    for (let first = underway[0]; first && first.atMs <= performance.now(); first = underway[0]) {
      underway.shift();
      bytes -= first.piece.length;
      if (!hung() && to.writable) to.write(first.piece);
    }
    if (bytes < underwayBytes && to.writableLength < underwayBytes) from.resume();
    if (underway[0]) timer = setTimeout(deliver, Math.max(0, underway[0].atMs - performance.now()));
    else if (from.readableEnded && !hung()) to.end();
  };
  from.on("data", (chunk: Buffer) => {
    if (hung()) return;
    const atMs = performance.now() + latencyMs;
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + Math.ceil(sliceBytes ** Math.random()));
      if (piece.length < chunk.length) onSlice();
      underway.push({ piece, atMs });
      at += piece.length;
    }
    bytes += chunk.length;
    if (bytes >= underwayBytes) from.pause();
    timer ??= setTimeout(deliver, latencyMs);
  });
  from.once("end", () => {
    timer ??= setTimeout(deliver, latencyMs);
  });
  to.on("drain", () => {
    if (bytes < underwayBytes) from.resume();
  });
  from.once("close", () => {
    // What came before a proper end still arrives; after a reset nothing does. A hung link tells nobody.
    if (from.readableEnded || hung()) return;
    clearTimeout(timer);
    to.destroy();
  });
}
