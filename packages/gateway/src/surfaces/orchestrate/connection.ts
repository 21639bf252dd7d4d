/** One follower of a session: a session of the hub whose events are told as the document says (S§2.4). */
import {
  errorData,
  type Hub,
  type Outbox,
  type Principal,
  type Session,
  type SharedPublication,
  type StateMessages,
} from "@signalbox/core";
import { type SessionState, sessionReducer } from "@signalbox/core/reducers";
import {
  type CloseName,
  decodeValue,
  type ErrorData,
  type Message,
  type PublishResult,
  type SubscriptionUpdate,
} from "@signalbox/protocol";
import type { Engine } from "../../engine.ts";
import { guard } from "../../guard.ts";
import { Refused } from "../../http/errors.ts";
import type { Node } from "../../node.ts";
import type { JsonSocket, Speaker } from "../json-socket.ts";
import { readMessage } from "../read-message.ts";
import {
  type AskedOfSession,
  isOfSession,
  readAsked,
  type SessionUpdate,
  toldEvent,
  toldUpdate,
  updateOf,
} from "./messages.ts";
import { Pace } from "./pace.ts";

export interface ConnectionOptions {
  socket: JsonSocket;
  node: Node;
  principal: Principal;
  address: string;
  sessionId: string;
  /** As POST /orchestrate/stop; true: it has stopped. Throws Refused. */
  stop(principal: Principal): Promise<boolean>;
}

/** Messages that may wait for their answer. */
const openAtMost = 1_000;
const retryAfterMs = 1_000;

export class Connection implements Outbox, Speaker {
  readonly #options: ConnectionOptions;
  readonly #socket: JsonSocket;
  readonly #engine: Engine;
  readonly #session: Session;
  readonly #pace = new Pace<SessionUpdate>();
  readonly #open = new Map<string, AskedOfSession>();
  #state: SessionState;
  #timer: NodeJS.Timeout | undefined;
  /** The state is known: events before it are part of it. */
  #isTold = false;

  constructor(options: ConnectionOptions) {
    const { socket, node, principal, address, sessionId } = options;
    this.#options = options;
    this.#socket = socket;
    const { hub, engine }: { hub: Hub; engine: Engine } = node.tenants.of(principal);
    this.#engine = engine;
    const channel = `session:${sessionId}`;
    this.#state = sessionReducer.initial(channel);
    this.#session = hub.open(this, principal, { transport: "session", address });
    this.#session.accept([{ type: "subscribe", data: { channel, snapshot: true } }]);
  }

  // --- Speaker ---

