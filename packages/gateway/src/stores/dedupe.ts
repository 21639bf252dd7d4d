/** Telling a repeated publish from a new one: idempotency keys and producer sequences; and one that came too late. */
import type { Fence, Producer } from "@signalbox/core";
import { type ErrorName, formatPosition, limits, type Position } from "@signalbox/protocol";

/** Where a producer stands in a channel. */
export interface ProducerState {
  epoch: number;
  /** Last sequence number accepted in this epoch. */
  seq: number;
  /** Offset of the event with that number. */
  offset: number;
  /** Offsets of the last accepted numbers, newest last; ends with `offset`. */
  recent: number[];
}

export interface Refusal {
  code: ErrorName;
  message: string;
  details: Record<string, unknown>;
}

export type Verdict = { is: "new" } | { is: "duplicate"; offset?: number } | ({ is: "refused" } & Refusal);

/** Numbers whose offset is remembered, to answer a repeat with its position. More than anyone has in flight. */
const recentKept = 512;

/** Producers remembered in a channel: the longest silent is forgotten first. */
export const producersKept = 1_000;

export function judgeProducer(known: ProducerState | undefined, { epoch, seq }: Producer): Verdict {
  if (known !== undefined && epoch < known.epoch) {
    return {
      is: "refused",
      code: "fenced",
      message: `producer epoch ${epoch} was replaced by ${known.epoch}`,
      details: { epoch: known.epoch },
    };
  }
  const last = known !== undefined && known.epoch === epoch ? known : undefined;
  const expected = (last?.seq ?? 0) + 1;
  if (seq === expected) return { is: "new" };
  if (seq > expected || last === undefined) {
    return {
      is: "refused",
      code: "sequence_gap",
      message: `expected sequence ${expected} of producer epoch ${epoch}, got ${seq}`,
      details: { expected },
    };
  }
  const offset = last.recent[last.recent.length - 1 - (last.seq - seq)];
  return offset === undefined ? { is: "duplicate" } : { is: "duplicate", offset };
}

/** Why an entry that expects the head elsewhere is not kept; `undefined` if it is there. */
export function headRefusal({ epoch, offset }: Position, head: Position): Refusal | undefined {
  if (offset === head.offset && epoch === head.epoch) return undefined;
  const message = `the newest event is at ${formatPosition(head)}`;
  return { code: "head_moved", message, details: { ...head } };
}

/** The state after a sequence number was accepted at an offset. */
export function advanceProducer(
  known: ProducerState | undefined,
  { epoch, seq }: Producer,
  offset: number,
): ProducerState {
  if (known === undefined || known.epoch !== epoch) return { epoch, seq, offset, recent: [offset] };
  known.seq = seq;
  known.offset = offset;
  known.recent.push(offset);
  if (known.recent.length > 2 * recentKept) known.recent = known.recent.slice(-recentKept);
  return known;
}

/** Why a fence cannot be set; `undefined` if it can. `standing`: where its producers are. */
export function fenceRefusal({ epoch }: Fence, standing: readonly (ProducerState | undefined)[]): Refusal | undefined {
  const newest = Math.max(-1, ...standing.map((one) => one?.epoch ?? -1));
  if (newest < epoch) return undefined;
  const message = `a producer has been in epoch ${newest}`;
  return { code: "fenced", message, details: { epoch: newest } };
}

/** At the beginning of an epoch: its first event has number 1. */
export const beginningOf = (epoch: number, offset: number): ProducerState => ({
  ...{ epoch, seq: 0, offset },
  recent: [offset],
});

interface Kept {
  key: string;
  offset: number;
  keptMs: number;
}

/** The idempotency keys of one channel that still count: by age and by number, oldest forgotten first. */
export class KeyWindow {
  readonly #offsets = new Map<string, number>();
  /** In the order of keeping. A Map alone would do, but walking past its deleted entries is slow. */
  #queue: Kept[] = [];
  #head = 0;

  get size(): number {
    return this.#offsets.size;
  }

  /** The offset kept under this key, if it still counts. */
  find(key: string, nowMs: number): number | undefined {
    this.#forget(nowMs);
    return this.#offsets.get(key);
  }

  add(key: string, offset: number, nowMs: number): void {
    this.#offsets.set(key, offset);
    this.#queue.push({ key, offset, keptMs: nowMs });
    this.#forget(nowMs);
  }

  /** Offset of the oldest key that still counts; `undefined` when none does. */
  oldestOffset(nowMs: number): number | undefined {
    this.#forget(nowMs);
    return this.#queue[this.#head]?.offset;
  }

  #forget(nowMs: number): void {
    const since = nowMs - limits.idempotencyMs.default;
    for (;;) {
      const oldest = this.#queue[this.#head];
      if (oldest === undefined) break;
      if (oldest.keptMs > since && this.#queue.length - this.#head <= limits.idempotencyKeys.default) break;
      this.#offsets.delete(oldest.key);
      this.#head++;
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
