/** One WebSocket as the hub's outbox: shared frames go straight to the socket, control frames through ws. */
import type { Socket } from "node:net";
import {
  Gcra,
  type Outbox,
  type Principal,
  type Session,
  type SharedPublication,
  type StateMessages,
} from "@signalbox/core";
import { type CloseName, closeCodes, type Message } from "@signalbox/protocol";
import WebSocket from "ws";
import { guard } from "../../guard.ts";
import type { Holder } from "../../load.ts";
import type { Node } from "../../node.ts";
import { limitMessages, type Receiver, receiverOf, unfinishedBytes, unfinishedSince } from "../../sockets/receiver.ts";
import { textFrame } from "../../sockets/text-frame.ts";
import { Acks, isAck } from "./acks.ts";
import type { Bundle } from "./bundle.ts";
import { Chunks, chunkAbove, chunkBytes } from "./chunks.ts";
import { type Compressor, gzip } from "./compressor.ts";
import { type FrameOf, frameOf, framesOf, payloadOf, pongFrame, probeFrame, probeNumber } from "./frames.ts";
import { type Inflater, inflaterOf } from "./inflater.ts";
import { firstWindowBytes, probeBytes, Window } from "./window.ts";
import type { Held, Writes } from "./writes.ts";

/** Told twice before it counts as silence, and a little more for the way. */
const silentBeats = 1.6;
/** All the control frames that may come at once come back in so many seconds. */
const controlSeconds = 5;

export interface ConnectionOptions {
  ws: WebSocket;
  socket: Socket;
  node: Node;
  writes: Writes;
  compressor: Compressor;
  /** Undefined: its first message must bring a token. */
  principal: Principal | undefined;
  address: string;
  /** Called once, when a token was accepted that came in a message. */
  admitted: (() => void) | undefined;
}

export class Connection implements Outbox, Holder, Held {
  readonly socket: Socket;
  readonly #ws: WebSocket;
  readonly #receiver: Receiver;
  readonly #node: Node;
  readonly #writes: Writes;
  readonly #session: Session;
  readonly #compressor: Compressor;
  /** Where permessage-deflate was negotiated. */
  readonly #inflater: Inflater | undefined;
  /** How it gets publications. */
  #frameOf: FrameOf;
  /** What there is for the peer since the last write. */
  #held: Bundle | undefined;
  /** The newest of it, not yet made a frame. */
  #acks: Acks | undefined;
  /** It is to be written when this turn ends. */
  #hurried = false;
  /** Written while there was no window. */
  #writtenBytes = 0;
  /** Made when so much was written that a probe is worth it: most peers never get that far. */
  #window: Window | undefined;
  /** It takes large messages in chunks. */
  #chunked = false;
  /** The one that is on its way so. */
  #large: Chunks | undefined;
  /** When a message came whole. */
  #messageMs: number;
  /** When a control frame came. */
  #signMs: number;
  #pingedMs: number;
  #pongDue = false;
  /** When it was last asked for a sign of life, by the steady clock. */
  #askedMs = 0;
  /** When a sweep first saw the message that is still not whole. */
  #unfinishedMs: number | undefined;
  /** Made when first needed: most peers only ever answer our pings. */
  #controls: Gcra | undefined;
  #admitted: (() => void) | undefined;

  constructor({ ws, socket, node, writes, compressor, principal, address, admitted }: ConnectionOptions) {
    this.#ws = ws;
    this.#compressor = compressor;
    this.#inflater = inflaterOf(ws);
    this.#frameOf = this.#inflater === undefined ? frameOf : compressor.deflated;
    this.#receiver = receiverOf(ws);
    this.socket = socket;
    this.#node = node;
    this.#writes = writes;
    this.#messageMs = node.sweep.awakeMs;
    this.#signMs = this.#messageMs;
    this.#pingedMs = this.#messageMs;
    this.#admitted = admitted;
    // A stranger's message is about as long as a token.
    if (principal === undefined) this.#limit(Math.min(node.limits.headerBytes, node.limits.frameBytes));
    this.#session = node.tenants.of(principal).hub.open(this, principal, { transport: "websocket", address });
  }

  /** All that the peer is not known to have taken, wherever it is. */
  get waitingBytes(): number {
    const unseenBytes = this.#window?.unseenBytes ?? this.#writtenBytes;
    return Math.max(unseenBytes, this.socket.writableLength) + this.pendingBytes;
  }

