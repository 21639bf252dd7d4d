/** One Socket.IO connection: a session of the hub that is asked and told in events. */
import type { Socket as TcpSocket } from "node:net";
import {
  errorData,
  type Outbox,
  type Principal,
  type Session,
  type SharedPublication,
  type StateMessages,
} from "@signalbox/core";
import {
  type CloseName,
  type ControlData,
  closeCodes,
  type Draft,
  type ErrorData,
  formatPosition,
  type Message,
  mayReconnect,
  type Position,
  parsePosition,
  type Since,
  type SubscriptionUpdate,
} from "@signalbox/protocol";
import type { Socket } from "socket.io";
import { guard } from "../../guard.ts";
import type { Holder } from "../../load.ts";
import type { Node } from "../../node.ts";
import { membersIn } from "../members.ts";
import { type Engine, tcpOf, webSocketOf } from "./engine.ts";
import { type Asked, type Broken, readAsked } from "./inward.ts";
import { endOf, packetOf, roomTypes, sharedTypes, type Told, toldGap, withArgument } from "./outward.ts";
import { type Standing, Untold } from "./positions.ts";
import { channelOfProcess, processIn, sharedChannels } from "./rooms.ts";

/** Answers an event that asked for it. */
type Acknowledge = (answer: Record<string, unknown>) => void;

/** What was asked and has no answer yet. */
interface Open {
  asked: Asked | { do: "nothing" };
  acknowledge: Acknowledge | undefined;
  since: Since;
}

export interface ConnectionOptions {
  socket: Socket;
  node: Node;
  principal: Principal;
  address: string;
  /** Where it stood; `undefined`: it does not keep positions. */
  standing: Standing | undefined;
  /** The packet of a publication; `undefined` if it has none. */
  packetOf(publication: SharedPublication): string | undefined;
  /** Bytes of a message from the client that is not whole yet. */
  unfinishedBytes(): number;
}

/** Questions that may be open: beyond, further ones are refused. */
const openAtMost = 1_000;
const retryAfterMs = 1_000;
/** Nobody knows how fast a client takes what it polls, and between two polls nobody sees what is held for it. */
const pollingWindowBytes = 65_536;

export class Connection implements Outbox, Holder {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #engine: Engine;
  readonly #session: Session;
  readonly #newId: () => string;
  readonly #open = new Map<string, Open>();
  /** Processes whose room it has asked for. */
  readonly #rooms = new Set<string>();
  /** Where channels begin that it comes back to. */
  readonly #standing: Map<string, Position>;
  /** Patterns whose channels it has not been told of, by the request for each. */
  readonly #patterns = new Map<string, string>();
  #untold: Untold | undefined;
  #flushing = false;
  /** Given to Engine.IO and not yet to the transport, */
  #bufferedBytes = 0;
  /** and not yet to the network. */
  #sendingBytes = 0;

