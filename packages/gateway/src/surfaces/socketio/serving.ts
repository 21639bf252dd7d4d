/** The Socket.IO server itself: loaded when the first client of it comes. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { errorData, Gcra, hasFailed, type Principal, type SharedPublication } from "@signalbox/core";
import type { ErrorData } from "@signalbox/protocol";
import { Server, type Socket } from "socket.io";
import { guard } from "../../guard.ts";
import { addressOf } from "../../http/address.ts";
import { AddressCounts, countedAs } from "../../http/address-counts.ts";
import { sendError } from "../../http/errors.ts";
import { refuseUpgrade } from "../../http/upgrades.ts";
import type { Node } from "../../node.ts";
import { GuardedSockets } from "../../sockets/guarded-sockets.ts";
import { membersIn } from "../members.ts";
import { Connection } from "./connection.ts";
import { credentialOf } from "./credential.ts";
import { closeWithin, type Engine, webSocketOf } from "./engine.ts";
import { packetOf, toldOf } from "./outward.ts";
import { readStanding, type Standing } from "./positions.ts";
import { queryOf } from "./query.ts";
import { sharedChannels } from "./rooms.ts";
import { SharedPacket } from "./shared-packet.ts";

/** Told about once an interval; silence of 1.6 intervals ends a connection, as on /v1/ws. */
const answerShare = 0.6;
/** Wrong tokens that one connection may try. */
const attempts = 5;
/** A flood that has stopped is forgiven in so many seconds. */
const packetSeconds = 5;
/** As on /v1/ws: so long a peer may take to hear that it is over. */
const closeMs = 5_000;
/** Of an id that is all it takes to read what a connection is sent. */
const idBytes = 24;

/** Who a connection speaks for, from its admission until it is open. */
interface Admitted {
  principal: Principal;
  standing: Standing | undefined;
}

export class Serving {
  readonly #node: Node;
  /** Listens to nothing: what is for Socket.IO is handed to it. */
  readonly #server = createServer();
  readonly #connections: Set<Connection>;
  readonly #webSockets: GuardedSockets;
  /** All that are open, joined or not. */
  readonly #all = new Set<Engine>();
  readonly #joined = new Map<Engine, Connection>();
  /** Those whose token is being looked at. */
  readonly #asking = new WeakSet<Engine>();
  readonly #refused = new WeakMap<Engine, number>();
  readonly #admitted = new WeakMap<Socket, Admitted>();
  /** Connections by address whose token has not come. */
  readonly #pending: AddressCounts;
  /** Requests whose connection is open, or was. */
  readonly #begun = new WeakSet<IncomingMessage>();
  /** Ends the count of a request's connection. */
  readonly #settle = new WeakMap<IncomingMessage, () => void>();
  readonly #packets = new WeakMap<SharedPublication, SharedPacket>();

  /** `connections`: those that have joined. */
  constructor(node: Node, connections: Set<Connection>) {
    const { heartbeatMs, authMs, messageMs, socketioBytes, frameBytes, pendingPerAddress } = node.limits;
    this.#node = node;
    this.#connections = connections;
    this.#pending = new AddressCounts(pendingPerAddress);
    this.#webSockets = new GuardedSockets(node);
    const io = new Server({ connectTimeout: authMs, serveClient: false });
    io.attach(this.#server, {
      transports: ["polling", "websocket"],
      allowEIO3: true,
      maxHttpBufferSize: Math.min(socketioBytes, frameBytes),
      pingInterval: heartbeatMs,
      pingTimeout: answerShare * heartbeatMs,
      upgradeTimeout: messageMs,
      httpCompression: false,
      perMessageDeflate: false,
      wsEngine: this.#webSockets.server,
    });
    const random = (): string => randomBytes(idBytes).toString("base64url");
    // It names its node: whichever gets a request of the connection knows where it belongs.
    io.engine.generateId = () => (node.forward === undefined ? random() : `${node.forward.mark}.${random()}`);
    io.engine.on("connection", (engine: Engine) => this.#guarded(() => this.#opened(engine)));
    io.use((socket, next) => {
      guard(
        node.log,
        "while admitting a connection",
        () => this.#admit(socket, next),
        () => next(refusal(errorData("internal", "the gateway made a mistake"))),
      );
    });
    io.on("connection", (socket) => {
      guard(
        node.log,
        "while opening a connection",
        () => this.#open(socket),
        () => socket.disconnect(true),
      );
    });
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    const error = this.#refuse(request, response);
    if (error === undefined) {
      // Pages of origins that are allowed may bring their user's session.
      if (response.hasHeader("access-control-allow-origin")) {
        response.setHeader("access-control-allow-credentials", "true");
      }
      this.#server.emit("request", Object.assign(request, { _query: queryOf(request) }), response);
      return;
    }
    this.#note(error, request);
    response.shouldKeepAlive = false;
    sendError(response, error);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const error = this.#refuse(request, socket);
    if (error === undefined) {
      this.#server.emit("upgrade", Object.assign(request, { _query: queryOf(request) }), socket, head);
      return;
    }
    this.#note(error, request);
    refuseUpgrade(socket, error);
  }

