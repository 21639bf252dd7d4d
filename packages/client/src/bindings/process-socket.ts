/**
 * What `useWebSocket(url)` of Vue shows: a socket with the names of a Socket.IO client and the events of processes, over
 * this client. Nothing of Socket.IO is on the wire, so it resumes, and finds another way where WebSockets are blocked.
 */
import type { Publication, Since } from "@signalbox/protocol";
import { dataOf } from "../decode.ts";
import { reasonOf } from "../errors.ts";
import { run } from "../readable.ts";
import type { Readable, Watch, WatchOptions } from "../types.ts";
import type { ClientSource } from "./held-client.ts";

/** Called with an event's data, its time as ISO 8601 text in `timestamp`; `connect` without, `disconnect` with why. */
// biome-ignore lint/suspicious/noExplicitAny: who listens says what comes, as with every emitter of events.
export type SocketListener = (data?: any) => void;

export interface ProcessSocket {
  readonly connected: boolean;
  on(event: string, callback: SocketListener): void;
  off(event: string, callback?: SocketListener): void;
  emit(event: string, data?: unknown, options?: EmitOptions): void;
  disconnect(): void;
}

export interface EmitOptions {
  /** With `subscribe-process`: where it begins, such as `{last: 100}`. Default: now. */
  since?: Since;
}

export interface ProcessSocketView {
  /** From `connect()` to `disconnect()`. */
  socket: ProcessSocket | null;
  connected: boolean;
  error: string | null;
}

export interface ProcessSockets extends Readable<ProcessSocketView> {
  connect(): void;
  disconnect(): void;
  /**
   * `subscribe-process` and `unsubscribe-process` with a process's id; any other name publishes an event of that type. What
   * is emitted while there is no link is sent when there is one.
   */
  emit(event: string, data?: unknown, options?: EmitOptions): void;
  /** Also before `connect()`. Returns what ends it; so does `disconnect()`. */
  on(event: string, callback: SocketListener): () => void;
}

export const noSocket: ProcessSocketView = { socket: null, connected: false, error: null };

/** Told to everybody, not only to those who subscribed to a process; and the channels that have them. */
const broadcast: Readonly<Record<string, readonly string[]>> = {
  "task-assigned": ["agent:*", "session:*", "global"],
  "task-completed": ["agent:*", "session:*", "global"],
  "system-alert": ["global"],
};

const eventOf = (type: string): string => type.replaceAll("_", "-");
const typeOf = (event: string): string => event.replaceAll("-", "_");

export function processSockets(source: ClientSource): ProcessSockets {
  const callbacks = new Map<string, Set<SocketListener>>();
  const outside = new Set<() => void>();
  let live: Live | undefined;
  let shown = noSocket;

  const tell = (event: string, ...data: unknown[]): void => {
    for (const callback of [...(callbacks.get(event) ?? [])]) run(() => callback(...data));
  };
  const changed = (): void => {
    for (const listener of [...outside]) listener();
  };

  const on = (event: string, callback: SocketListener): (() => void) => {
    const own = callbacks.get(event) ?? new Set();
    callbacks.set(event, own.add(callback));
    live?.listen(event);
    return () => own.delete(callback);
  };
  const disconnect = (): void => {
    if (!live) return;
    live.end();
    live = undefined;
    callbacks.clear();
    changed();
  };
  const socket: ProcessSocket = {
    get connected() {
      return live?.connected ?? false;
    },
    on,
    off(event, callback) {
      if (callback) callbacks.get(event)?.delete(callback);
      else callbacks.delete(event);
    },
    emit: (event, data, options = {}) => live?.emit(event, data, options),
    disconnect,
  };

  return {
    snapshot() {
      const { connected, error } = live ?? noSocket;
      const now = live ? socket : null;
      if (shown.socket !== now || shown.connected !== connected || shown.error !== error)
        shown = { socket: now, connected, error };
      return shown;
    },
    subscribe(listener) {
      outside.add(listener);
      return () => outside.delete(listener);
    },
    connect() {
      if (live) return;
      live = new Live(source, tell, changed);
      for (const event of callbacks.keys()) live.listen(event);
      changed();
    },
    disconnect,
    emit: socket.emit,
    on,
  };
}

