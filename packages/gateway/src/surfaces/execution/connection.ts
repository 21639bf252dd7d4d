/** One flat connection: a session of the hub whose messages are translated both ways. */
import {
  errorData,
  type Hub,
  type Outbox,
  type Principal,
  type Session,
  type SharedPublication,
  type StateMessages,
} from "@signalbox/core";
import {
  type CloseName,
  type Draft,
  decodeValue,
  type ErrorData,
  type Message,
  type PublishResult,
  type SubscriptionUpdate,
} from "@signalbox/protocol";
import type { Engine } from "../../engine.ts";
import type { Node } from "../../node.ts";
import { isoTime } from "../iso-time.ts";
import type { JsonSocket, Speaker } from "../json-socket.ts";
import { membersIn } from "../members.ts";
import { readMessage } from "../read-message.ts";
import type { Cursor } from "./cursor.ts";
import { receiversOf } from "./direct.ts";
import { type Directory, nameOf, type Reachable } from "./directory.ts";
import { Followed } from "./followed.ts";
import { type Asked, ownIdOf, readAsked } from "./inward.ts";
import { LateCheckpoints } from "./late-checkpoints.ts";
import { type Flat, flatCommand, flatEvent, flatGap, flatState, flatSteps, openCheckpoints } from "./outward.ts";

export interface ConnectionOptions {
  socket: JsonSocket;
  node: Node;
  principal: Principal;
  address: string;
  directory: Directory;
}

/** What was asked and has no answer yet. */
interface Open {
  asked: Asked;
  replyTo: string | undefined;
}

/** Questions that may be open, commands that are followed: beyond, further ones are refused. */
const openAtMost = 1_000;
const retryAfterMs = 1_000;

export class Connection implements Outbox, Speaker, Reachable {
  readonly connectionId: string;
  readonly principal: Principal;
  readonly #options: ConnectionOptions;
  readonly #socket: JsonSocket;
  readonly #hub: Hub;
  readonly #engine: Engine;
  readonly #session: Session;
  readonly #open = new Map<string, Open>();
  /** Rooms that were resumed and have not begun, by what was joined: they are not told the state when nothing is missing. */
  readonly #resumed = new Map<string, Set<string>>();
  /** The last one said, by room. */
  readonly #progress = new Map<string, number>();
  readonly #checkpoints: LateCheckpoints;
  readonly #commands: Followed;

