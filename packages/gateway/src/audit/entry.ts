/** One entry of the audit: an act, where it stands in the chain, and the proof of it. Pure. */
import { createHash } from "node:crypto";
import { canonicalJson } from "@signalbox/core";

/** What somebody did. */
export interface Act {
  /** `KIND:ID`, or `gateway` for what it did by itself; `nobody` where no token was accepted. */
  who: string;
  /** Where from, if that is known. */
  address?: string;
  /** The key it came with, or who issued its token. */
  by?: string;
  /** The event's type, or one of the names of §18.2. */
  what: string;
  /** The channel, key, principal or connection that it was done to. */
  target?: string;
  /** Id of the command, checkpoint or connection. */
  about?: string;
  /** Position of the event that it was, as text. */
  event?: string;
  /** `ok`, or the name of the error that it was refused with. */
  result: string;
  details?: Readonly<Record<string, unknown>>;
}

export interface AuditEntry extends Act {
  /** Milliseconds since 1970. */
  at: number;
  node: string;
  /** Acts before this one that were not written down, since too many waited. */
  lost?: number;
  /** Hash of the entry before; empty for the first of an epoch. */
  previous: string;
  /** Hex SHA-256 of the entry without this member, in canonical JSON (RFC 8785). */
  hash: string;
}

export function chained(entry: Omit<AuditEntry, "previous" | "hash">, previous: string): AuditEntry {
  const proven = { ...entry, previous };
  return { ...proven, hash: hashOf(proven) };
}

export const hashOf = ({ hash: _hash, ...entry }: Omit<AuditEntry, "hash"> & { hash?: string }): string =>
  createHash("sha256").update(canonicalJson(entry)).digest("hex");

/**
 * Index of the first entry that was changed, or does not follow the one before; -1 if all hold. `before`: hash of the entry before
 * the first of these; `undefined`: that one is gone, and the first is believed.
 */
export function firstBroken(entries: readonly AuditEntry[], before?: string): number {
  let previous = before;
  return entries.findIndex((entry) => {
    const holds = (previous === undefined || entry.previous === previous) && hashOf(entry) === entry.hash;
    previous = entry.hash;
    return !holds;
  });
}
