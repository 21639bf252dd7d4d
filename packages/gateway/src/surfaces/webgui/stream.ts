/**
 * Reads the stream, for senders whose messages must not be lost: `XADD KEY * channel webgui:session:s1 message '{…}'`. The node
 * that reads Pub/Sub reads it too, as a consumer group, so that Redis keeps where it is. Each entry is published under its id
 * and acknowledged after it is kept: whatever ends in between, it is kept once (S§5.7).
 */
import type { Draft, Limits } from "@signalbox/protocol";
import type { Counts } from "./counts.ts";
import { readWebgui } from "./inward.ts";
import { Link } from "./links.ts";
import type { Names } from "./names.ts";
import type { Place } from "./places.ts";
import type { Taking } from "./taking.ts";

export interface StreamOptions {
  place: Place;
  key: string;
  group: string;
  names: Names;
  limits: Limits;
  counts: Counts;
  taking: Taking;
  /** This node reads for all. */
  isReading(): boolean;
  /** Those of these ids under which the newest events of the channel are kept. */
  known(channel: string, ids: ReadonlySet<string>): Promise<ReadonlySet<string>>;
}

/** Everybody who reads is the same consumer: what one left open, the next finds. */
const consumer = "gateway";
const atOnce = 100;
/** Milliseconds that an empty stream is waited on; also how soon a node stops that no longer reads. */
const blockMs = 1_000;
const retryMs = 100;

interface Entry {
  id: string;
  /** Null: it was removed after it had been handed out. */
  message: Record<string, string> | null;
}

interface Read {
  draft: Draft & { id: string; channel: string };
  bytes: number;
}

export class StreamReader {
  readonly #options: StreamOptions;
  readonly #link: Link;
  #hasEnded = false;
  readonly #ended: Promise<void>;

  constructor(options: StreamOptions) {
    this.#options = options;
    const { place, key, counts } = options;
    this.#link = new Link({ place, key, name: "signalbox-webgui-stream", counts });
    this.#ended = this.#run();
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#link.end();
    await this.#ended;
  }

  get #mayRead(): boolean {
    return !this.#hasEnded && this.#link.isReady && this.#options.isReading();
  }

  async #run(): Promise<void> {
    while (!this.#hasEnded) {
      try {
        if (this.#mayRead) await this.#readOn();
      } catch (error) {
        if (!this.#hasEnded) this.#options.counts.trouble("the stream was not read", error);
      }
      if (!this.#hasEnded) await pause(retryMs);
    }
  }

  /** What a former reader left open, then what is new, for as long as this node reads. */
  async #readOn(): Promise<void> {
    await this.#join();
    for (let after = "0"; this.#mayRead; ) {
      const entries = await this.#entries(after);
      if (entries.length === 0) break;
      if (!(await this.#take(entries, true))) return;
      after = entries.at(-1)?.id ?? after;
    }
    while (this.#mayRead) if (!(await this.#take(await this.#entries(">"), false))) return;
  }

  /** From the stream's beginning. */
  async #join(): Promise<void> {
    const { key, group } = this.#options;
    try {
      await this.#link.run((client) => client.xGroupCreate(key, group, "0", { MKSTREAM: true }));
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) throw error;
    }
  }

  async #entries(after: string): Promise<Entry[]> {
    const { key, group } = this.#options;
    const block = after === ">" ? { BLOCK: blockMs } : {};
    const found = await this.#link.run((client) =>
      client.xReadGroup(group, consumer, { key, id: after }, { COUNT: atOnce, ...block }),
    );
    return Array.isArray(found) ? found.flatMap(({ messages }) => messages as Entry[]) : [];
  }

  /** False: some of it was not taken, and is to be read again. */
  async #take(entries: readonly Entry[], isDoubtful: boolean): Promise<boolean> {
    if (entries.length === 0) return true;
    const { taking, key, group } = this.#options;
    const read = entries.flatMap((entry) => this.#read(entry) ?? []);
    for (const { draft, bytes } of isDoubtful ? await this.#unknown(read) : read) {
      while (!taking.push(draft, bytes)) {
        if (!this.#mayRead) return false;
        await pause(retryMs);
      }
    }
    if (!(await taking.settled())) return false;
    const ids = entries.map(({ id }) => id);
    await this.#link.run((client) => client.xAck(key, group, ids));
    return true;
  }

  #read({ id, message }: Entry): Read | undefined {
    const { names, limits, counts, key } = this.#options;
    if (message === null) {
      counts.refuse("trimmed", "an entry was removed from the stream before it was read", key);
      return undefined;
    }
    const { channel = "", message: text = "" } = message;
    const payload = Buffer.from(text);
    // With or without the prefix: whoever writes to the stream knows that it is ours.
    const read = readWebgui(
      names.ours(channel) === undefined ? (names.theirs(channel) ?? channel) : channel,
      payload,
      names,
      limits,
    );
    if (!read.ok) {
      counts.refuse(read.reason, read.rule, channel);
      return undefined;
    }
    const name = `${key}/${id}`;
    const { draft } = read;
    const metadata = { ...draft.metadata, idempotencyKey: name };
    return { draft: { ...draft, id: name, metadata }, bytes: payload.length };
  }

  /** Those that are not kept already. A key only counts for minutes; a gateway may be away for longer. */
  async #unknown(read: readonly Read[]): Promise<Read[]> {
    const byChannel = new Map<string, Set<string>>();
    for (const { draft } of read) {
      const ids = byChannel.get(draft.channel) ?? new Set();
      byChannel.set(draft.channel, ids.add(draft.id));
    }
    const known = new Set<string>();
    for (const [channel, ids] of byChannel) for (const id of await this.#options.known(channel, ids)) known.add(id);
    return read.filter(({ draft }) => !known.has(draft.id));
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