type Tell = (event: string, ...data: unknown[]) => void;

/** From `connect()` to `disconnect()`. */
class Live {
  connected = false;
  error: string | null = null;
  readonly #tell: Tell;
  readonly #changed: () => void;
  readonly #held: ReturnType<ClientSource["hold"]>;
  readonly #unlisten: () => void;
  /** By process, and by broadcast event. */
  readonly #watches = new Map<string, readonly Watch[]>();
  #ended = false;

  constructor(source: ClientSource, tell: Tell, changed: () => void) {
    this.#tell = tell;
    this.#changed = changed;
    this.#held = source.hold();
    this.#unlisten = this.#held.client.link.subscribe(() => this.#look());
    // Whoever connects registers callbacks right afterwards.
    queueMicrotask(() => this.#look());
  }

  listen(event: string): void {
    const channels = broadcast[event];
    if (channels) this.#watch(event, channels, { filter: { types: [typeOf(event)] } });
  }

  emit(event: string, data: unknown, { since }: EmitOptions): void {
    if (event === "subscribe-process") this.#watch(`process:${data}`, [`process:${data}`], since && { since });
    else if (event === "unsubscribe-process") this.#unwatch(`process:${data}`);
    else
      this.#held.client.publish({ type: typeOf(event), data }).catch((error: unknown) => this.#fail(reasonOf(error)));
  }

  end(): void {
    this.#ended = true;
    this.#unlisten();
    for (const name of [...this.#watches.keys()]) this.#unwatch(name);
    this.#held.release();
    if (this.connected) this.#tell("disconnect", "io client disconnect");
  }

  #watch(name: string, channels: readonly string[], options?: WatchOptions): void {
    if (this.#watches.has(name)) return;
    const onEvent = (event: Publication): void => {
      // The link tells its listeners a frame later than a watch does: nothing comes before its `connect`.
      this.#look();
      this.#tell(eventOf(event.type), payloadOf(event));
    };
    const onGap: WatchOptions["onGap"] = (channel, gap) => {
      const [namespace, ...id] = channel.split(":");
      this.#tell("gap", { channel, ...(namespace === "process" && { processId: id.join(":") }), ...gap });
    };
    const onError: WatchOptions["onError"] = ({ message, help }) => this.#fail(`${message} ${help}`);
    const { client } = this.#held;
    this.#watches.set(
      name,
      channels.map((channel) => client.watch(channel, { ...options, onEvent, onGap, onError })),
    );
  }

  #unwatch(name: string): void {
    for (const watch of this.#watches.get(name) ?? []) watch.stop();
    this.#watches.delete(name);
  }

  #look(): void {
    if (this.#ended) return;
    const { state, reason } = this.#held.client.link.snapshot();
    const connected = state === "live";
    const lost = connected || !reason ? null : reason.help;
    if (connected === this.connected && (lost === this.error || lost === null)) return;
    const was = this.connected;
    this.connected = connected;
    this.error = lost;
    if (connected) this.#tell("connect");
    else if (was) this.#tell("disconnect", "transport close");
    else if (lost !== null) this.#tell("connect_error", new Error(lost));
    this.#changed();
  }

  #fail(message: string): void {
    if (this.#ended) return;
    this.error = message;
    this.#changed();
  }
}

/** As the document's server sends them: the event's data, of some events these members only; and the time that counts. */
function payloadOf(event: Publication): Record<string, unknown> {
  const data = dataOf<Record<string, unknown>>(event);
  const timestamp = new Date(event.timestamp).toISOString();
  const { processId, output, taskId, status } = data;
  if (event.type === "process_output") return { processId, output, timestamp };
  if (event.type === "task_assigned") return { taskId, status: status ?? "queued", timestamp };
  if (event.type === "task_completed") return { ...data, status: status ?? "done", timestamp };
  return { ...data, timestamp };
}
