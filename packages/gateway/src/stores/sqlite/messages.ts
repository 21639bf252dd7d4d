/** What the store's threads say to each other. */
import type {
  Addition,
  ChannelInfo,
  NamespaceOptions,
  Register,
  RegisterChange,
  RegisterQuery,
  SavedSnapshot,
  SearchQuery,
  SearchResult,
  Trimmed,
} from "@signalbox/core";
import type { Position } from "@signalbox/protocol";
import type { Refusal } from "../dedupe.ts";

export interface WriterData {
  directory: string;
  namespaces: Readonly<Record<string, NamespaceOptions>>;
}

export interface SearcherData {
  directory: string;
  epoch: string;
}

/** Flat arrays: a batch of objects takes a third longer to copy to the other thread. */
export interface AppendAsk {
  /** Does any entry's namespace ask for it? */
  fsync: boolean;
  /** Per entry: channel, type, timestampMs, body. */
  rows: (string | number)[];
  /** Per entry that has any: its index, idempotency key, producer's id, epoch and seq. */
  marks: (string | number | null)[];
  /** Indexes of entries that may not be the first of their channel. */
  existing: number[];
  /** Of entries that expect the head somewhere. */
  expected: { index: number; at: Position }[];
  /** Of entries that change one: rare beside the others. */
  registers: { index: number; change: RegisterChange }[];
  /** Of entries that add to counts: rarer still. */
  adds: { index: number; adds: readonly Addition[] }[];
}

export const rowWidth = 4;
export const markWidth = 5;

export interface AppendAnswer {
  /** Per entry: its offset; negative for a duplicate of that offset; 0 when neither is known, or it was refused. */
  offsets: number[];
  refusals: { index: number; refusal: Refusal }[];
  /** The newest event's number. */
  lastN: number;
}

export interface ReadAsk {
  channel: string;
  after: number;
  limit: number;
  maxBytes: number;
}

/** Events `first`, `first + 1` …, a column at a time. */
export interface ReadAnswer {
  floor: number;
  top: number;
  first: number;
  types: string[];
  times: number[];
  bodies: string[];
}

export type StoredRegister = Omit<Register, "epoch">;

type Info = Omit<ChannelInfo, "epoch">;

/** What the writer answers. */
export interface WriterAsks {
  open: { ask: null; answer: { epoch: string; lastN: number } };
  append: { ask: AppendAsk; answer: AppendAnswer };
  read: { ask: ReadAsk; answer: ReadAnswer };
  trimmed: { ask: { channel: string; from: number; to: number }; answer: Trimmed };
  info: { ask: { channel: string }; answer: Info | undefined };
  list: { ask: { pattern: string; after: string; limit: number }; answer: Info[] };
  loadSnapshot: {
    ask: { channel: string; reducer: string | undefined };
    answer: Omit<SavedSnapshot, "epoch"> | undefined;
  };
  register: { ask: { key: string }; answer: StoredRegister | undefined };
  registers: { ask: RegisterQuery; answer: StoredRegister[] };
  /** Additions by events that this database does not have. */
  add: { ask: { adds: readonly Addition[] }; answer: null };
  saveSnapshots: { ask: { batch: readonly SavedSnapshot[] }; answer: null };
  /** Time has passed: what is written behind is written, what is too old goes. */
  tick: { ask: null; answer: null };
  close: { ask: null; answer: null };
}

/** What the searcher answers. `through`: the number of the newest event that it may show, and should know. */
export interface SearcherAsks {
  /** `busy`: much is being published; indexing then takes a fifth of its thread. */
  index: { ask: { through: number; busy: boolean }; answer: null };
  search: { ask: { query: SearchQuery; through: number }; answer: SearchResult };
  close: { ask: null; answer: null };
}

/** Questions by name, with the shapes of question and answer. */
export type Asks<All> = { [Name in keyof All]: { ask: unknown; answer: unknown } };

export interface Question<All extends Asks<All>, Name extends keyof All = keyof All> {
  id: number;
  what: Name;
  ask: All[Name]["ask"];
  /** The asking side's clock: the threads have none. */
  nowMs: number;
}

export type Answer =
  | { id: number; value: unknown }
  /** `ended`: writes have ended. */
  | { id: number; error: string; ended: boolean }
  | { warn: string };

export type Answers<All extends Asks<All>> = {
  [Name in keyof All]: (ask: All[Name]["ask"], nowMs: number) => All[Name]["answer"];
};