  /** Clients have been told when to come back: those that poll, if they were waiting. Nobody can poll again. */
  close(): void {
    for (const engine of this.#all) engine.close(webSocketOf(engine) === undefined);
  }

  /** `carrier`: what ends when nothing came of the request. */
  #refuse(request: IncomingMessage, carrier: ServerResponse | Duplex): ErrorData | undefined {
    const { method, headers } = request;
    const { sid, j } = queryOf(request);
    // A script of any page could read what is answered so.
    if (j !== undefined) return broken("/query/j", "must not be there: answers are no scripts");
    if (method === "POST" && !/^text\/plain *(;|$)/i.test(headers["content-type"] ?? "")) {
      return errorData("unsupported_media_type", "packets come as text/plain");
    }
    if (sid) return undefined;
    if (this.#node.health.draining) return errorData("unavailable", "the gateway is stopping");
    return this.#node.load.refuse() ?? this.#enter(request, carrier);
  }

  /** Its token comes in a packet: until then it counts among those of its address that wait. */
  #enter(request: IncomingMessage, carrier: ServerResponse | Duplex): ErrorData | undefined {
    const { pendingPerAddress: limit, authMs } = this.#node.limits;
    const address = countedAs(addressOf(request, this.#node));
    if (!this.#pending.enter(address)) {
      const message = `at most ${limit} connections of one address may wait for their token`;
      return errorData("too_many_connections", message, { limit, retryAfterMs: authMs });
    }
    let counts = true;
    const settle = (): void => {
      if (counts) this.#pending.leave(address);
      counts = false;
      this.#settle.delete(request);
    };
    this.#settle.set(request, settle);
    carrier.once("close", () => {
      if (!this.#begun.has(request)) settle();
    });
    return undefined;
  }

  #opened(engine: Engine): void {
    const { limits } = this.#node;
    this.#all.add(engine);
    this.#begun.add(engine.request);
    closeWithin(engine, closeMs);
    engine.once("close", () => {
      this.#all.delete(engine);
      this.#settle.get(engine.request)?.();
    });
    const burst = limits.socketioPackets;
    const packets = new Gcra({ perSecond: burst / packetSeconds, burst });
    engine.on("packet", () => {
      if (engine.readyState !== "open" || packets.take(performance.now()) === 0) return;
      this.#note(errorData("rate_limited", "too many packets"), engine.request);
      const joined = this.#joined.get(engine);
      if (joined === undefined) engine.close(true);
      else joined.tooFast();
    });
  }

  /** CONNECT: calls `next` once, with the error if it may not. */
  #admit(socket: Socket, next: (error?: Error) => void): void {
    const node = this.#node;
    const { conn: engine, request } = socket;
    const refuse = (error: ErrorData): void => {
      this.#asking.delete(engine);
      this.#note(error, request);
      const failed = (this.#refused.get(engine) ?? 0) + 1;
      this.#refused.set(engine, failed);
      next(refusal(error));
      // After the answer.
      if (failed >= attempts) setImmediate(() => engine.close());
    };
    if (this.#asking.has(engine) || this.#joined.has(engine)) {
      engine.close(true);
      next(refusal(broken("", "must join once")));
      return;
    }
    this.#asking.add(engine);
    const { auth } = socket.handshake;
    const given = membersIn(auth).value("since");
    const standing = given === undefined ? undefined : readStanding(given, sharedChannels);
    if (given !== undefined && standing === undefined) {
      refuse(broken("/auth/since", "must be an object of positions by channel, as they were given"));
      return;
    }
    const credential = credentialOf(auth, node.access.find(request));
    if (credential.what === "wrong") {
      refuse(credential.error);
      return;
    }
    const address = addressOf(request, node);
    node.access.admit(credential, { address, page: node.pageOf(request) }, (answer) => {
      const full = hasFailed(answer) ? answer : node.tenants.of(answer).hub.connected.full(answer);
      if (hasFailed(answer) || full !== undefined) {
        const { failed, message, details } = full ?? { failed: "internal", message: "no answer" };
        refuse(errorData(failed, message, details));
        return;
      }
      this.#admitted.set(socket, { principal: answer, standing });
      next();
    });
  }

  #open(socket: Socket): void {
    const { conn: engine, request } = socket;
    const admitted = this.#admitted.get(socket);
    this.#asking.delete(engine);
    this.#settle.get(engine.request)?.();
    if (admitted === undefined) throw new Error("nobody was admitted");
    const connection = new Connection({
      socket,
      node: this.#node,
      ...admitted,
      address: addressOf(request, this.#node),
      packetOf: (publication) => this.#packetOf(publication),
      unfinishedBytes: () => this.#webSockets.heldBytes(webSocketOf(engine)),
    });
    // Told at once that it may not go on.
    if (!socket.connected) return;
    this.#joined.set(engine, connection);
    this.#connections.add(connection);
    socket.once("disconnect", () =>
      this.#guarded(() => {
        this.#joined.delete(engine);
        this.#connections.delete(connection);
        connection.gone();
        // Without its namespace there is nothing left to say to it.
        engine.close();
      }),
    );
  }

  /** Made once for everybody who gets the publication. */
  #packetOf(publication: SharedPublication): SharedPacket | undefined {
    let packet = this.#packets.get(publication);
    if (packet === undefined) {
      const told = toldOf(publication.message(), publication.channel);
      if (told === undefined) return undefined;
      packet = new SharedPacket(packetOf(told.name, told.argument));
      this.#packets.set(publication, packet);
    }
    return packet;
  }

  #note({ name, message }: ErrorData, request: IncomingMessage): void {
    this.#node.refusals.note(name, message, addressOf(request, this.#node));
  }

  #guarded(run: () => void): void {
    guard(this.#node.log, "while serving Socket.IO", run);
  }
}

const broken = (path: string, rule: string): ErrorData =>
  errorData("invalid_message", `${path || "CONNECT"} ${rule}`, { path, rule });

/** What becomes CONNECT_ERROR. */
const refusal = (error: ErrorData): Error => Object.assign(new Error(error.message), { data: error });
