/** A small text that all nodes share: each holds it in memory, and reads it anew when another has changed it. */
import { setTimeout as wait } from "node:timers/promises";
import { type Broker, type SharedDocument, StoreAway } from "@signalbox/core";
import { contentOf, isTooLarge, type Kept, type KeptFormat } from "./kept.ts";

type Documents = Pick<Broker, "document" | "setDocument">;

interface KeptDocumentOptions<Content> extends KeptFormat<Content> {
  broker: Documents;
  /** Among all documents. */
  name: string;
  /** It cannot be read, holds something else, or was gone: what was read last stays in force. */
  onProblem?: ((problem: string) => void) | undefined;
}

/** Others changed it at the same moment: tried again so often, after up to so many milliseconds. */
const tries = 50;
const spreadMs = 20;
/** What could not be read is read again. */
const againMs = 1_000;

export class KeptDocument<Content> implements Kept<Content> {
  readonly #options: KeptDocumentOptions<Content>;
  readonly #listeners = new Set<(now: Content, before: Content) => void>();
  #content: Content;
  /** As it was read or written last; after a loss one version may be two. */
  #kept: SharedDocument = { version: 0, text: "" };
  #reading: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  /** It changed while it was being read. */
  #isStale = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KeptDocumentOptions<Content>) {
    this.#options = options;
    this.#content = options.empty;
  }

  /** Rejects when it cannot be read: starting without it would forget who was refused. */
  async open(): Promise<this> {
    await this.#alone(() => this.#load());
    return this;
  }

  get content(): Content {
    return this.#content;
  }

  refresh(): Promise<void> {
    if (this.#reading !== undefined) {
      this.#isStale = true;
      return this.#reading;
    }
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  onChange(listener: (now: Content, before: Content) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  update(change: (content: Content) => Content): Promise<void> {
    return this.#alone(() => this.#change(change));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  /** Reading and changing one after the other: an answer is never older than what is known. */
  #alone(run: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(run, run);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #change(change: (content: Content) => Content): Promise<void> {
    const { broker, name } = this.#options;
    for (let attempt = 1; ; attempt++) {
      await this.#load();
      const changed = change(this.#content);
      const text = JSON.stringify(changed);
      if (isTooLarge(text.length)) throw new Error(`the shared document ${name} would be too large`);
      const { version } = this.#kept;
      if (await broker.setDocument(name, version, text)) {
        this.#become(changed, { version: version + 1, text });
        return;
      }
      if (attempt >= tries) throw new Error(`the shared document ${name} is being changed by many at once`);
      await wait(Math.random() * spreadMs);
    }
  }

  async #read(): Promise<void> {
    do {
      this.#isStale = false;
      try {
        await this.#alone(() => this.#load());
      } catch (error) {
        // A store that is away says when it is back.
        if (!(error instanceof StoreAway)) this.#problem(error instanceof Error ? error.message : String(error));
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.refresh(), againMs).unref();
        return;
      }
    } while (this.#isStale);
  }

  async #load(): Promise<void> {
    const { broker, name } = this.#options;
    const found = await broker.document(name);
    if (found !== undefined) {
      if (found.version === this.#kept.version && found.text === this.#kept.text) return;
      this.#become(contentOf(found.text, `the shared document ${name}`, this.#options), found);
    } else if (this.#kept.version > 0) await this.#restore();
  }

  /** The store lost it: whoever was cut off stays cut off, and whoever had a key has it. */
  async #restore(): Promise<void> {
    const { broker, name } = this.#options;
    const { text } = this.#kept;
    if (await broker.setDocument(name, 0, text)) {
      this.#kept = { version: 1, text };
      this.#problem(`the shared document ${name} was gone, and is kept again as this node knew it`);
    } else await this.#load();
  }

  #become(content: Content, kept: SharedDocument): void {
    const before = this.#content;
    this.#content = content;
    this.#kept = kept;
    for (const listener of [...this.#listeners]) listener(content, before);
  }

  #problem(problem: string): void {
    this.#options.onProblem?.(problem);
  }
}