  constructor(options: ConnectionOptions) {
    const { socket, node, principal, address, directory } = options;
    this.#options = options;
    this.#socket = socket;
    this.principal = principal;
    const { hub, engine } = node.tenants.of(principal);
    this.#hub = hub;
    this.#engine = engine;
    this.#session = hub.open(this, principal, { transport: "executions", address });
    this.connectionId = this.#session.id;
    const seen = (state: unknown): unknown => this.#seen(state);
    const say = (flat: Flat): void => this.#say(flat);
    this.#checkpoints = new LateCheckpoints({ engine, seen, say });
    this.#commands = new Followed({ engine, hub, seen: (state) => flatCommand(seen(state), engine.nowMs()), say });
    directory.add(hub, this);
    this.#say({
      ...{ type: "connected", connectionId: this.connectionId, principal: nameOf(principal) },
      timestamp: isoTime(engine.nowMs()),
    });
  }

  /** As a message from the client would. */
  join(room: string, since: readonly Cursor[]): void {
    this.#perform({ do: "join", room, since }, undefined);
  }

  // --- Speaker ---

  text(text: string): void {
    const read = readMessage(text, this.#options.node.limits);
    if (!read.ok) {
      this.#session.refuse(read.path, read.rule);
      return;
    }
    const replyTo = ownIdOf(read.members);
    const asked = readAsked(read.type, read.members);
    if ("broken" in asked) this.#refuse(asked.broken, asked.rule, replyTo);
    else this.#perform(asked, replyTo);
  }

  drained(): void {
    if (this.#session.fullSinceMs !== undefined) this.#session.drained();
  }

  shed(): void {
    this.#session.close("overloaded_node");
  }

  gone(): void {
    this.#options.directory.remove(this.#hub, this);
    this.#commands.end();
    this.#checkpoints.end();
    this.#session.closed();
  }

  // --- Outbox ---

  get waitingBytes(): number {
    return this.#socket.waitingBytes;
  }

  publication(publication: SharedPublication): void {
    const { channel, epoch, offset, type } = publication;
    const message = publication.message();
    this.#checkpoints.ended(type, message.data);
    const progress = this.#progress.get(channel) ?? 0;
    const flat = flatEvent(message, channel, offset === 0 ? undefined : { epoch, offset }, progress);
    if (type === "execution_update") this.#progress.set(channel, Number(flat.progress));
    this.#say(flat);
  }

  /** Nobody here asks for them. */
  states(_messages: StateMessages): void {}

  control({ type, data, metadata, timestamp }: Message): void {
    const id = metadata?.correlationId;
    switch (type) {
      case "ack":
        for (const result of (data as { results: readonly PublishResult[] }).results) this.#acknowledged(result);
        return;
      case "error":
        this.#failed(data as ErrorData, id);
        return;
      case "subscription_update":
        this.#updated(data as SubscriptionUpdate, id, timestamp);
        return;
      default:
        this.#say({ ...membersIn(data).all, type, ...reply(this.#take(id)?.replyTo) });
    }
  }

  close(code: CloseName): void {
    this.#socket.close(code);
  }

  // --- direct messages ---

  /** False: there is no room for it. */
  hand(data: unknown, from: object, timestamp: string): boolean {
    if (!this.#socket.isOpen || this.waitingBytes >= this.#session.windowBytes) return false;
    this.#say({ type: "direct", from, data: this.#seen(data), timestamp });
    return true;
  }

  // --- inside ---

  #perform(asked: Asked, replyTo: string | undefined): void {
    if (this.#open.size + this.#commands.size >= openAtMost) {
      const error = errorData("overloaded", `at most ${openAtMost} questions may be open`, { retryAfterMs });
      this.#say({ type: "error", error, ...reply(replyTo) });
      return;
    }
    const id = this.#engine.newId();
    const draft = this.#draftOf(asked, id);
    const decoded = decodeValue(draft, this.#options.node.limits);
    if (!decoded.ok) {
      this.#refuse(decoded.path, decoded.rule, replyTo);
      return;
    }
    this.#open.set(id, { asked, replyTo });
    if (asked.do !== "direct") this.#session.accept(decoded.drafts);
    else if (this.#session.charge(draft)) {
      this.#open.delete(id);
      this.#direct(asked, replyTo);
    }
  }

  #draftOf(asked: Asked, id: string): Draft {
    switch (asked.do) {
      case "join":
        return { id, type: "subscribe", data: this.#joining(asked.room, asked.since) };
      case "leave":
        return { id, type: "unsubscribe", data: { channel: asked.room } };
      case "command":
        return { id, type: "command_queued", data: { ...asked.data, commandId: asked.commandId ?? id } };
      case "decide":
        return { id, type: "checkpoint_decided", data: asked.data };
      case "renew":
        return { id, type: "auth_request", data: { token: asked.token } };
      case "direct":
        return { id, type: "direct", data: asked.data };
      case "ping":
        return { id, type: "ping", data: {} };
    }
  }

  #joining(room: string, since: readonly Cursor[]): Record<string, unknown> {
    if (room.endsWith("*")) {
      const positions = Object.fromEntries(since.map(({ room: one, position }) => [one, position]));
      this.#resumed.set(room, new Set(Object.keys(positions)));
      return { channel: room, snapshot: true, positions };
    }
    const resumed = since.findLast((cursor) => cursor.room === room);
    if (resumed !== undefined) this.#resumed.set(room, new Set([room]));
    const mayRead = this.#session.rights.may("history", room);
    // Its newest picture is all the state that a browser has.
    const fresh = room.startsWith("browser:") && mayRead ? { last: 1 } : "now";
    return { channel: room, snapshot: mayRead, since: resumed?.position ?? fresh };
  }

  #take(id: string | undefined): Open | undefined {
    const found = id === undefined ? undefined : this.#open.get(id);
    if (id !== undefined) this.#open.delete(id);
    return found;
  }

  #acknowledged(result: PublishResult): void {
    const open = this.#take(result.id);
    if (open === undefined) return;
    if ("error" in result) {
      this.#refusedTo(open, result.error);
      return;
    }
    const { asked, replyTo } = open;
    if (asked.do === "command") {
      const { target, data } = asked;
      const commandId = asked.commandId ?? result.id;
      const ack = { type: "command_ack", commandId, target, name: data.name, accepted: true, ...reply(replyTo) };
      this.#commands.follow(commandId, ack);
    } else if (asked.do === "decide") {
      const { checkpointId, data } = asked;
      this.#say({ type: "checkpoint_ack", checkpointId, accepted: true, decision: data.decision, ...reply(replyTo) });
    }
  }

  #failed(error: ErrorData, id: string | undefined): void {
    const open = this.#take(id);
    if (open !== undefined) {
      this.#refusedTo(open, error);
      return;
    }
    const room = membersIn(error.details).text("channel");
    this.#say({ type: "error", error, ...(room === undefined ? {} : { room }) });
  }

  #refusedTo({ asked, replyTo }: Open, error: ErrorData): void {
    const details = membersIn(error.details).pick("decision", "decidedBy", "decidedAt");
    switch (asked.do) {
      case "command": {
        const { target, data, commandId } = asked;
        const about = commandId === undefined ? { target } : { commandId, target };
        this.#say({ type: "command_ack", ...about, name: data.name, accepted: false, error, ...reply(replyTo) });
        return;
      }
      case "decide": {
        const about = { checkpointId: asked.checkpointId, accepted: false, error };
        this.#say({ type: "checkpoint_ack", ...about, ...details, ...reply(replyTo) });
        return;
      }
      case "direct":
        this.#say({ type: "direct_ack", to: asked.to, accepted: false, error, ...reply(replyTo) });
        return;
      default: {
        const room = asked.do === "join" || asked.do === "leave" ? { room: asked.room } : {};
        if (asked.do === "join") this.#resumed.delete(asked.room);
        this.#say({ type: "error", error, ...room, ...reply(replyTo) });
      }
    }
  }

  #updated(update: SubscriptionUpdate, id: string | undefined, nowMs: number): void {
    const { channel: room, pattern = room, state, epoch, offset, gap, snapshot, reason, recovered } = update;
    const open = this.#take(id);
    const position = { epoch, offset };
    if (state === "unsubscribed") {
      this.#progress.delete(room);
      this.#resumed.delete(room);
      this.#say({ type: "left", room, ...(reason === undefined ? {} : { reason }), ...reply(open?.replyTo) });
      return;
    }
    if (state === "position") return;
    if (open?.asked.do === "join") this.#say({ type: "joined", room, ...reply(open.replyTo) });
    if (gap !== undefined) this.#say(flatGap(room, gap, nowMs));
    const isResumed = this.#resumed.get(pattern)?.delete(room) && recovered === true && gap === undefined;
    if (snapshot === undefined || isResumed) return;
    const flat = flatState(room, snapshot, position);
    if (flat === undefined) return;
    if (typeof flat.progress === "number") this.#progress.set(room, flat.progress);
    this.#say(flat);
    if (snapshot.reducer === "execution") for (const one of flatSteps(room, snapshot)) this.#say(one);
    for (const checkpointId of openCheckpoints(snapshot)) this.#checkpoints.tell(checkpointId, room);
  }

  #direct({ to, data }: Extract<Asked, { do: "direct" }>, replyTo: string | undefined): void {
    const { node, directory } = this.#options;
    const refuse = (error: ErrorData): void =>
      this.#say({ type: "direct_ack", to, accepted: false, error, ...reply(replyTo) });
    const limitBytes = node.limits.directBytes;
    if (Buffer.byteLength(JSON.stringify(data)) > limitBytes) {
      refuse(errorData("payload_too_big", `a direct message has at most ${limitBytes} bytes`, { limitBytes }));
      return;
    }
    const receivers = receiversOf(
      this.#session.principal ?? this.principal,
      to,
      directory.find(this.#hub, this.principal.tenant, to),
    );
    if ("refused" in receivers) {
      refuse(receivers.refused);
      return;
    }
    const clean = this.#hub.options.redactor?.value(data) ?? data;
    const from = { connectionId: this.connectionId, principal: nameOf(this.principal) };
    const timestamp = isoTime(this.#engine.nowMs());
    const delivered = receivers.filter((one) => one.hand(clean, from, timestamp)).length;
    if (delivered > 0) this.#say({ type: "direct_ack", to, accepted: true, delivered, ...reply(replyTo) });
    else refuse(errorData("overloaded", "who it is for does not read fast enough", { retryAfterMs }));
  }

  /** Counted among the bad messages in a row, which the session ends when they do not stop. */
  #refuse(path: string, rule: string, replyTo: string | undefined): void {
    const id = this.#engine.newId();
    if (replyTo !== undefined) this.#open.set(id, { asked: { do: "ping" }, replyTo });
    this.#session.refuse(path, rule, id);
    this.#open.delete(id);
  }

  /** Without what is hidden from it. */
  #seen(state: unknown): unknown {
    const { view } = this.#session;
    return view === undefined ? state : view.state(state);
  }

  #say(flat: Flat): void {
    this.#socket.send(flat);
  }
}

const reply = (replyTo: string | undefined): { replyTo?: string } => (replyTo === undefined ? {} : { replyTo });
