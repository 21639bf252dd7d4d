/** Bytes over a connection of their own, and everything that comes back until it ends. */
import { connect } from "node:net";
import type { LiveGateway } from "./gateway.ts";

export interface Sent {
  /** Written one after the other, each in a turn of its own. */
  pieces: readonly Buffer[];
  /** How we leave: by saying so, or by a reset as soon as everything is written. */
  leave: "end" | "reset";
  /** Everything that one waits for has come: `end` is then said. Without it, it is said at once. */
  enough?: (received: Buffer) => boolean;
}

export interface Received {
  bytes: Buffer;
  /** We said that we leave before the answer was enough. */
  early: boolean;
}

/** What comes in no more than this time is not awaited: the gateway waits for more of us. Milliseconds. */
const quietMs = 40;
/** A connection that has said all must be ended by the gateway within this. */
const patienceMs = 60_000;

export function exchange({ port, host }: LiveGateway, { pieces, leave, enough }: Sent): Promise<Received> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
    const chunks: Buffer[] = [];
    let early = enough === undefined;
    let quiet: NodeJS.Timeout | undefined;
    const patience = setTimeout(() => {
      socket.destroy();
      reject(new Error("the gateway leaves a connection open that has ended"));
    }, patienceMs);
    const end = (): void => {
      clearTimeout(quiet);
      socket.end();
    };
    const write = (at: number): void => {
      if (socket.destroyed || socket.writableEnded) return;
      const piece = pieces[at];
      if (piece !== undefined) {
        socket.write(piece, () => setImmediate(() => write(at + 1)));
      } else if (leave === "reset") {
        socket.resetAndDestroy();
      } else if (enough === undefined) {
        end();
      } else {
        quiet = setTimeout(() => {
          early = true;
          end();
        }, quietMs);
      }
    };
    socket.on("connect", () => write(0));
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      if (enough?.(chunks.length === 1 ? chunk : Buffer.concat(chunks))) end();
      else quiet?.refresh();
    });
    socket.on("end", () => socket.end());
    // A reset is an answer too: bytes that nobody wanted to read.
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(quiet);
      clearTimeout(patience);
      resolve({ bytes: Buffer.concat(chunks), early });
    });
  });
}