  get windowBytes(): number {
    return this.#window?.bytes ?? firstWindowBytes(this.#node.limits.outboxBytes);
  }

  get pendingBytes(): number {
    return this.#held?.bytes ?? 0;
  }

  /** What waits in the socket is counted there, and what waits to be written together is about to be. */
  get heldBytes(): number {
    return unfinishedBytes(this.#receiver);
  }

  chunk(): boolean {
    this.#chunked = true;
    return true;
  }

  get chunking(): string | undefined {
    return this.#large?.channel;
  }

  publication(publication: SharedPublication): void {
    const frame = this.#frameOf(publication);
    if (!this.#chunked || this.#large !== undefined || frame.length <= chunkAbove(this.windowBytes)) this.#hold(frame);
    else {
      this.#large = new Chunks(publication.channel, payloadOf(frameOf(publication)));
      this.#feed();
    }
  }

  /** Nobody gains by both: who negotiated permessage-deflate stays with it. */
  compress(codecs: readonly string[]): string[] {
    if (this.#inflater !== undefined) return [];
    const gzips = codecs.includes(gzip);
    this.#frameOf = gzips ? this.#compressor.gzipped : frameOf;
    return gzips ? [gzip] : [];
  }

  states(messages: StateMessages): void {
    this.#hold(framesOf(messages));
  }

  /** Somebody waits for an answer: it is not held back beyond this turn. */
  control(message: Message): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (!this.#takeAck(message)) this.#hold(textFrame(JSON.stringify(message)));
    this.#hurry();
    if (this.#admitted !== undefined && message.type === "auth_success") this.#admit();
  }

  close(code: CloseName): void {
    this.flush();
    this.#ws.close(closeCodes[code].number, code);
  }

  /** A message arrived whole. */
  message(data: WebSocket.RawData, binary: boolean): void {
    this.#messageMs = this.#node.sweep.awakeMs;
    this.#inflater?.cleanup();
    // After our close frame nothing counts any more.
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (binary) {
      this.#end("bad_message");
      return;
    }
    try {
      this.#session.receive(data.toString());
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Answered unless the peer leaves its answers unread. */
  ping(data: Uint8Array): void {
    if (!this.#mayControl()) return;
    if (this.waitingBytes < this.#node.limits.outboxBytes) this.socket.write(pongFrame(data));
  }

  /** Those that our pings asked for are free. */
  pong(data: Uint8Array): void {
    const window = this.#window;
    const now = performance.now();
    const tookMs = window?.answered(probeNumber(data), now);
    if (window !== undefined && tookMs !== undefined) {
      this.#node.timings.viewer.record(tookMs);
      this.#signMs = this.#node.sweep.awakeMs;
      this.drained();
      // What is about to be written brings its own.
      if (this.pendingBytes === 0 && (window.probeDue || this.#isWaited)) this.#probe(window);
      return;
    }
    if (!this.#pongDue) this.#mayControl();
    else if (window === undefined) this.#node.timings.viewer.record(now - this.#askedMs);
    this.#pongDue = false;
    this.#signMs = this.#node.sweep.awakeMs;
  }

  /** Something has left, here or at the peer: deliveries go on if that was enough. */
  drained(): void {
    this.#feed();
    if (this.#session.fullSinceMs === undefined) return;
    if (this.#window?.isLow(this.waitingBytes) === false) return;
    try {
      this.#session.drained();
    } catch (error) {
      this.#fault(error);
    }
  }

  gone(): void {
    guard(this.#node.log, "while forgetting a connection", () => this.#session.closed());
  }

  /** More is unread than this node can hold, and this peer is among the worst. */
  shed(): void {
    this.#session.close("overloaded_node");
  }

  /** Once a sweep: asks a quiet peer for a sign of life, and gives up one that gives none, or half a message. */
  beat(): void {
    const { heartbeatMs, messageMs } = this.#node.limits;
    const now = this.#node.sweep.awakeMs;
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (now - Math.max(this.#messageMs, this.#signMs) >= silentBeats * heartbeatMs) this.#end("heartbeat_timeout");
    else if (this.#unfinishedFor(now) >= messageMs) this.#end("bad_message");
    else if (now - this.#pingedMs >= heartbeatMs) {
      this.#pingedMs = now;
      this.#askForSign();
    }
  }

  /** Writes what was held back since the last time. */
  flush(): void {
    this.#frameAcks();
    this.#hurried = false;
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    // ws has sent its close frame: nothing may follow it.
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    this.#write(held.whole());
  }

  /** With a probe right behind, in one system call, where one is due. */
  #write(bytes: Uint8Array): void {
    const window = this.#window ?? this.#firstWindow(bytes.length);
    const due = window?.wrote(bytes.length, performance.now());
    if (window === undefined || window.probing || !(due || this.#isWaited)) {
      this.socket.write(bytes);
      return;
    }
    this.socket.cork();
    this.socket.write(bytes);
    this.#probe(window);
    this.socket.uncork();
  }

  /** Something goes on once the peer has taken more: without a probe nobody would ever wake it. */
  get #isWaited(): boolean {
    return this.#large !== undefined || this.#session.fullSinceMs !== undefined;
  }

  /** Goes on with the large message as far as half of what may be on the way: the other half is for others. */
  #feed(): void {
    const large = this.#large;
    if (large === undefined || this.#ws.readyState !== WebSocket.OPEN) return;
    while (!large.done && this.waitingBytes < this.windowBytes / 2)
      this.#hold(large.next(chunkBytes(this.windowBytes)));
    if (large.done) this.#large = undefined;
  }

  #firstWindow(bytes: number): Window | undefined {
    if (this.#writtenBytes + bytes < Math.min(probeBytes, this.windowBytes / 2)) this.#writtenBytes += bytes;
    else this.#window = new Window(this.#node.limits.outboxBytes, this.#writtenBytes);
    return this.#window;
  }

  #probe(window: Window): void {
    if (window.probing || this.#ws.readyState !== WebSocket.OPEN) return;
    this.socket.write(probeFrame(window.probe(performance.now())));
  }

  /** A peer need not answer more than the newest of several pings: where a probe is under way it is said again. */
  #askForSign(): void {
    const window = this.#window;
    this.#pongDue = true;
    this.#askedMs = performance.now();
    if (window === undefined) this.#ws.ping();
    else if (window.probing) this.socket.write(probeFrame(window.number));
    else this.#probe(window);
  }

  /** Ours, not the client's: it may come back at once. */
  #fault(error: unknown): void {
    this.#node.log.error({ err: error }, "a fault while serving a connection");
    this.#end("internal_error");
  }

  #end(code: CloseName): void {
    this.#session.closed();
    this.close(code);
  }

  #admit(): void {
    this.#limit(this.#node.limits.frameBytes);
    this.#admitted?.();
    this.#admitted = undefined;
  }

  /** Bytes of a message, as they come and inflated. */
  #limit(bytes: number): void {
    limitMessages(this.#receiver, bytes);
    if (this.#inflater !== undefined) this.#inflater._maxPayload = bytes;
  }

  /** Milliseconds for which sweeps have seen one and the same message unfinished. */
  #unfinishedFor(now: number): number {
    this.#unfinishedMs = unfinishedSince(this.#receiver, this.#unfinishedMs, this.#messageMs, now);
    return now - (this.#unfinishedMs ?? now);
  }

  /** Takes a control frame into account; false when it is not to be answered. */
  #mayControl(): boolean {
    if (this.#ws.readyState !== WebSocket.OPEN) return false;
    this.#signMs = this.#node.sweep.awakeMs;
    const burst = this.#node.limits.controlFrames;
    this.#controls ??= new Gcra({ perSecond: burst / controlSeconds, burst });
    if (this.#controls.take(performance.now()) === 0) return true;
    this.#end("too_fast");
    // The close frame is the last thing said and nothing is heard any more: a flood that goes on costs nothing.
    this.socket.end();
    this.#ws.pause();
    return false;
  }

  /** False if the message is no ack. */
  #takeAck(message: Message): boolean {
    if (!isAck(message)) return false;
    if (this.#acks?.add(message) !== true) {
      this.#frameAcks();
      this.#acks = new Acks(message);
    }
    return true;
  }

  #frameAcks(): void {
    const acks = this.#acks;
    if (acks === undefined) return;
    this.#acks = undefined;
    this.#hold(textFrame(JSON.stringify(acks.message())));
  }

  #hold(frame: Uint8Array): void {
    if (this.#acks !== undefined) this.#frameAcks();
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    const before = this.#held;
    const held = (before ?? this.#writes.empty).and(frame);
    this.#held = held;
    if (held.bytes >= this.#writes.enoughBytes) this.#hurry();
    else if (before === undefined && !this.#hurried) this.#writes.gather(this);
  }

  #hurry(): void {
    if (this.#hurried) return;
    this.#hurried = true;
    this.#writes.hurry(this);
  }
}
