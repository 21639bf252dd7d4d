/**
 * Which nodes there are. Each writes a heartbeat that differs from the one before, and judges the others by how long theirs stays
 * the same while its own get through: nobody's clock counts, and while Redis is away nobody is judged.
 */
import type { NodeAbout, NodeInfo, NodeLoad } from "@signalbox/core";
import { times } from "./options.ts";

export interface RegistryOptions {
  about: NodeAbout;
  /** A hash: a field for each node. */
  key: string;
  send(words: string[]): Promise<unknown>;
  /** Tells the others that this node goes. */
  goodbye(): Promise<void>;
  /** Another node is gone; or this one was taken for gone by the others, while it could not write. */
  left(node: string): void;
  everyMs?: number;
  overdueMs?: number;
}

interface Heartbeat extends NodeInfo {
  /** Of each time that it joined; and of each heartbeat. */
  life: number;
  beat: number;
}

interface Known {
  heartbeat: Heartbeat;
  /** On this node's steady clock: when the heartbeat was first seen. */
  sinceMs: number;
  /** Of this node's own heartbeats, since then. */
  beats: number;
}

export class Registry {
  readonly #options: RegistryOptions;
  readonly #everyMs: number;
  readonly #overdueMs: number;
  readonly #known = new Map<string, Known>();
  /** Taken for gone, with the heartbeat that may still be read. */
  readonly #gone = new Map<string, Heartbeat>();
  #load: NodeLoad = { state: "starting", sessions: 0, subscriptions: 0, channels: 0 };
  /** As it was written last. */
  #told = this.#load;
  #life = 0;
  #beat = 0;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#everyMs = options.everyMs ?? times.heartbeat;
    this.#overdueMs = options.overdueMs ?? times.overdue;
  }

  /** Resolves when others can see this node. */
  async start(): Promise<void> {
    await this.#beatOnce();
    this.#timer = setInterval(() => this.#beatSoon(), this.#everyMs).unref();
  }

  describe(load: NodeLoad): void {
    this.#load = load;
    const { state, url } = this.#told;
    // Whether it takes work, and where it is reached, the others need at once.
    if (this.#timer !== undefined && (state !== load.state || url !== load.url)) this.#beatSoon();
  }

  async nodes(): Promise<NodeInfo[]> {
    this.#see(await this.#read(), false);
    const now = performance.now();
    return [...this.#known.values()]
      .map(({ heartbeat: { life: _, beat: __, ...info }, sinceMs }) => ({
        ...info,
        silentMs: Math.round(now - sinceMs),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Another node says that it goes. */
  goes(node: string): void {
    const known = this.#known.get(node);
    if (known !== undefined) this.#leaves(known.heartbeat);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    await this.#options.send(["HDEL", this.#options.key, this.#options.about.name]);
    await this.#options.goodbye();
  }

  /** One that is answered late is not followed by another meanwhile. */
  #beatSoon(): void {
    this.#beating ??= this.#beatOnce()
      .catch(() => {})
      .finally(() => {
        this.#beating = undefined;
      });
  }

  async #beatOnce(): Promise<void> {
    const { about, key, send, left } = this.#options;
    const write = (): Promise<unknown> => {
      this.#told = this.#load;
      const { name, version, startedMs } = about;
      const heartbeat = { name, version, startedMs, ...this.#load, life: this.#life, beat: ++this.#beat };
      return send(["HSET", key, name, JSON.stringify(heartbeat)]);
    };
    const isNew = (await write()) === 1;
    if (isNew && this.#beat > 1) {
      // Somebody took it away. Those who did not notice will by its new life.
      this.#life++;
      left(about.name);
      await write();
    }
    this.#see(await this.#read(), true);
  }

  async #read(): Promise<Heartbeat[]> {
    const values = await this.#options.send(["HVALS", this.#options.key]);
    return Array.isArray(values) ? values.flatMap((value) => readHeartbeat(value) ?? []) : [];
  }

  #see(heartbeats: Heartbeat[], isBeat: boolean): void {
    const now = performance.now();
    const missing = new Set(this.#known.keys());
    for (const heartbeat of heartbeats) {
      const { name } = heartbeat;
      missing.delete(name);
      const gone = this.#gone.get(name);
      if (gone !== undefined && isSame(gone, heartbeat)) {
        if (isBeat) this.#remove(name);
        continue;
      }
      this.#gone.delete(name);
      const known = this.#known.get(name);
      if (known !== undefined && known.heartbeat.life !== heartbeat.life) this.#leaves(known.heartbeat);
      if (known === undefined || !isSame(known.heartbeat, heartbeat)) {
        this.#gone.delete(name);
        this.#known.set(name, { heartbeat, sinceMs: now, beats: 0 });
      } else if (isBeat) {
        known.beats++;
        const enough = known.beats * this.#everyMs >= this.#overdueMs;
        if (name !== this.#options.about.name && enough && now - known.sinceMs > this.#overdueMs) {
          this.#leaves(heartbeat);
          this.#remove(name);
        }
      }
    }
    for (const name of missing) {
      const known = this.#known.get(name);
      if (known !== undefined) this.#leaves(known.heartbeat);
    }
    for (const name of this.#gone.keys()) {
      if (!heartbeats.some((heartbeat) => heartbeat.name === name)) this.#gone.delete(name);
    }
  }

  #leaves(heartbeat: Heartbeat): void {
    const { name } = heartbeat;
    this.#known.delete(name);
    this.#gone.set(name, heartbeat);
    if (name !== this.#options.about.name) this.#options.left(name);
  }

  /** Where that fails, the next heartbeat finds it again. A node that lives writes itself in again, and sees that it had to. */
  #remove(name: string): void {
    this.#options.send(["HDEL", this.#options.key, name]).catch(() => {});
  }
}

const isSame = (a: Heartbeat, b: Heartbeat): boolean => a.life === b.life && a.beat === b.beat;

const states: readonly unknown[] = ["starting", "ready", "stopping"];

/** Of this version or another one; `undefined`: it cannot be understood. */
function readHeartbeat(value: unknown): Heartbeat | undefined {
  let read: Partial<Record<keyof Heartbeat, unknown>>;
  try {
    read = JSON.parse(String(value)) as typeof read;
  } catch {
    return undefined;
  }
  const { name, version, startedMs, state, url, life, beat } = read ?? {};
  if (typeof name !== "string" || typeof version !== "string") return undefined;
  const count = (given: unknown): number => (typeof given === "number" && Number.isFinite(given) ? given : 0);
  return {
    name,
    version,
    startedMs: count(startedMs),
    state: states.includes(state) ? (state as NodeLoad["state"]) : "ready",
    ...(typeof url === "string" ? { url } : {}),
    sessions: count(read.sessions),
    subscriptions: count(read.subscriptions),
    channels: count(read.channels),
    life: count(life),
    beat: count(beat),
    silentMs: 0,
  };
}
