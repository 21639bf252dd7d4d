/**
 * The head file: the number of the newest event ever acknowledged, beside the database and written after each commit.
 * A database that ends before it has lost acknowledged history (a damaged log, an older copy put back, a power cut
 * under `os` durability): its offsets would be given out twice, so the epoch must change.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";

import { bootId, unknownBoot } from "./boot-id.ts";

/** What the database says of itself. */
export interface DatabaseEnd {
  epoch: string;
  lastN: number;
}

const digits = 16;
const numberText = (n: number): string => String(n).padStart(digits, "0");

/** Why acknowledged events may be missing from the database; `undefined` when none can be. */
export function lostHistory(file: string, end: DatabaseEnd): string | undefined {
  if (!existsSync(file)) return undefined;
  const [number, epoch, state, boot] = readFileSync(file, "utf8").trimEnd().split(" ");
  if (number?.length !== digits || boot === undefined) return `${file} cannot be read`;
  if (epoch !== end.epoch) return `${file} belongs to epoch ${epoch}, the database is of epoch ${end.epoch}`;
  if (Number(number) > end.lastN) return `the database ends at event ${end.lastN}, ${Number(number)} were acknowledged`;
  // Where it is unknown, the worst is assumed.
  if (state === "unsynced" && (boot !== bootId() || boot === unknownBoot)) {
    return "the machine stopped while namespaces of durability `os` were in use";
  }
  return undefined;
}

export class Head {
  readonly #fd: number;
  readonly #epoch: string;

  /** `unsynced`: some commits are not forced to disk, so a power cut may lose them. */
  constructor(file: string, { epoch, lastN }: DatabaseEnd, unsynced: boolean) {
    this.#fd = openSync(file, existsSync(file) ? "r+" : "wx+", 0o600);
    this.#epoch = epoch;
    this.#writeWhole(lastN, unsynced ? "unsynced" : "synced");
  }

  /** Not synced: it must survive this process, and a power cut that loses it loses no synced commit. */
  advance(lastN: number): void {
    writeSync(this.#fd, numberText(lastN), 0);
  }

  /** After everything was made durable. */
  close(lastN: number): void {
    this.#writeWhole(lastN, "synced");
    closeSync(this.#fd);
  }

  #writeWhole(lastN: number, state: string): void {
    const text = `${numberText(lastN)} ${this.#epoch} ${state} ${bootId()}\n`;
    writeSync(this.#fd, text, 0);
    ftruncateSync(this.#fd, text.length);
    fsyncSync(this.#fd);
  }
}
