/**
 * A small JSON file that several processes change and all of them follow: the gateway, and the command line beside it.
 * Only its owner can read it; a reader sees the old content or the new, never a part.
 */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { contentOf, isTooLarge, type Kept, type KeptFormat } from "./kept.ts";

export interface KeptFileOptions<Content> extends KeptFormat<Content> {
  path: string;
  /** The file cannot be read, or holds something else: what was read last stays in force. */
  onProblem?: (problem: string) => void;
}

/** Files are looked at this often: revocations take effect within a second, and a look costs 20 µs. */
const lookMs = 250;
/** Who holds the lock longer has died with it. */
const lockMs = 10_000;
const waitMs = 20;

export class KeptFile<Content> implements Kept<Content> {
  readonly #options: KeptFileOptions<Content>;
  readonly #listeners = new Set<(now: Content, before: Content) => void>();
  #content: Content;
  #seen = "";
  #timer: NodeJS.Timeout | undefined;

  /** Throws when there is a file that cannot be read: starting without it would forget who was refused. */
  constructor(options: KeptFileOptions<Content>) {
    this.#options = options;
    this.#seen = this.#look();
    this.#content = this.#load();
  }

  /** What the file held when it was last looked at. */
  get content(): Content {
    return this.#content;
  }

  /** Looks now instead of in a moment. */
  refresh(): undefined {
    const seen = this.#look();
    if (seen === this.#seen) return;
    this.#seen = seen;
    try {
      this.#become(this.#load());
    } catch (error) {
      this.#options.onProblem?.(error instanceof Error ? error.message : String(error));
    }
  }

  /** Calls back after each change, whoever made it. Follows the file while anybody listens. */
  onChange(listener: (now: Content, before: Content) => void): () => void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.refresh(), lookMs).unref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** Changes what the file holds now, one process at a time. Rejects when it cannot be written. */
  async update(change: (content: Content) => Content): Promise<void> {
    const { path } = this.#options;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const unlock = await lock(`${path}.lock`);
    try {
      const changed = change(this.#load());
      write(path, `${JSON.stringify(changed, undefined, 1)}\n`);
      this.#seen = this.#look();
      this.#become(changed);
    } finally {
      unlock();
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #become(content: Content): void {
    const before = this.#content;
    this.#content = content;
    for (const listener of [...this.#listeners]) listener(content, before);
  }

  /** Tells one state of the file from another: each writing makes a new file. */
  #look(): string {
    const found = statSync(this.#options.path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeNs}`;
  }

  #load(): Content {
    const { path, empty } = this.#options;
    let text: string;
    try {
      if (isTooLarge(statSync(path, { throwIfNoEntry: false })?.size ?? 0)) throw new Error("is too large");
      text = readFileSync(path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return empty;
      throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
    }
    return contentOf(text, path, this.#options);
  }
}

/** A new file in the place of the old one, on the disk before it is there. */
function write(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.${randomBytes(6).toString("hex")}.new`;
  try {
    const file = openSync(fresh, "wx", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  // The name is on the disk only when its folder is. Not every system can open a folder.
  try {
    const folder = openSync(dirname(path), "r");
    fsyncSync(folder);
    closeSync(folder);
  } catch {}
}

/** Waits for its turn. Rejects when it does not come, though nobody holds a lock for so long and lives. */
async function lock(path: string): Promise<() => void> {
  for (const sinceMs = performance.now(); ; ) {
    try {
      const file = await open(path, "wx", 0o600);
      await file.close();
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const made = await stat(path).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > lockMs) await rm(path, { force: true });
    if (performance.now() - sinceMs > 2 * lockMs) throw new Error(`${path} is held by somebody else`);
    await setTimeout(waitMs);
  }
}
