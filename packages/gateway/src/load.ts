/**
 * What this node carries: connections by kind, and the bytes that wait for peers to read them. When those are more than
 * its memory may hold, the ones who read worst are closed until there is room again; everybody else keeps their service.
 */
import type { Socket } from "node:net";
import { errorData } from "@signalbox/core";
import type { ErrorData, Limits } from "@signalbox/protocol";
import { guard } from "./guard.ts";
import type { Connections } from "./http/connections.ts";
import type { Log } from "./log.ts";

/** Something that holds bytes of one connection. */
export interface Holder {
  /** Null once it is gone. */
  readonly socket: Socket | null;
  /** Bytes it holds beside those that wait in the socket. */
  readonly heldBytes: number;
  /** Says that the node has too much to hold, and ends. */
  shed(): void;
}

interface LoadOptions {
  limits: Limits;
  connections: Pick<Connections, "size" | "sockets">;
  log: Log;
  /** Bytes of events that are on their way to the store. */
  appendingBytes(): number;
}

interface Leaving {
  holder: Holder;
  sweepsLeft: number;
}

/** Somebody with something unread. */
interface Reader {
  socket: Socket;
  bytes: number;
  /** What has left its socket so far. */
  sentBytes: number;
  holder: Holder | undefined;
}

/** Shedding goes on down to this part of the limit, so that it does not begin again at once. */
const enough = 0.75;
/** After so many sweeps one that was shed and still has not read is cut off: only then its memory is free. */
const sweepsToRead = 2;
const retryAfterMs = 5_000;

export class Load {
  /** At the last sweep. */
  unsentBytes = 0;
  /** More is unsent than may be; new viewers are refused. */
  over = false;
  /** Connections closed for it since the start. */
  shed = 0;
  readonly #options: LoadOptions;
  readonly #holders = new Map<string, ReadonlySet<Holder>>();
  readonly #leaving = new Map<Socket, Leaving>();
  /** What had left the sockets of those who had something unread at the last sweep. */
  #sentBefore = new Map<Socket, number>();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Open connections by what they are; `tcp` counts them all. */
  get connections(): Record<string, number> {
    const counts: Record<string, number> = { tcp: this.#options.connections.size };
    for (const [name, holders] of this.#holders) counts[name] = holders.size;
    return counts;
  }

  /** `holders` are counted under `name` from now on. */
  add(name: string, holders: ReadonlySet<Holder>): void {
    this.#holders.set(name, holders);
  }

  /** Why nobody may begin to watch now. */
  refuse(): ErrorData | undefined {
    if (!this.over) return undefined;
    return errorData("overloaded", "too much waits to be read on this gateway", { retryAfterMs });
  }

  /** Once a sweep. */
  measure(): void {
    const { limits, log } = this.#options;
    this.#cutOff();
    const readers = [...this.#readers().values()];
    const appendingBytes = this.#options.appendingBytes();
    const unsentBytes = bytesOf(readers) + appendingBytes;
    this.unsentBytes = unsentBytes;
    const limit = limits.unsentBytes;
    if (!this.over && unsentBytes > limit) {
      this.over = true;
      log.warn({ unsentBytes, limit }, "too much waits to be read: those who read worst are closed");
    }
    if (this.over && unsentBytes <= limit * enough) {
      this.over = false;
      log.warn({ unsentBytes, shed: this.shed }, "there is room again for what waits to be read");
    }
    if (this.over) this.#shedWorst(readers, appendingBytes);
    this.#sentBefore = new Map(readers.map(({ socket, sentBytes }) => [socket, sentBytes]));
  }

  #cutOff(): void {
    for (const [socket, leaving] of this.#leaving) {
      if (leaving.sweepsLeft-- > 0) continue;
      this.#leaving.delete(socket);
      if (socket.writableLength + leaving.holder.heldBytes > 0) socket.destroy();
    }
  }

  /**
   * First those who have read nothing since the last sweep, whatever else fills the memory. Those who do read, only when
   * they alone are too much. Nobody who had nothing unread then: that may be a moment's burst.
   */
  #shedWorst(readers: readonly Reader[], appendingBytes: number): void {
    const limit = this.#options.limits.unsentBytes;
    const staying = readers.filter(({ socket }) => !this.#leaving.has(socket)).sort((a, b) => b.bytes - a.bytes);
    let unread = bytesOf(staying);
    for (const reader of staying) {
      if (unread + appendingBytes <= limit * enough) return;
      if (this.#sentBefore.get(reader.socket) !== reader.sentBytes) continue;
      this.#shed(reader);
      unread -= reader.bytes;
    }
    for (const reader of staying) {
      if (unread <= limit) return;
      const before = this.#sentBefore.get(reader.socket);
      if (before === undefined || before === reader.sentBytes) continue;
      this.#shed(reader);
      unread -= reader.bytes;
    }
  }

  #shed({ socket, holder }: Reader): void {
    this.shed++;
    if (holder === undefined) {
      socket.destroy();
      return;
    }
    this.#leaving.set(socket, { holder, sweepsLeft: sweepsToRead });
    guard(this.#options.log, "while shedding load", () => holder.shed());
  }

  #readers(): Map<Socket, Reader> {
    const readers = new Map<Socket, Reader>();
    for (const socket of this.#options.connections.sockets) {
      const bytes = socket.writableLength;
      if (bytes === 0 || socket.destroyed) continue;
      readers.set(socket, { socket, bytes, sentBytes: socket.bytesWritten - bytes, holder: undefined });
    }
    for (const holders of this.#holders.values()) for (const holder of holders) addHolder(readers, holder);
    return readers;
  }
}

const bytesOf = (readers: readonly Reader[]): number => readers.reduce((sum, { bytes }) => sum + bytes, 0);

function addHolder(readers: Map<Socket, Reader>, holder: Holder): void {
  const { socket, heldBytes } = holder;
  if (socket === null || socket.destroyed) return;
  const reader = readers.get(socket);
  if (reader !== undefined) {
    reader.bytes += heldBytes;
    reader.holder = holder;
  } else if (heldBytes > 0) readers.set(socket, { socket, bytes: heldBytes, sentBytes: socket.bytesWritten, holder });
}
