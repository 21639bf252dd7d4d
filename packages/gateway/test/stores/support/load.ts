/** The load of the crash test: who publishes what where. The same seq always has the same body. */
import type { Entry, NamespaceOptions } from "@signalbox/core";

const retention = { ageMs: 86_400_000, count: 15_000, bytes: 1_000_000_000 };

export const namespaces: Readonly<Record<string, NamespaceOptions>> = {
  /** Trimmed now and then. */
  synced: { durability: "fsync", retention },
  loose: { durability: "os", retention },
  /** Trimmed all the time. */
  short: { durability: "fsync", retention: { ...retention, count: 300 } },
};

export interface Publisher {
  id: string;
  channel: string;
  /** What drops its repeats: a producer's sequence, or a key for each event. */
  by: "producer" | "key";
  /** Each of its events also moves a register on, and adds to its count: afterwards both must be the number of its events. */
  registers?: true;
}

export const publishers: readonly Publisher[] = [
  { id: "p0", channel: "synced:a", by: "producer", registers: true },
  { id: "p1", channel: "synced:a", by: "producer" },
  { id: "p2", channel: "synced:b", by: "key", registers: true },
  { id: "p3", channel: "loose:a", by: "producer", registers: true },
  { id: "p4", channel: "short:a", by: "producer" },
  { id: "p5", channel: "short:a", by: "key" },
];

export const registerOf = (id: string): string => `command/${id}`;

export function entryOf({ id, channel, by, registers }: Publisher, seq: number): Entry {
  const type = `type_${seq % 5}`;
  // Now and then one that does not fit a page of the database.
  const text = "x".repeat(seq % 97 === 0 ? 9_000 : seq % 200);
  const body = JSON.stringify({ id: `${id}-${seq}`, type, timestamp: seq, data: { publisher: id, seq, text } });
  const mark = by === "producer" ? { producer: { id, epoch: 1, seq } } : { idempotencyKey: `${id}-${seq}` };
  const entry: Entry = { channel, id: `${id}-${seq}`, type, timestampMs: seq, body, ...mark };
  if (registers === undefined) return entry;
  const key = registerOf(id);
  entry.register = { key, from: seq - 1, value: String(seq), open: seq % 2 === 0, ...(seq === 1 && { counts: [0] }) };
  entry.adds = [{ key, amounts: [1] }];
  return entry;
}

/** Deterministic chance (mulberry32): 0 ≤ x < 1. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
