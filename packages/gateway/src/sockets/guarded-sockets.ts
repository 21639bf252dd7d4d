/**
 * WebSockets for a library that answers upgrades by itself: a server of the gateway's own ws, with the guards that /v1/ws has and
 * the library has no options for: fragments, tiny segments, floods of control frames, messages that never end.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Gcra } from "@signalbox/core";
import { closeCodes } from "@signalbox/protocol";
import WebSocket, { WebSocketServer } from "ws";
import type { Node } from "../node.ts";
import { type Receiver, receiverOf, unfinishedBytes, unfinishedSince } from "./receiver.ts";

/** As on /v1/ws. */
const chunksPerFrame = 1_024;
const closeMs = 5_000;
const controlSeconds = 5;

class Guarded {
  readonly #ws: WebSocket;
  readonly #node: Node;
  readonly #receiver: Receiver;
  readonly #controls: Gcra;
  #wholeMs: number;
  /** When a sweep first saw the message that is still not whole. */
  #unfinishedMs: number | undefined;

  constructor(ws: WebSocket, node: Node) {
    this.#ws = ws;
    this.#node = node;
    this.#receiver = receiverOf(ws);
    this.#wholeMs = node.sweep.awakeMs;
    const burst = node.limits.controlFrames;
    this.#controls = new Gcra({ perSecond: burst / controlSeconds, burst });
    ws.on("message", () => {
      this.#wholeMs = node.sweep.awakeMs;
    });
    // The library has its own signs of life: whatever control frames come, nobody asked for.
    ws.on("ping", (data) => {
      if (this.#mayControl() && ws.bufferedAmount < node.limits.outboxBytes) ws.pong(data);
    });
    ws.on("pong", () => this.#mayControl());
  }

  /** Bytes of the message that is not whole yet. */
  get heldBytes(): number {
    return unfinishedBytes(this.#receiver);
  }

  /** Once a sweep. */
  beat(): void {
    const now = this.#node.sweep.awakeMs;
    this.#unfinishedMs = unfinishedSince(this.#receiver, this.#unfinishedMs, this.#wholeMs, now);
    if (now - (this.#unfinishedMs ?? now) >= this.#node.limits.messageMs) this.#close("bad_message");
  }

  #mayControl(): boolean {
    if (this.#ws.readyState !== WebSocket.OPEN) return false;
    if (this.#controls.take(performance.now()) === 0) return true;
    this.#close("too_fast");
    this.#ws.pause();
    return false;
  }

  #close(code: "bad_message" | "too_fast"): void {
    this.#ws.close(closeCodes[code].number, code);
  }
}

export class GuardedSockets {
  readonly #node: Node;
  readonly #open = new Map<unknown, Guarded>();

  constructor(node: Node) {
    this.#node = node;
    node.sweep.add(() => {
      for (const one of this.#open.values()) one.beat();
    });
  }

  /** Bytes of the message on this WebSocket that is not whole yet; 0 for what is none. */
  heldBytes(ws: unknown): number {
    return this.#open.get(ws)?.heldBytes ?? 0;
  }

  /** What the library makes its server of. */
  get server(): new (
    options: WebSocket.ServerOptions,
  ) => WebSocketServer {
    const guard = (ws: WebSocket): void => this.#guard(ws);
    const { fragments } = this.#node.limits;
    return class extends WebSocketServer {
      constructor(options: WebSocket.ServerOptions) {
        // ws knows closeTimeout; its types do not yet.
        const settings: WebSocket.ServerOptions & { closeTimeout: number } = {
          ...options,
          maxFragments: fragments,
          maxBufferedChunks: chunksPerFrame,
          // Answered by the guard, which counts them.
          autoPong: false,
          closeTimeout: closeMs,
          // A token among the subprotocols must not be repeated in the answer.
          handleProtocols: () => false,
        };
        super(settings);
      }

      override handleUpgrade(
        request: IncomingMessage,
        socket: Duplex,
        head: Buffer,
        done: (ws: WebSocket, request: IncomingMessage) => void,
      ): void {
        super.handleUpgrade(request, socket, head, (ws) => {
          guard(ws);
          done(ws, request);
        });
      }
    };
  }

  #guard(ws: WebSocket): void {
    this.#open.set(ws, new Guarded(ws, this.#node));
    ws.once("close", () => this.#open.delete(ws));
  }
}
