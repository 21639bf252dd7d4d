/**
 * One tenant's audit: entries wait here until they are kept, one after the other, each after the one before it. Nobody waits for
 * them: what they tell of is done already. Where nodes share the store each names the position it was made for, so that the chain
 * has no fork: who was overtaken makes its entry anew.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Appended, type ChannelInfo, type Entry, type Store, StoreFailed } from "@signalbox/core";
import { type Act, type AuditEntry, chained } from "./entry.ts";

/** In its tenant's hidden part of the store. */
export const auditChannel = "audit";
const auditType = "audit_entry";

/** Acts that wait; further ones are counted in the next entry that is kept. */
const waitingAtMost = 10_000;
/** Kept in one transaction, where nobody else writes. */
const batchEntries = 100;
/** Another node was quicker, or the store was away: tried again after up to so many milliseconds. */
const spreadMs = 20;
const awayMs = 1_000;

interface TrailOptions {
  /** Of the tenant's audit alone. */
  store: Store;
  isShared: boolean;
  node: string;
  newId: () => string;
  /** Something could not be kept. */
  onProblem: (problem: string, error?: unknown) => void;
}

interface Waiting {
  at: number;
  act: Act;
}

/** Where the newest entry is, and its hash. */
interface Head {
  epoch: string;
  offset: number;
  hash: string;
}

export class Trail {
  readonly #options: TrailOptions;
  readonly #listeners = new Set<() => void>();
  #waiting: Waiting[] = [];
  #lost = 0;
  /** That it cannot be kept was said. */
  #isSaid = false;
  #head: Head | undefined;
  #writing: Promise<void> | undefined;
  #isOver = false;

  constructor(options: TrailOptions) {
    this.#options = options;
  }

  get store(): Store {
    return this.#options.store;
  }

  /** Nothing waits to be kept. */
  get isIdle(): boolean {
    return this.#writing === undefined && this.#listeners.size === 0;
  }

  note(act: Act): void {
    if (this.#isOver) return;
    if (this.#waiting.length >= waitingAtMost) {
      if (this.#lost++ === 0) this.#options.onProblem("too many acts wait to be written down: some are only counted");
      return;
    }
    this.#waiting.push({ at: Date.now(), act });
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Calls back after each entry that this node kept, until the function it returns is called. */
  watch(kept: () => void): () => void {
    this.#listeners.add(kept);
    return () => void this.#listeners.delete(kept);
  }

  /** What waits is kept, or the store cannot keep it. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // What is done in the same turn is kept together.
    await Promise.resolve();
    while (this.#waiting.length > 0 && !this.#isOver) {
      try {
        this.#head ??= await this.#newest();
        await this.#keep(this.#head);
        this.#isSaid = false;
      } catch (error) {
        this.#head = undefined;
        if (error instanceof StoreFailed) {
          this.#isOver = true;
          this.#options.onProblem("what people do is not written down any more", error);
          return;
        }
        if (!this.#isSaid)
          this.#options.onProblem("what people do could not be written down, and is tried again", error);
        this.#isSaid = true;
        await pause(awayMs, undefined, { ref: false });
      }
    }
  }

  async #keep(head: Head): Promise<void> {
    const batch = this.#waiting.slice(0, this.#options.isShared ? 1 : batchEntries);
    const lost = this.#lost;
    const made: Array<{ entry: Entry; hash: string }> = [];
    let { hash } = head;
    for (const [index, { at, act }] of batch.entries()) {
      const data = chained(
        { ...act, at, node: this.#options.node, ...(index === 0 && lost > 0 ? { lost } : {}) },
        hash,
      );
      made.push({ entry: this.#entry(data, { epoch: head.epoch, offset: head.offset + index }), hash: data.hash });
      ({ hash } = data);
    }
    const results = await this.store.append(made.map(({ entry }) => entry));
    for (const [index, result] of results.entries()) {
      if (!result.ok) {
        await this.#refused(result);
        break;
      }
      if (index === 0) this.#lost -= lost;
      this.#waiting.shift();
      this.#head = { epoch: result.epoch, offset: result.offset ?? 0, hash: made[index]?.hash ?? "" };
    }
    for (const kept of [...this.#listeners]) kept();
  }

  async #refused({ code, message }: Extract<Appended, { ok: false }>): Promise<void> {
    this.#head = undefined;
    if (code === "head_moved") {
      await pause(Math.random() * spreadMs);
      return;
    }
    if (code === "overloaded" || code === "unavailable") {
      await pause(awayMs, undefined, { ref: false });
      return;
    }
    this.#waiting.shift();
    this.#lost++;
    this.#options.onProblem(`an act could not be written down: ${message}`);
  }

  #entry(data: AuditEntry, expected: { epoch: string; offset: number }): Entry {
    const id = this.#options.newId();
    const message = { id, type: auditType, timestamp: data.at, data, metadata: { source: "gateway" } };
    return {
      channel: auditChannel,
      id,
      type: auditType,
      timestampMs: data.at,
      body: JSON.stringify(message),
      expected,
    };
  }

  async #newest(): Promise<Head> {
    const info = await this.store.info(auditChannel);
    if (info === undefined || info.top === 0) return { epoch: info?.epoch ?? this.store.epoch, offset: 0, hash: "" };
    return { epoch: info.epoch, offset: info.top, hash: await this.#hashAt(info) };
  }

  /** Of one that retention has removed it is not known: the next begins a chain. */
  async #hashAt({ top }: ChannelInfo): Promise<string> {
    const { events } = await this.store.read(auditChannel, top - 1, 1, 1);
    return events[0] === undefined ? "" : entryIn(events[0].body).hash;
  }
}

/** Bodies were written by a gateway. */
export const entryIn = (body: string): AuditEntry => (JSON.parse(body) as { data: AuditEntry }).data;
