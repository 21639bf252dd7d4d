/** What a queue runs on, in memory: a gateway straight from spec §5, a link that is cut, storage that outlives programs. */
import type { Draft, Position, Publication, PublishResult } from "@signalbox/protocol";
import { closed, GatewayError, unreachable } from "../../src/errors.ts";
import type { Change, QueueStorage } from "../../src/queue/storage.ts";
import type { Client, GatewayFailure, LinkState, Problem, Published } from "../../src/types.ts";

type QueueClient = Pick<Client, "publishAll" | "request" | "link" | "connect">;

const problem = (name: Problem["name"], details?: Record<string, unknown>): Problem => ({
  ...{ name, number: 1, message: name, temporary: false, help: "" },
  ...(details && { details }),
});

export class ModelStore {
  readonly epoch = "e1";
  readonly #channels = new Map<string, Publication[]>();
  readonly #keys = new Map<string, number>();
  readonly #producers = new Map<string, { epoch: number; offsets: number[] }>();

  events(channel: string): Publication[] {
    let events = this.#channels.get(channel);
    if (!events) {
      events = [];
      this.#channels.set(channel, events);
    }
    return events;
  }

  head(channel: string): Position {
    return { epoch: this.epoch, offset: this.events(channel).length };
  }

  /** As after five minutes. */
  forgetKeys(): void {
    this.#keys.clear();
  }

  append(draft: Draft): PublishResult {
    const { id = "", channel = "", type, data, metadata = {} } = draft;
    const { producer, idempotencyKey = id, expected } = metadata;
    const events = this.events(channel);
    const ok = (offset: number, duplicate: boolean): PublishResult => ({
      ...{ id, channel, epoch: this.epoch, offset, duplicate },
    });
    if (type === "bad") return { id, error: problem("invalid_message") as never };
    const name = `${channel} ${producer?.id}`;
    const known = this.#producers.get(name) ?? { epoch: -1, offsets: [] };
    const had = known.epoch === producer?.epoch ? known.offsets : [];
    if (producer) {
      if (producer.epoch < known.epoch) return { id, error: problem("fenced", { epoch: known.epoch }) as never };
      if (producer.seq <= had.length) return ok(had[producer.seq - 1] ?? 0, true);
      if (producer.seq > had.length + 1) return { id, error: problem("sequence_gap") as never };
    }
    const repeated = this.#keys.get(`${channel} ${idempotencyKey}`);
    if (repeated === undefined && expected && expected.offset !== events.length) {
      return { id, error: problem("head_moved", { ...this.head(channel) }) as never };
    }
    const offset = repeated ?? events.length + 1;
    if (producer) this.#producers.set(name, { epoch: producer.epoch, offsets: [...had, offset] });
    if (repeated === undefined) {
      events.push({ id, type, channel, epoch: this.epoch, offset, timestamp: 0, data, metadata });
      this.#keys.set(`${channel} ${idempotencyKey}`, offset);
    }
    return ok(offset, repeated !== undefined);
  }
}

/** One program's client: what it sent and has no answer to it sends again when the link is back, as the real one does. */
export class ModelClient implements QueueClient {
  readonly #store: ModelStore;
  readonly #listeners = new Set<() => void>();
  #waiting: Array<{ drafts: readonly Draft[]; resolve: (outcomes: Array<Published | GatewayFailure>) => void }> = [];
  #state: LinkState["state"] = "live";
  /** So many events of the next batch arrive, and then the link is cut before any answer. */
  cutAfter: number | undefined;
  dead = false;

  constructor(store: ModelStore) {
    this.#store = store;
  }