  text(text: string): void {
    const read = readMessage(text, this.#options.node.limits);
    if (!read.ok) {
      this.#session.refuse(read.path, read.rule);
      return;
    }
    const id = this.#engine.newId();
    const asked = readAsked(read.type, read.members, this.#options.sessionId, id);
    if ("broken" in asked) this.#session.refuse(asked.broken, asked.rule);
    else if (asked.do === "stop") this.#stop(id);
    else this.#send(id, asked);
  }

  drained(): void {
    if (this.#session.fullSinceMs !== undefined) this.#session.drained();
  }

  /** The state is said again when nothing was for a while. */
  beat(): void {
    const nowMs = this.#engine.steadyMs();
    if (!this.#isTold || !this.#pace.isQuiet(nowMs) || this.waitingBytes >= this.#session.windowBytes) return;
    this.#pace.offer(updateOf(this.#state));
    this.#flush();
  }

  shed(): void {
    this.#session.close("overloaded_node");
  }

  gone(): void {
    clearTimeout(this.#timer);
    this.#session.closed();
  }

  // --- Outbox ---

  get waitingBytes(): number {
    return this.#socket.waitingBytes;
  }

  publication(publication: SharedPublication): void {
    const message = publication.message();
    if (!isOfSession(publication.type)) {
      this.#socket.send(toldEvent(this.#options.sessionId, message));
      return;
    }
    this.#state = sessionReducer.apply(this.#state, message);
    this.#pace.offer(updateOf(this.#state, message.data));
    this.#flush();
  }

  /** Nobody here asks for them. */
  states(_messages: StateMessages): void {}

  control({ type, data, metadata }: Message): void {
    const id = metadata?.correlationId;
    switch (type) {
      case "ack":
        for (const result of (data as { results: readonly PublishResult[] }).results) this.#acknowledged(result);
        return;
      case "subscription_update":
        this.#updated(data as SubscriptionUpdate);
        return;
      case "error":
        this.#failed(data as ErrorData, id);
        return;
      default:
        if (id !== undefined) this.#open.delete(id);
        this.#tell(type, data);
    }
  }

  close(code: CloseName): void {
    this.#socket.close(code);
  }

  // --- inside ---

  #send(id: string, asked: Exclude<AskedOfSession, { do: "stop" }>): void {
    if (this.#open.size >= openAtMost) {
      this.#tell("error", errorData("overloaded", `at most ${openAtMost} messages may wait`, { retryAfterMs }));
      return;
    }
    const decoded = decodeValue(asked.draft, this.#options.node.limits);
    if (!decoded.ok) {
      this.#session.refuse(decoded.path, decoded.rule);
      return;
    }
    this.#open.set(id, asked);
    this.#session.accept(decoded.drafts);
  }

  #stop(id: string): void {
    const principal = this.#session.principal ?? this.#options.principal;
    if (!this.#session.charge({ id, type: "command_queued" })) return;
    const about = { target: `session:${this.#options.sessionId}`, name: "stop" };
    this.#options.stop(principal).then(
      () => this.#tell("command_ack", { ...about, accepted: true }),
      (error: unknown) => {
        if (error instanceof Refused) this.#tell("command_ack", { ...about, accepted: false, error: error.error });
        else
          guard(
            this.#options.node.log,
            "while stopping a session",
            () => raise(error),
            () => this.close("internal_error"),
          );
      },
    );
  }

  #updated({ state, gap, snapshot, reason }: SubscriptionUpdate): void {
    if (state === "unsubscribed") {
      // The right to it was taken away, or the store cannot read on: with either there is nothing more to say here.
      this.#session.close(reason === "forbidden" ? "unauthorized" : "internal_error");
      return;
    }
    if (gap !== undefined) this.#tell("gap", gap);
    if (snapshot === undefined) return;
    // Folded by the reducer of this namespace.
    this.#state = snapshot.state as SessionState;
    this.#isTold = true;
    this.#pace.offer(updateOf(this.#state));
    this.#flush();
  }

  #acknowledged(result: PublishResult): void {
    const asked = this.#open.get(result.id);
    this.#open.delete(result.id);
    if (asked === undefined) return;
    const error = "error" in result ? { error: result.error } : {};
    if (asked.do === "command") {
      const { commandId, target, name } = asked;
      this.#tell("command_ack", { command_id: commandId, target, name, accepted: !("error" in result), ...error });
    } else if ("error" in result) this.#tell("error", result.error);
    else if (asked.do === "send") this.#tell("ack", { type: asked.draft.type });
  }

  #failed(error: ErrorData, id: string | undefined): void {
    if (id !== undefined) this.#open.delete(id);
    this.#tell("error", error);
  }

  /** Sends what may go out now; the last of a session that has stopped is followed by the end. */
  #flush(): void {
    clearTimeout(this.#timer);
    const nowMs = this.#engine.steadyMs();
    const update = this.#pace.take(nowMs);
    if (update !== undefined) this.#socket.send(toldUpdate(this.#options.sessionId, update, this.#engine.nowMs()));
    const waitMs = this.#pace.waitMs(nowMs);
    if (waitMs !== undefined) {
      const flush = (): void => guard(this.#options.node.log, "while telling of a session", () => this.#flush());
      this.#timer = setTimeout(flush, Math.ceil(waitMs));
    } else if (update?.status === "stopped") this.#socket.end("stopped");
  }

  #tell(type: string, data: unknown): void {
    this.#socket.send({ type, session_id: this.#options.sessionId, data });
  }
}

const raise = (error: unknown): never => {
  throw error;
};
