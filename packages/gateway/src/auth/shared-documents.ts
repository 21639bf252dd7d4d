/** What nodes that share a store keep there instead of in files, which are taken over once. */
import { readFileSync, renameSync } from "node:fs";
import type { Broker } from "@signalbox/core";
import { contentOf, type Kept, type KeptFormat } from "./kept.ts";
import { KeptDocument } from "./kept-document.ts";

export interface SharedDocumentsOptions {
  broker: Pick<Broker, "document" | "setDocument">;
  /** What a person should know. */
  note?(message: string): void;
  onProblem?(problem: string): void;
}

/** A change that nobody told of, and a store that lost everything, is found after so long. */
const lookMs = 30_000;

export class SharedDocuments {
  readonly #options: SharedDocumentsOptions;
  readonly #open = new Map<string, { refresh(): Promise<void>; close(): void }>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: SharedDocumentsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.missed(), lookMs).unref();
  }

  /**
   * `file`: is taken over where there is no such document yet. Rejects when it cannot be read: going on without it would forget who
   * was refused.
   */
  async open<Content>(name: string, format: KeptFormat<Content>, file?: string): Promise<Kept<Content>> {
    const { broker, note, onProblem } = this.#options;
    if (file !== undefined) await takeOver(broker, name, format, file, note);
    const document = await new KeptDocument({ ...format, broker, name, onProblem }).open();
    this.#open.set(name, document);
    return document;
  }

  /** Another node changed it. */
  changed(name: string): void {
    void this.#open.get(name)?.refresh();
  }

  /** Any of them may have been changed. */
  missed(): void {
    for (const document of this.#open.values()) void document.refresh();
  }

  close(): void {
    clearInterval(this.#timer);
    for (const document of this.#open.values()) document.close();
  }
}

async function takeOver<Content>(
  broker: SharedDocumentsOptions["broker"],
  name: string,
  format: KeptFormat<Content>,
  path: string,
  note: SharedDocumentsOptions["note"],
): Promise<void> {
  const text = textIn(path);
  if (text === undefined) return;
  const isFirst =
    (await broker.document(name)) === undefined &&
    (await broker.setDocument(name, 0, JSON.stringify(contentOf(text, path, format))));
  if (!isFirst) {
    note?.(`${path} is not read: nodes share what is in their store`);
    return;
  }
  // Once: what was revoked later must not come back with the file, should the store lose all.
  const kept = `${path}.taken-over`;
  renameSync(path, kept);
  note?.(`${path} is taken over into the store that nodes share, and is called ${kept} now`);
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