  constructor(options: ConnectionOptions) {
    const { socket, node, principal, address, standing } = options;
    this.#options = options;
    this.#socket = socket;
    this.#engine = socket.conn;
    this.#untold = standing && new Untold();
    this.#standing = new Map(standing?.channels);
    const { hub, engine } = node.tenants.of(principal);
    this.#newId = () => engine.newId();
    this.#session = hub.open(this, principal, { transport: "socketio", address });
    this.#count();
    socket.onAny((name: unknown, ...args: unknown[]) => this.#guarded(() => this.#event(name, args)));
    this.#subscribeShared(standing);
  }

  // --- Outbox ---

  get waitingBytes(): number {
    return this.#bufferedBytes + this.#sendingBytes;
  }

  get windowBytes(): number {
    const { outboxBytes } = this.#options.node.limits;
    return webSocketOf(this.#engine) === undefined ? Math.min(pollingWindowBytes, outboxBytes) : outboxBytes;
  }

  publication(publication: SharedPublication): void {
    const { channel, epoch, offset } = publication;
    const packet = this.#options.packetOf(publication);
    const place = offset === 0 ? undefined : { epoch, offset };
    if (packet !== undefined) this.#write(packet, channel, place);
    else if (place !== undefined) this.#stands(channel, place);
  }

  /** Nobody here asks for them. */
  states(_messages: StateMessages): void {}

  control({ type, data, metadata, timestamp }: Message): void {
    const id = metadata?.correlationId;
    switch (type) {
      case "subscription_update":
        this.#updated(data as SubscriptionUpdate, id, timestamp);
        return;
      case "error":
        this.#failed(data as ErrorData, id);
        return;
      case "auth_success":
        this.#take(id)?.acknowledge?.({ ok: true, ...membersIn(data).pick("expiresAt") });
        return;
      case "auth_failure":
        this.#refuse(data as ErrorData, this.#take(id));
        return;
      case "auth_expiring":
        this.#tell({ name: "auth-expiring", argument: membersIn(data).all });
        return;
      case "disconnect": {
        const { reconnectAfterMs } = data as ControlData["disconnect"];
        this.#tell({ name: "going-away", argument: { reconnectAfterMs } });
        return;
      }
      default:
    }
  }

  /** Everything that was there when it connected has been named. */
  settled(): void {
    if (this.#untold === undefined || this.#patterns.size === 0) return;
    for (const pattern of this.#patterns.values()) this.#untold.joined(pattern);
    this.#patterns.clear();
    this.#flushSoon();
  }

  close(code: CloseName): void {
    if (code !== "going_away") this.#tell({ name: "error", argument: endOf(code) });
    // Told to go in the words of the protocol it would stay away; one whose transport ends comes back by itself.
    if (mayReconnect(closeCodes[code].number)) this.#engine.close();
    else this.#socket.disconnect(true);
  }

  // --- Holder ---

  get socket(): TcpSocket | null {
    return tcpOf(this.#engine);
  }

  get heldBytes(): number {
    const elsewhereBytes = Math.max(0, this.waitingBytes - (this.socket?.writableLength ?? 0));
    return elsewhereBytes + this.#options.unfinishedBytes();
  }

  shed(): void {
    this.#session.close("overloaded_node");
  }

  /** More packets came than may. */
  tooFast(): void {
    this.#session.close("too_fast");
  }

  /** It ended, by either side. */
  gone(): void {
    this.#session.closed();
  }

  // --- what it asks for ---

  #event(name: unknown, args: readonly unknown[]): void {
    const last = args.at(-1);
    const acknowledge = typeof last === "function" ? (answer: object): void => void last(answer) : undefined;
    const asked = readAsked(name, acknowledge === undefined ? args : args.slice(0, -1));
    if ("broken" in asked) this.#broken(asked, acknowledge);
    else if (this.#open.size >= openAtMost) {
      const error = errorData("overloaded", `at most ${openAtMost} questions may be open`, { retryAfterMs });
      this.#refuse(error, { asked, acknowledge, since: "now" });
    } else this.#perform(asked, acknowledge);
  }

  #perform(asked: Asked, acknowledge: Acknowledge | undefined): void {
    switch (asked.do) {
      case "join":
        this.#join(asked, acknowledge);
        return;
      case "leave": {
        const channel = channelOfProcess(asked.processId);
        if (this.#rooms.delete(asked.processId)) {
          this.#ask({ type: "unsubscribe", data: { channel } }, { asked, acknowledge, since: "now" });
        } else this.#nothingToDo({ type: "unsubscribe", data: { channel } }, { asked, acknowledge, since: "now" });
        return;
      }
      case "renew":
        this.#ask({ type: "auth_request", data: { token: asked.token } }, { asked, acknowledge, since: "now" });
    }
  }

  #join(asked: Extract<Asked, { do: "join" }>, acknowledge: Acknowledge | undefined): void {
    const { processId } = asked;
    const channel = channelOfProcess(processId);
    if (asked.since !== undefined) this.#untold ??= new Untold();
    const kept = this.#session.rights.may("history", channel) ? this.#standing.get(channel) : undefined;
    const since = asked.since ?? kept ?? "now";
    const draft = subscribing(channel, since);
    if (this.#rooms.has(processId)) {
      this.#nothingToDo(draft, { asked, acknowledge, since });
      return;
    }
    this.#rooms.add(processId);
    this.#standing.delete(channel);
    this.#ask(draft, { asked, acknowledge, since });
  }

  #ask(draft: Draft, open: Open): void {
    const id = this.#newId();
    this.#open.set(id, open);
    this.#session.accept([{ ...draft, id }]);
  }

  /** What is so already; asking costs the same. */
  #nothingToDo(draft: Draft, open: Open): void {
    const id = this.#newId();
    this.#open.set(id, open);
    if (!this.#session.charge({ ...draft, id })) return;
    this.#open.delete(id);
    this.#done(open, true);
  }

  /** Counted among the bad messages in a row, which the session ends when they do not stop. */
  #broken({ broken, rule }: Broken, acknowledge: Acknowledge | undefined): void {
    const id = this.#newId();
    this.#open.set(id, { asked: { do: "nothing" }, acknowledge, since: "now" });
    this.#session.refuse(broken, rule, id);
    this.#open.delete(id);
  }

