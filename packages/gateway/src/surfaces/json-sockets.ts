/**
 * WebSockets that carry a JSON object per text frame, for surfaces whose clients know no more of a gateway. The same guards
 * as those of /v1/ws: sizes, fragments, floods of control frames, silence, messages that never end, peers that do not read.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { errorData, type Principal } from "@signalbox/core";
import type WebSocket from "ws";
import { WebSocketServer } from "ws";
import { guard } from "../guard.ts";
import { refuseUpgrade } from "../http/upgrades.ts";
import type { Node } from "../node.ts";
import { admitUpgrade, findCredential, noteAndRefuse } from "../sockets/upgrade.ts";
import { JsonSocket, type Speaker } from "./json-socket.ts";

/** As on /v1/ws. */
const chunksPerFrame = 1_024;
const closeMs = 5_000;

interface JsonSocketsOptions {
  /** What they are counted as. */
  name: string;
  /** The subprotocol that is spoken here. */
  protocol: string;
  node: Node;
}

export class JsonSockets {
  readonly #options: JsonSocketsOptions;
  readonly #server: WebSocketServer;
  readonly #open = new Set<JsonSocket>();

  constructor(options: JsonSocketsOptions) {
    const { name, protocol, node } = options;
    this.#options = options;
    // ws knows closeTimeout; its types do not yet.
    const settings: WebSocket.ServerOptions & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: node.limits.frameBytes,
      maxFragments: node.limits.fragments,
      maxBufferedChunks: chunksPerFrame,
      // Answered by the socket, which counts them.
      autoPong: false,
      closeTimeout: closeMs,
      handleProtocols: () => protocol,
    };
    this.#server = new WebSocketServer(settings);
    this.#server.on("wsClientError", (error, socket) => {
      refuseUpgrade(socket, errorData("invalid_message", error.message, { path: "/headers", rule: error.message }));
    });
    node.load.add(name, this.#open);
    node.sweep.add(() => {
      for (const one of this.#open) one.beat();
    });
  }

  /** Calls `admitted` with whom the upgrade's token speaks for; without one it gets 401. */
  admit(request: IncomingMessage, socket: Duplex, admitted: (principal: Principal) => void): void {
    const { node, protocol } = this.#options;
    const credential = findCredential(request, socket, node, protocol);
    if (credential === undefined) return;
    const { found } = credential;
    if (found === undefined) {
      noteAndRefuse(request, socket, node, errorData("unauthenticated", "this address needs a token"));
    } else admitUpgrade(request, socket, node, found, admitted);
  }

  /** Answers an upgrade that was admitted; `speakerOf` makes what hears and speaks on the new socket. */
  open(request: IncomingMessage, head: Buffer, speakerOf: (socket: JsonSocket) => Speaker): void {
    const { node } = this.#options;
    const { socket } = request;
    if (socket.destroyed) return;
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      const one = new JsonSocket(ws, socket, node);
      this.#open.add(one);
      ws.on("close", () => this.#open.delete(one));
      guard(
        node.log,
        "while opening a connection",
        () => one.attach(speakerOf(one)),
        () => socket.destroy(),
      );
    });
  }

  /** The gateway stops: its clients have been told when to come back. */
  close(): void {
    for (const one of this.#open) one.close("going_away");
  }
}
