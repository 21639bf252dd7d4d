/** One WebSocket as the hub's outbox: shared frames go straight to the socket, control frames through ws. */
import type { Duplex } from "node:stream";
import type { Outbox, Principal, Session, SharedPublication } from "@signalbox/core";
import { type CloseName, closeCodes, type Message } from "@signalbox/protocol";
import WebSocket from "ws";
import type { Node } from "../../node.ts";
import { frameOf, textFrame } from "./frames.ts";
import type { Writes } from "./writes.ts";

/** Told twice before it counts as silence, and a little more for the way. */
const silentBeats = 1.6;

export class Connection implements Outbox {
  readonly #socket: Duplex;
  readonly #ws: WebSocket;
  readonly #node: Node;
  readonly #writes: Writes;
  readonly #session: Session;
  #corked = false;
  #heardMs: number;
  #pingedMs: number;

  constructor(ws: WebSocket, socket: Duplex, principal: Principal | undefined, node: Node, writes: Writes) {
    this.#ws = ws;
    this.#socket = socket;
    this.#node = node;
    this.#writes = writes;
    this.#heardMs = node.sweep.awakeMs;
    this.#pingedMs = this.#heardMs;
    this.#session = node.hub.open(this, principal, { transport: "websocket" });
  }

  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  publication(publication: SharedPublication): void {
    this.#write(frameOf(publication));
  }

  control(message: Message): void {
    this.#write(textFrame(JSON.stringify(message)));
  }

  close(code: CloseName): void {
    this.#ws.close(closeCodes[code].number, code);
  }

  /** A message arrived whole. */
  message(data: WebSocket.RawData, binary: boolean): void {
    this.heard();
    // After our close frame nothing counts any more.
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (binary) {
      this.#session.closed();
      this.close("bad_message");
      return;
    }
    try {
      this.#session.receive(data.toString());
    } catch (error) {
      this.#node.log.error({ err: error }, "a fault while taking a message");
      this.#session.closed();
      this.close("internal_error");
    }
  }

  heard(): void {
    this.#heardMs = this.#node.sweep.awakeMs;
  }

  drained(): void {
    this.#session.drained();
  }

  gone(): void {
    this.#session.closed();
  }

  /** Once a sweep: asks a quiet peer for a sign of life, and gives up one that gives none. */
  beat(): void {
    const { heartbeatMs } = this.#node.limits;
    const now = this.#node.sweep.awakeMs;
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (now - this.#heardMs >= silentBeats * heartbeatMs) {
      this.#session.closed();
      this.close("heartbeat_timeout");
    } else if (now - this.#pingedMs >= heartbeatMs) {
      this.#pingedMs = now;
      this.#ws.ping();
    }
  }

  /** Lets go what was written since the last time. */
  flush(): void {
    this.#corked = false;
    this.#socket.uncork();
  }

  #write(frame: Uint8Array): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      this.#writes.add(this);
    }
    this.#socket.write(frame);
  }
}
