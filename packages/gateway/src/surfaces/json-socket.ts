/** One of those WebSockets: what it hears goes to its speaker, what is said to it leaves as text. */
import type { Socket } from "node:net";
import { Gcra } from "@signalbox/core";
import { type CloseName, closeCodes } from "@signalbox/protocol";
import WebSocket from "ws";
import { guard } from "../guard.ts";
import type { Holder } from "../load.ts";
import type { Node } from "../node.ts";
import { type Receiver, receiverOf, unfinishedBytes, unfinishedSince } from "../sockets/receiver.ts";

/** Who speaks on a socket. A fault of it costs this connection, and no other. */
export interface Speaker {
  /** A message arrived whole. */
  text(text: string): void;
  /** What waited has left. */
  drained(): void;
  /** About once a second. */
  beat?(): void;
  /** More is unread than this node can hold, and this peer is among the worst. */
  shed(): void;
  /** Closed by either side; called once. */
  gone(): void;
}

/** As on /v1/ws. */
const silentBeats = 1.6;
const controlSeconds = 5;

export class JsonSocket implements Holder {
  readonly socket: Socket;
  readonly #ws: WebSocket;
  readonly #node: Node;
  readonly #receiver: Receiver;
  readonly #controls: Gcra;
  #speaker: Speaker | undefined;
  /** When something was heard last. */
  #heardMs: number;
  #pingedMs: number;
  #pongDue = false;
  #messageMs: number;
  /** When a sweep first saw the message that is still not whole. */
  #unfinishedMs: number | undefined;

  constructor(ws: WebSocket, socket: Socket, node: Node) {
    this.#ws = ws;
    this.socket = socket;
    this.#node = node;
    this.#receiver = receiverOf(ws);
    this.#heardMs = node.sweep.awakeMs;
    this.#pingedMs = this.#heardMs;
    this.#messageMs = this.#heardMs;
    const burst = node.limits.controlFrames;
    this.#controls = new Gcra({ perSecond: burst / controlSeconds, burst });
  }

  attach(speaker: Speaker): void {
    this.#speaker = speaker;
    const ws = this.#ws;
    ws.on("message", (data, binary) => this.#guarded(() => this.#message(String(data), binary)));
    ws.on("ping", (data) => {
      if (this.#mayControl() && this.waitingBytes < this.#node.limits.outboxBytes) ws.pong(data);
    });
    ws.on("pong", () => {
      if (!this.#pongDue) this.#mayControl();
      this.#pongDue = false;
      this.#heardMs = this.#node.sweep.awakeMs;
    });
    // ws has sent the close frame that an error asks for; the log need not know of every broken client.
    ws.on("error", ignore);
    ws.on("close", () => guard(this.#node.log, "while forgetting a connection", () => speaker.gone()));
    this.socket.on("drain", () => this.#guarded(() => speaker.drained()));
  }

  /** Given to it and not gone out yet. */
  get waitingBytes(): number {
    return this.#ws.bufferedAmount;
  }

  get heldBytes(): number {
    return unfinishedBytes(this.#receiver);
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  send(message: object): void {
    if (this.isOpen) this.#ws.send(JSON.stringify(message));
  }

  /** The peer is told why, by number and name. */
  close(code: CloseName): void {
    this.#ws.close(closeCodes[code].number, code);
  }

  /** All was said. */
  end(reason: string): void {
    this.#ws.close(normalClosure, reason);
  }

  shed(): void {
    this.#speaker?.shed();
  }

  /** Once a sweep: asks a quiet peer for a sign of life, and gives up one that gives none, or half a message. */
  beat(): void {
    const { heartbeatMs, messageMs } = this.#node.limits;
    const now = this.#node.sweep.awakeMs;
    if (!this.isOpen) return;
    if (now - this.#heardMs >= silentBeats * heartbeatMs) this.close("heartbeat_timeout");
    else if (this.#unfinishedFor(now) >= messageMs) this.close("bad_message");
    else {
      if (now - this.#pingedMs >= heartbeatMs) {
        this.#pingedMs = now;
        this.#pongDue = true;
        this.#ws.ping();
      }
      this.#guarded(() => this.#speaker?.beat?.());
    }
  }

  #message(text: string, binary: boolean): void {
    this.#heardMs = this.#node.sweep.awakeMs;
    this.#messageMs = this.#heardMs;
    // After our close frame nothing counts any more.
    if (!this.isOpen) return;
    if (binary) this.close("bad_message");
    else this.#speaker?.text(text);
  }

  /** Milliseconds for which sweeps have seen one and the same message unfinished. */
  #unfinishedFor(now: number): number {
    this.#unfinishedMs = unfinishedSince(this.#receiver, this.#unfinishedMs, this.#messageMs, now);
    return now - (this.#unfinishedMs ?? now);
  }

  /** Takes a control frame into account; false when it is not to be answered. */
  #mayControl(): boolean {
    if (!this.isOpen) return false;
    this.#heardMs = this.#node.sweep.awakeMs;
    if (this.#controls.take(performance.now()) === 0) return true;
    this.close("too_fast");
    this.socket.end();
    this.#ws.pause();
    return false;
  }

  #guarded(run: () => void): void {
    guard(this.#node.log, "while serving a connection", run, () => this.close("internal_error"));
  }
}

const normalClosure = 1_000;
const ignore = (): void => {};
