/**
 * `@signalbox/agent/queue`: a file for the queue of `@signalbox/client/queue`, for programs in Node. Each write is a line at its
 * end, on disk before it counts; when most lines are out of date the file is written anew.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Change, QueueStorage } from "@signalbox/client/queue";
import { isAlive, type Owner, thisOwner } from "./owner.ts";

/** The file is written anew when it has this many bytes more than twice what is kept. */
const slackBytes = 65_536;

/** Belongs to this process until it ends; throws where another one that lives has it. Only the owner of the account may read it. */
export function fileStorage(path: string): QueueStorage {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  own(`${path}.owner`);
  const file = new LineFile(path);
  return {
    async read() {
      return file.texts;
    },
    async write(changes) {
      file.write(changes);
    },
    // Nobody else writes, and nobody else sends.
    onChange: () => () => {},
    async lock(leave) {
      return leave;
    },
  };
}

class LineFile {
  readonly texts = new Map<string, string>();
  readonly #path: string;
  #file: number;
  #bytes = 0;
  #keptBytes = 0;

  constructor(path: string) {
    this.#path = path;
    for (const line of linesOf(path)) {
      for (const change of changesIn(line)) this.#apply(change);
    }
    // Leaves out what is out of date, and the half line of a crash.
    this.#file = this.#renew();
  }

  write(changes: readonly Change[]): void {
    const line = Buffer.from(`${JSON.stringify(changes)}\n`);
    try {
      writeAll(this.#file, line);
      fdatasyncSync(this.#file);
    } catch (error) {
      // Half a line may be there: the next one must not continue it.
      closeSync(this.#file);
      this.#file = this.#renew();
      throw error;
    }
    this.#bytes += line.length;
    for (const change of changes) this.#apply(change);
    if (this.#bytes > 2 * this.#keptBytes + slackBytes) {
      closeSync(this.#file);
      this.#file = this.#renew();
    }
  }

  #apply([key, text]: Change): void {
    this.#keptBytes -= sizeOf(key, this.texts.get(key));
    this.#keptBytes += sizeOf(key, text);
    if (text === undefined) this.texts.delete(key);
    else this.texts.set(key, text);
  }

  /** In place of the file a new one, once all of it is on disk. */
  #renew(): number {
    const fresh = `${this.#path}.new`;
    const file = openSync(fresh, "w", 0o600);
    const line = Buffer.from(`${JSON.stringify([...this.texts])}\n`);
    writeAll(file, line);
    fdatasyncSync(file);
    renameSync(fresh, this.#path);
    // Else a power cut could bring the old file back, without what is written to this one.
    const directory = openSync(dirname(this.#path), "r");
    fsyncSync(directory);
    closeSync(directory);
    this.#bytes = line.length;
    return file;
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

const sizeOf = (key: string, text: string | undefined): number => (text === undefined ? 0 : key.length + text.length);

function linesOf(path: string): string[] {
  try {
    // What has no end of line was not whole.
    return readFileSync(path, "utf8").split("\n").slice(0, -1);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** `undefined` is null in JSON. */
const changesIn = (line: string): Change[] =>
  (JSON.parse(line) as Array<[string, string | null]>).map(([key, text]) => [key, text ?? undefined]);

function own(path: string): void {
  for (let tries = 0; tries < 2; tries++) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeAll(file, Buffer.from(JSON.stringify(thisOwner())));
      closeSync(file);
      return;
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
      refuseLiving(path, ownerIn(path));
      const left = `${path}.${process.pid}`;
      renameSync(path, left);
      const taken = ownerIn(left);
      // Another process may have put its own in place of what an ended one left.
      if (isAnother(taken)) renameSync(left, path);
      else rmSync(left);
      refuseLiving(path, taken);
    }
  }
  throw new Error(`${path}: another process takes this queue at this moment.`);
}

const isAnother = (owner: Owner | undefined): boolean =>
  owner !== undefined && owner.pid !== process.pid && isAlive(owner);

function refuseLiving(path: string, owner: Owner | undefined): void {
  if (!isAnother(owner)) return;
  throw new Error(`${path}: process ${owner?.pid} uses this queue; give each process a file of its own.`);
}

/** Undefined where a crash left it half-written. */
function ownerIn(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}
