/** One WebSocket as the hub's outbox: shared frames go straight to the socket, control frames through ws. */
import type { Duplex } from "node:stream";
import type { Outbox, Principal, Session, SharedPublication } from "@signalbox/core";
import { type CloseName, closeCodes, type Message } from "@signalbox/protocol";
import WebSocket from "ws";
import { guard } from "../../guard.ts";
import type { Node } from "../../node.ts";
import type { Bundle } from "./bundle.ts";
import { frameOf, textFrame } from "./frames.ts";
import type { Writes } from "./writes.ts";

/** Told twice before it counts as silence, and a little more for the way. */
const silentBeats = 1.6;

interface Who {
  /** `undefined`: its first message will say. */
  principal: Principal | undefined;
  address: string | undefined;
}

export class Connection implements Outbox {
  readonly #socket: Duplex;
  readonly #ws: WebSocket;
  readonly #node: Node;
  readonly #writes: Writes;
  readonly #session: Session;
  /** What this turn has for the peer so far. */
  #held: Bundle | undefined;
  #heardMs: number;
  #pingedMs: number;

  constructor(ws: WebSocket, socket: Duplex, { principal, address }: Who, node: Node, writes: Writes) {
    this.#ws = ws;
    this.#socket = socket;
    this.#node = node;
    this.#writes = writes;
    this.#heardMs = node.sweep.awakeMs;
    this.#pingedMs = this.#heardMs;
    this.#session = node.tenants.of(principal).hub.open(this, principal, { transport: "websocket", address });
  }

  get waitingBytes(): number {
    return this.#socket.writableLength + (this.#held?.bytes ?? 0);
  }

  publication(publication: SharedPublication): void {
    this.#write(frameOf(publication));
  }

  control(message: Message): void {
    this.#write(textFrame(JSON.stringify(message)));
  }

  close(code: CloseName): void {
    this.flush();
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
      this.#fault(error);
    }
  }

  heard(): void {
    this.#heardMs = this.#node.sweep.awakeMs;
  }

  drained(): void {
    try {
      this.#session.drained();
    } catch (error) {
      this.#fault(error);
    }
  }

  gone(): void {
    guard(this.#node.log, "while forgetting a connection", () => this.#session.closed());
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

  /** Writes what was held back since the last time. */
  flush(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    // ws has sent its close frame: nothing may follow it.
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    const roomLeft = this.#socket.write(held.whole());
    // The socket will not tell that it has drained if it never was full.
    if (roomLeft && this.#session.fullSinceMs !== undefined) this.drained();
  }

  /** Ours, not the client's: it may come back at once. */
  #fault(error: unknown): void {
    this.#node.log.error({ err: error }, "a fault while serving a connection");
    this.#session.closed();
    this.close("internal_error");
  }

  #write(frame: Uint8Array): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (this.#held === undefined) this.#writes.add(this);
    this.#held = (this.#held ?? this.#writes.empty).and(frame);
  }
}
