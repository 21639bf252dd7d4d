/**
 * The files of one spool: `about.json` (whose it is), `progress.json` (what the gateway has), and segments named by
 * the number of their first event. Nobody but the owner of the account may read them: output holds secrets.
 */
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { nobody, type Owner } from "./owner.ts";

export interface SpoolAbout {
  version: 1;
  /** Nobody else is called so: the events' ids begin with it, and it publishes them unless `SpoolProgress.leased` says other. */
  producer: string;
  channel: string;
  /** The gateway these events are for. */
  url: string;
  /** What people recognise it by: the command line. */
  title: string;
  /** Milliseconds since 1970. */
  createdMs: number;
  owner: Owner;
}

/** Event n is sent as sequence number n − base of the producer's epoch; that holds from event `from` on. */
export interface SpoolProgress {
  epoch: number;
  base: number;
  from: number;
  /** The gateway has all events up to this one. */
  acknowledged: number;
  /** They are published as this producer of a lease, in its epochs; others may publish as it too. Epoch 0: in none so far. */
  leased?: string;
  /** Of a leased one: no event that was not acknowledged is in the channel up to this position, `EPOCH:OFFSET`. */
  at?: string;
}

/** One file of events, a JSON object a line. */
export interface Segment {
  /** Number of its first event. */
  first: number;
  count: number;
  bytes: number;
  path: string;
}

export const segmentPath = (directory: string, first: number): string =>
  join(directory, `${String(first).padStart(12, "0")}.jsonl`);

export function writeAbout(directory: string, about: SpoolAbout): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  replaceFile(join(directory, "about.json"), about, true);
}

/** `durable`: on disk before this returns. Otherwise it survives the end of this process, not a power cut. */
export function writeProgress(directory: string, progress: SpoolProgress, durable: boolean): void {
  try {
    replaceFile(join(directory, "progress.json"), progress, durable);
  } catch {
    // A full disk has no room for a new file; the old one's block is there. Failing that too means sending twice.
    overwriteFile(join(directory, "progress.json"), progress);
  }
}

/** Undefined if the directory is not a spool. */
export function readAbout(directory: string): SpoolAbout | undefined {
  const about = readObject(join(directory, "about.json"));
  if (about === undefined || about.version !== 1) return undefined;
  const { producer, channel, url, title, createdMs } = about;
  if (typeof producer !== "string" || typeof channel !== "string" || typeof url !== "string") return undefined;
  return {
    version: 1,
    producer,
    channel,
    url,
    title: typeof title === "string" ? title : "",
    createdMs: typeof createdMs === "number" ? createdMs : 0,
    owner: decodeOwner(about.owner),
  };
}

/** What is missing or torn counts as nothing acknowledged: the gateway drops what it gets twice. */
export function readProgress(directory: string): SpoolProgress {
  const read = readObject(join(directory, "progress.json"));
  const whole = (value: unknown, otherwise: number): number =>
    typeof value === "number" && Number.isSafeInteger(value) ? value : otherwise;
  return {
    epoch: whole(read?.epoch, 1),
    base: whole(read?.base, 0),
    from: whole(read?.from, 1),
    acknowledged: whole(read?.acknowledged, 0),
    ...(typeof read?.leased === "string" ? { leased: read.leased } : {}),
    ...(typeof read?.at === "string" ? { at: read.at } : {}),
  };
}

/**
 * The segments in order. Only the last one is read: a crash may have left half a line at its end, which does not count.
 * The others end where the next one begins.
 */
export function readSegments(directory: string): Segment[] {
  const names = readdirSync(directory).filter((name) => /^[0-9]{12}\.jsonl$/.test(name));
  const segments = names.sort().map((name) => ({ path: join(directory, name), first: Number(name.slice(0, 12)) }));
  return segments.map(({ path, first }, at) => {
    const next = segments[at + 1];
    if (next !== undefined) return { path, first, count: next.first - first, bytes: statSync(path).size };
    return { path, first, ...wholeLines(readFileSync(path)) };
  });
}

/** How many lines a segment really has: fewer than it should after a power cut. */
export const countLines = (path: string): number => wholeLines(readFileSync(path)).count;

function wholeLines(text: Buffer): { count: number; bytes: number } {
  let count = 0;
  let start = 0;
  for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
    count++;
    start = end + 1;
  }
  return { count, bytes: start };
}

function decodeOwner(owner: unknown): Owner {
  // A spool without a known owner may be taken over.
  if (!isObject(owner) || typeof owner.pid !== "number") return nobody;
  return { pid: owner.pid, startTicks: typeof owner.startTicks === "number" ? owner.startTicks : undefined };
}

function replaceFile(path: string, content: object, durable: boolean): void {
  const fresh = `${path}.new`;
  const file = openSync(fresh, "w", 0o600);
  try {
    writeSync(file, padded(content));
    if (durable) fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
}

function overwriteFile(path: string, content: object): void {
  try {
    const file = openSync(path, "r+");
    writeSync(file, padded(content), 0);
    closeSync(file);
  } catch {}
}

/** Of one length, so that writing it over an older one leaves nothing of that. */
const padded = (content: object): string => `${JSON.stringify(content).padEnd(400)}\n`;

function readObject(path: string): Record<string, unknown> | undefined {
  try {
    const value = parse(readFileSync(path, "utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
