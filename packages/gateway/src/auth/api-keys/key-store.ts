/** Where keys are kept: a file beside the data, or where nodes share a store a document of theirs. */
import type { Kept, KeptFormat } from "../kept.ts";
import { KeptFile } from "../kept-file.ts";
import { type KeptKey, readKey } from "./key.ts";

export interface KeyStore {
  find(id: string): KeptKey | undefined;
  all(): readonly KeptKey[];
  /** One change after the other, whoever makes them. Rejects when it cannot be kept. */
  update(change: (keys: readonly KeptKey[]) => readonly KeptKey[]): Promise<void>;
  /** Learns of changes that others made; `undefined`: it has. */
  refresh(): Promise<void> | undefined;
  /** Calls back after a change, with the keys before it. */
  onChange(listener: (before: readonly KeptKey[]) => void): () => void;
  close(): void;
}

/** Throws when there is a file that cannot be read. `onProblem` hears of one that cannot be read later. */
export function openKeyFile(path: string, onProblem?: (problem: string) => void): KeyStore {
  return keyStore(new KeptFile({ ...keysFormat, path, ...(onProblem === undefined ? {} : { onProblem }) }));
}

/** Over what was opened with `keysFormat`. */
export function keyStore(kept: Kept<Keys>): KeyStore {
  return {
    find: (id) => kept.content.byId.get(id),
    all: () => kept.content.keys,
    update: (change) => kept.update((now) => new Keys(change(now.keys))),
    refresh: () => kept.refresh(),
    onChange: (listener) => kept.onChange((_now, before) => listener(before.keys)),
    close: () => kept.close(),
  };
}

export class Keys {
  readonly keys: readonly KeptKey[];
  readonly byId: ReadonlyMap<string, KeptKey>;

  constructor(keys: readonly KeptKey[]) {
    this.keys = keys;
    this.byId = new Map(keys.map((key) => [key.id, key]));
  }

  toJSON(): unknown {
    return { version: 1, keys: this.keys };
  }
}

function read(value: unknown): Keys | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { version, keys }: { version?: unknown; keys?: unknown } = value;
  if (version !== 1 || !Array.isArray(keys)) return undefined;
  const read = keys.map(readKey);
  const known = read.filter((key) => key !== undefined);
  return known.length === read.length ? new Keys(known) : undefined;
}

export const keysFormat: KeptFormat<Keys> = { empty: new Keys([]), read };