  #subscribeShared(standing: Standing | undefined): void {
    const { rights } = this.#session;
    const drafts = sharedChannels
      .filter((channel) => rights.touches("subscribe", channel))
      .map((channel): Draft => {
        const id = this.#newId();
        if (!channel.endsWith("*")) {
          const since = rights.may("history", channel) ? this.#standing.get(channel) : undefined;
          return { id, ...subscribing(channel, since ?? "now") };
        }
        this.#patterns.set(id, channel);
        const prefix = channel.slice(0, -1);
        const positions = Object.fromEntries([...this.#standing].filter(([name]) => name.startsWith(prefix)));
        const since = standing?.patterns.has(channel) ? "earliest" : "now";
        return { id, ...subscribing(channel, since, positions) };
      });
    this.#session.accept(drafts);
  }

  // --- what comes of it ---

  #take(id: string | undefined): Open | undefined {
    const found = id === undefined ? undefined : this.#open.get(id);
    if (id !== undefined) this.#open.delete(id);
    return found;
  }

  #updated(update: SubscriptionUpdate, id: string | undefined, nowMs: number): void {
    const { channel, state, epoch, offset, gap, reason, recovered = true } = update;
    const open = this.#take(id);
    if (state === "unsubscribed") {
      this.#ended(channel, reason, open);
      return;
    }
    // The answer for a pattern as a whole.
    if (epoch === "") return;
    this.#stands(channel, { epoch, offset });
    if (gap !== undefined) this.#tell(toldGap(channel, gap, nowMs));
    if (open !== undefined) this.#done(open, recovered);
  }

  #ended(channel: string, reason: string | undefined, open: Open | undefined): void {
    const processId = processIn(channel);
    if (open?.asked.do === "join") {
      this.#refuse(errorData("not_subscribed", `${channel} was left before it was joined`), open);
    } else if (open !== undefined) this.#done(open, true);
    else if (processId !== undefined && this.#rooms.delete(processId)) {
      this.#tell({ name: "unsubscribed", argument: { processId, ...(reason === undefined ? {} : { reason }) } });
    }
  }

  #done({ asked, acknowledge }: Open, recovered: boolean): void {
    if (asked.do === "join") acknowledge?.({ ok: true, processId: asked.processId, recovered });
    else if (asked.do === "leave") acknowledge?.({ ok: true, processId: asked.processId });
  }

  #failed(error: ErrorData, id: string | undefined): void {
    const open = this.#take(id);
    const channel =
      open?.asked.do === "join" ? channelOfProcess(open.asked.processId) : membersIn(error.details).text("channel");
    if (id !== undefined) this.#patterns.delete(id);
    if (error.name === "position_beyond_head" && channel !== undefined && this.#goOnAtHead(channel, error, open))
      return;
    const processId = channel === undefined ? undefined : processIn(channel);
    if (processId !== undefined && open?.asked.do !== "leave") this.#rooms.delete(processId);
    this.#refuse(error, open, processId);
  }

  /** The history ends before where it stood: says so, and goes on with what comes. */
  #goOnAtHead(channel: string, { details }: ErrorData, open: Open | undefined): boolean {
    const members = membersIn(details);
    const head = parsePosition(`${members.text("epoch")}:${members.number("offset")}`);
    const stood = positionOf(open?.since) ?? this.#standing.get(channel);
    if (head === undefined || stood === undefined) return false;
    this.#standing.delete(channel);
    this.#stands(channel, head);
    const { epoch, offset } = head;
    const gap = { reason: "position_beyond_head", epoch, from: offset + 1, to: stood.offset } as const;
    this.#tell(toldGap(channel, gap, this.#options.node.tenants.of(this.#session.principal).engine.nowMs()));
    const asked = open ?? { asked: { do: "nothing" }, acknowledge: undefined, since: head };
    this.#ask(subscribing(channel, head), { ...asked, since: head });
    return true;
  }

  #refuse(error: ErrorData, open: Open | undefined, processId?: string): void {
    if (open?.acknowledge !== undefined) open.acknowledge({ ok: false, error });
    else this.#tell({ name: "error", argument: { ...error, ...(processId === undefined ? {} : { processId }) } });
  }

  // --- what it is told ---

  #tell({ name, argument }: Told): void {
    const packet = packetOf(name, argument);
    this.#engine.write(this.#untold === undefined ? packet : withArgument(packet, this.#untold.take()), raw);
  }

  #write(packet: string, channel: string, place: Position | undefined): void {
    const untold = this.#untold;
    if (untold === undefined) {
      this.#engine.write(packet, raw);
      return;
    }
    const places = untold.take();
    if (place !== undefined) places[channel] = formatPosition(place);
    this.#engine.write(withArgument(packet, places), raw);
  }

  #stands(channel: string, place: Position): void {
    if (this.#untold === undefined) return;
    this.#untold.stands(channel, place);
    this.#flushSoon();
  }

  /** What nothing else takes along until then. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (this.#untold?.any) this.#engine.write(packetOf("positions", this.#untold.take()), raw);
    });
  }

  /** Follows what waits on its way out. */
  #count(): void {
    const engine = this.#engine;
    const sent = (): void => {
      this.#sendingBytes = 0;
      if (this.#session.fullSinceMs !== undefined) this.#guarded(() => this.#session.drained());
    };
    engine.on("packetCreate", ({ data }: { data?: unknown }) => {
      if (typeof data === "string") this.#bufferedBytes += Buffer.byteLength(data);
    });
    engine.on("flush", () => {
      this.#sendingBytes += this.#bufferedBytes;
      this.#bufferedBytes = 0;
    });
    engine.transport.on("drain", sent);
    engine.on("upgrade", (transport: Engine["transport"]) => void transport.on("drain", sent));
  }

  /** A mistake of the gateway costs this connection, and no other. */
  #guarded(run: () => void): void {
    guard(this.#options.node.log, "while serving a connection", run, () => this.#session.close("internal_error"));
  }
}

/** No part of it is compressed. */
const raw = { compress: false };

const subscribing = (channel: string, since: Since, positions: Record<string, Position> = {}): Draft => ({
  type: "subscribe",
  data: { channel, since, filter: { types: typesIn(channel) }, ...(channel.endsWith("*") ? { positions } : {}) },
});

const typesIn = (channel: string): string[] => [...(processIn(channel) === undefined ? sharedTypes : roomTypes)];

const positionOf = (since: Since | undefined): Position | undefined =>
  typeof since === "object" && "epoch" in since ? since : undefined;
