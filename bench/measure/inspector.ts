/** A running Node process asked about its memory, over the inspector protocol: its main thread and its workers. */
/** Started with these, a process says on stderr where it can be inspected. */
export const inspectArgs: readonly string[] = ["--inspect=127.0.0.1:0"];

/** The address in what such a process wrote to stderr. */
export const inspectorUrl = (errors: string): string | undefined => /ws:\/\/127\.0\.0\.1:\S+/.exec(errors)?.[0];

export interface HeapUse {
  /** After a full collection. */
  usedBytes: number;
  /** Memory of buffers, outside the heap. */
  buffersBytes: number;
}

/** Of one constructor, or kind of thing: `(string)`, `(array)`. */
export interface Held {
  count: number;
  bytes: number;
}

type Params = Record<string, unknown>;

/** Sends a message to one thread. */
type Post = (text: string) => void;

/** One thread's side of the conversation. */
export class Thread {
  readonly name: string;
  readonly #post: Post;
  readonly #waiting = new Map<number, { resolve(result: Params): void; reject(error: Error): void }>();
  #asked = 0;
  #chunks: string[] = [];
  onEvent: (method: string, params: Params) => void = () => {};

  constructor(name: string, post: Post) {
    this.name = name;
    this.#post = post;
  }

  call(method: string, params: Params = {}): Promise<Params> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#post(JSON.stringify({ id, method, params }));
    });
  }

  hear(text: string): void {
    const { id, result, error, method, params } = decode(text);
    if (method === "HeapProfiler.addHeapSnapshotChunk") this.#chunks.push(String(params?.chunk));
    else if (method !== undefined) this.onEvent(method, params ?? {});
    if (id === undefined) return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result ?? {});
    else waiting?.reject(new Error(error.message));
  }

  /** Collects first: what is counted is what is held. */
  async heap(): Promise<HeapUse> {
    // Twice: what only a finalizer held is free afterwards.
    for (let i = 0; i < 2; i++) await this.call("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize } = await this.call("Runtime.getHeapUsage");
    return { usedBytes: Number(usedSize), buffersBytes: Number(backingStorageSize) };
  }

  /** What the heap holds, by constructor. Stops the thread for a second per 50 MB. */
  async holdings(): Promise<Map<string, Held>> {
    this.#chunks = [];
    await this.call("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
    const snapshot = decodeSnapshot(this.#chunks.join(""));
    this.#chunks = [];
    return byConstructor(snapshot);
  }
}

export class Inspector {
  readonly main: Thread;
  readonly workers: Thread[] = [];
  readonly #socket: WebSocket;

  static async open(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error(`no inspector at ${url}`));
    });
    const inspector = new Inspector(socket);
    await inspector.main.call("HeapProfiler.enable");
    await inspector.main.call("NodeWorker.enable", { waitForDebuggerOnStart: false });
    return inspector;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.main = new Thread("main", (text) => socket.send(text));
    const sessions = new Map<string, Thread>();
    this.main.onEvent = (method, params) => {
      if (method === "NodeWorker.attachedToWorker") {
        const sessionId = String(params.sessionId);
        const info: Params = { ...Object(params.workerInfo) };
        const worker = new Thread(String(info.title), (message) => {
          void this.main.call("NodeWorker.sendMessageToWorker", { sessionId, message });
        });
        sessions.set(sessionId, worker);
        this.workers.push(worker);
      } else if (method === "NodeWorker.receivedMessageFromWorker") {
        sessions.get(String(params.sessionId))?.hear(String(params.message));
      }
    };
    socket.onmessage = ({ data }) => this.main.hear(String(data));
  }

  close(): void {
    this.#socket.close();
  }
}

interface Snapshot {
  snapshot: { meta: { node_fields: string[]; node_types: [string[], ...unknown[]] } };
  nodes: number[];
  strings: string[];
}

function byConstructor({ snapshot, nodes, strings }: Snapshot): Map<string, Held> {
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [typeAt, nameAt, sizeAt] = ["type", "name", "self_size"].map((field) => fields.indexOf(field));
  const held = new Map<string, Held>();
  for (let at = 0; at < nodes.length; at += fields.length) {
    const type = types[0][nodes[at + (typeAt ?? 0)] ?? 0] ?? "?";
    // Only objects are named after what made them; a string's name is its text.
    const name =
      type === "object" || type === "native" ? (strings[nodes[at + (nameAt ?? 0)] ?? 0] ?? "?") : `(${type})`;
    const one = held.get(name) ?? { count: 0, bytes: 0 };
    one.count++;
    one.bytes += nodes[at + (sizeAt ?? 0)] ?? 0;
    held.set(name, one);
  }
  return held;
}

/** Node's own words. */
const decodeSnapshot = (text: string): Snapshot => JSON.parse(text) as Snapshot;
const decode = (
  text: string,
): { id?: number; result?: Params; error?: { message: string }; method?: string; params?: Params } =>
  JSON.parse(text) as ReturnType<typeof decode>;
