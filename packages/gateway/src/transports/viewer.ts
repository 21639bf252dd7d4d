/**
 * A session whose deliveries leave through an HTTP response that stays open. What a delivery looks like on it is said
 * by a Rendering; beginning, back-pressure, signs of life and ending are the same for all.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import {
  errorData,
  type Outbox,
  type Principal,
  type Session,
  type SharedPublication,
  type StateMessages,
} from "@signalbox/core";
import { type CloseName, closeCodes, type Draft, type ErrorData, type Message } from "@signalbox/protocol";
import { guard } from "../guard.ts";
import { Refused, sendError } from "../http/errors.ts";
import type { Holder } from "../load.ts";
import type { Node } from "../node.ts";
import { sseComment } from "./event-stream.ts";

export interface Rendering {
  publication(publication: SharedPublication): string;
  /** A message about states, as JSON text; absent where nobody can ask for states. */
  state?(text: string): string;
  /** Empty: nothing is said. */
  control(message: Message): string;
  /** Written before anything else, once the session has its id. */
  opening?(session: Session): string;
  /** Why the stream cannot go on, after what was rendered last. */
  over?(): ErrorData | undefined;
}

export interface ViewerOptions {
  node: Node;
  transport: string;
  principal: Principal;
  address: string | undefined;
  response: ServerResponse;
  rendering: Rendering;
  /**
   * This many answers are awaited before the response begins. While it has not, an error answers with its status;
   * afterwards an error ends the stream once it was rendered. 0: begins at once, and errors are messages like others.
   */
  answers: number;
  /** Ends when everything up to the head was delivered. */
  untilHead?: boolean;
}

export class Viewer implements Outbox, Holder {
  readonly #options: ViewerOptions;
  readonly #response: ServerResponse;
  readonly #session: Session;
  readonly #all: Set<Viewer>;
  /** Texts that wait for the answers; undefined once the response has begun. */
  #held: string[] | undefined = [];
  #heldBytes = 0;
  #answersDue: number;
  #wroteMs: number;
  #ended = false;

  /** `all`: the open viewers of a transport, which this one joins and leaves. */
  constructor(options: ViewerOptions, all: Set<Viewer>) {
    this.#options = options;
    this.#response = options.response;
    this.#all = all;
    this.#answersDue = options.answers;
    this.#wroteMs = options.node.sweep.awakeMs;
    const { node, principal, transport, address } = options;
    const { hub } = node.tenants.of(principal);
    const full = hub.connected.full(principal);
    this.#session = hub.open(this, principal, { transport, address });
    all.add(this);
    // Ended by either side, or cut: everything of this viewer is forgotten.
    options.response.on("close", () => this.#leave());
    options.response.on("drain", () => this.#guarded(() => this.#session.drained()));
    if (full !== undefined) this.#refuse(errorData(full.failed, full.message, full.details));
    else if (this.#answersDue === 0) this.#begin();
  }

  accept(drafts: readonly Draft[]): void {
    this.#guarded(() => this.#session.accept(drafts));
  }

  get waitingBytes(): number {
    return this.#heldBytes + this.#response.writableLength;
  }

  get socket(): Socket | null {
    return this.#response.socket;
  }

  get heldBytes(): number {
    return this.waitingBytes - (this.socket?.writableLength ?? 0);
  }

  /** More is unread than this node can hold, and this peer is among the worst. */
  shed(): void {
    this.#session.close("overloaded_node");
  }

  publication(publication: SharedPublication): void {
    this.#write(this.#options.rendering.publication(publication));
  }

  states({ texts }: StateMessages): void {
    for (const text of texts) this.#write(this.#options.rendering.state?.(text) ?? "");
  }

  control(message: Message): void {
    const { rendering, answers } = this.#options;
    if (message.type === "error" && answers > 0) {
      this.#fail(message.data as ErrorData, rendering.control(message));
      return;
    }
    this.#write(rendering.control(message));
    const over = rendering.over?.();
    if (over !== undefined) {
      this.#failWith(over);
      return;
    }
    if (this.#answersDue > 0 && message.metadata?.correlationId !== undefined) {
      this.#answersDue--;
      if (this.#answersDue === 0) this.#begin();
    }
  }

  settled(): void {
    // Settled with a full outbox only means that the viewer has to read first.
    if (this.#options.untilHead === true && this.#session.fullSinceMs === undefined) this.end();
  }

  close(code: CloseName): void {
    if (code === "overloaded_node") this.#failWith(errorData("overloaded", closeCodes[code].help));
    else if (this.#held === undefined) this.end();
    else this.#refuse(errorData("unavailable", closeCodes[code].help));
  }

  /** A comment after so many milliseconds in which nothing was written; none while the viewer does not read. */
  beat(quietMs: number): void {
    const now = this.#options.node.sweep.awakeMs;
    if (this.#held !== undefined || now - this.#wroteMs < quietMs || this.waitingBytes > 0) return;
    this.#write(sseComment);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#response.end();
    this.#leave();
  }

  #leave(): void {
    this.#ended = true;
    this.#held = undefined;
    this.#all.delete(this);
    guard(this.#options.node.log, "while forgetting a viewer", () => this.#session.closed());
  }

  /** A mistake of the gateway costs this stream, which can resume, and no other. */
  #guarded(run: () => void): void {
    guard(this.#options.node.log, "while serving a viewer", run, () => this.close("internal_error"));
  }

  #begin(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#heldBytes = 0;
    this.#response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-store, no-transform",
      // nginx would otherwise collect the stream before passing it on.
      "x-accel-buffering": "no",
    });
    this.#response.flushHeaders();
    const opening = this.#options.rendering.opening?.(this.#session);
    if (opening) this.#write(opening);
    for (const text of held) this.#write(text);
  }

  #write(text: string): void {
    if (this.#ended || text === "") return;
    if (this.#held !== undefined) {
      this.#held.push(text);
      this.#heldBytes += text.length;
      return;
    }
    this.#wroteMs = this.#options.node.sweep.awakeMs;
    this.#response.write(text);
  }

  #failWith(error: ErrorData): void {
    const { engine } = this.#options.node.tenants.of(this.#options.principal);
    const message: Message = { id: engine.newId(), type: "error", timestamp: engine.nowMs(), data: error };
    this.#fail(error, this.#options.rendering.control(message));
  }

  #fail(error: ErrorData, text: string): void {
    if (this.#held !== undefined) {
      this.#refuse(error);
      return;
    }
    this.#write(text);
    this.end();
  }

  #refuse(error: ErrorData): void {
    if (this.#ended) return;
    this.#ended = true;
    sendError(this.#response, error);
    this.#leave();
  }
}

/** Throws Refused when nobody may begin to watch now. To be called before anything of the answer is sent. */
export function admitViewer({ health, load, refusals }: Node, address: string): void {
  const error = health.draining ? errorData("unavailable", "the gateway is stopping") : load.refuse();
  if (error === undefined) return;
  refusals.note(error.name, error.message, address);
  throw new Refused(error);
}

/** Proxies close what is quiet for a minute; at the default heartbeat this is 15 s. */
export const quietMs = (heartbeatMs: number): number => heartbeatMs * 0.6;