  readonly link = {
    snapshot: (): LinkState => ({ state: this.#state }) as LinkState,
    subscribe: (listener: () => void): (() => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  connect(): void {
    if (this.#state === "idle") this.up();
  }

  up(): void {
    this.#enter("live");
    for (const { drafts, resolve } of this.#waiting.splice(0)) resolve(this.#deliver(drafts));
  }

  down(): void {
    this.#enter("waiting");
  }

  idle(): void {
    this.#enter("idle");
  }

  /** Its token was refused: nothing that waits will be sent. */
  stop(): void {
    this.#enter("stopped");
    for (const { drafts, resolve } of this.#waiting.splice(0)) {
      resolve(drafts.map(({ id = "" }) => ({ id, error: closed("stopped") })));
    }
  }

  publishAll(drafts: readonly Draft[]): Promise<Array<Published | GatewayFailure>> {
    if (this.dead) return new Promise(() => {});
    if (this.cutAfter !== undefined) {
      for (const draft of drafts.slice(0, this.cutAfter)) this.#store.append(draft);
      this.cutAfter = undefined;
      this.down();
    }
    if (this.#state === "live") return Promise.resolve(this.#deliver(drafts));
    return new Promise((resolve) => this.#waiting.push({ drafts, resolve }));
  }

  /** `GET /v1/channels/…/events`. */
  async request<Answer>(path: string): Promise<Answer> {
    if (this.#state !== "live") throw new GatewayError(unreachable("no link"));
    const { pathname, searchParams } = new URL(path, "http://gateway.test");
    const channel = decodeURIComponent(pathname.split("/")[3] ?? "");
    const after = Number(searchParams.get("since")?.split(":")[1]);
    const events = this.#store.events(channel).slice(after, after + Number(searchParams.get("limit")));
    return { epoch: this.#store.epoch, events, next: "" } as Answer;
  }

  #deliver(drafts: readonly Draft[]): Array<Published | GatewayFailure> {
    return drafts.map((draft) => this.#store.append(draft) as Published | GatewayFailure);
  }

  #enter(state: LinkState["state"]): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** What all programs of a machine share. */
export class ModelDisk {
  readonly texts = new Map<string, string>();
  readonly #queue: Array<() => void> = [];
  readonly #programs = new Set<Program>();
  #holder: Program | undefined;

  open(): Program {
    const program = new Program(this);
    this.#programs.add(program);
    return program;
  }

  wrote(by: Program): void {
    for (const program of this.#programs) if (program !== by) program.told();
  }

  /** Ends without a word. */
  kill(program: Program): void {
    program.dead = true;
    this.#programs.delete(program);
    this.release(program);
  }

  ask(program: Program, granted: () => void): void {
    this.#queue.push(() => {
      if (program.dead) this.#grant();
      else {
        this.#holder = program;
        granted();
      }
    });
    if (!this.#holder) this.#grant();
  }

  release(program: Program): void {
    if (this.#holder !== program) return;
    this.#holder = undefined;
    this.#grant();
  }

  #grant(): void {
    this.#queue.shift()?.();
  }
}

export class Program implements QueueStorage {
  readonly #disk: ModelDisk;
  readonly #listeners = new Set<() => void>();
  dead = false;
  /** The program dies at its write after so many more: before it is on disk, or right after. */
  diesAt: { writes: number; kept: boolean } | undefined;
  /** Each write fails. */
  full = false;

  constructor(disk: ModelDisk) {
    this.#disk = disk;
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    if (this.dead) return new Promise(() => {});
    return new Map(this.#disk.texts);
  }

  async write(changes: readonly Change[]): Promise<void> {
    if (this.dead) return new Promise(() => {});
    if (this.full) throw new Error("no room");
    const dies = this.diesAt && this.diesAt.writes-- <= 0 ? this.diesAt : undefined;
    if (!dies || dies.kept) {
      for (const [key, text] of changes) {
        if (text === undefined) this.#disk.texts.delete(key);
        else this.#disk.texts.set(key, text);
      }
      this.#disk.wrote(this);
    }
    if (!dies) return;
    this.#disk.kill(this);
    return new Promise(() => {});
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  told(): void {
    for (const listener of this.#listeners) listener();
  }

  /** It is frozen, and may go on later. */
  loseLock = (): void => {};

  async lock(leave: AbortSignal): Promise<AbortSignal> {
    const held = new AbortController();
    await new Promise<void>((resolve) => this.#disk.ask(this, resolve));
    const release = (): void => {
      held.abort();
      this.#disk.release(this);
    };
    this.loseLock = release;
    leave.addEventListener("abort", release);
    if (leave.aborted) release();
    return held.signal;
  }
}

/** Lets everything that is due now happen. */
export const quiet = async (): Promise<void> => {
  for (let i = 0; i < 300; i++) await Promise.resolve();
};
