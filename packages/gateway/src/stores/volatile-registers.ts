/** Registers kept in this process's memory. */
import type { Addition, Appended, Register, RegisterChange, RegisterQuery } from "@signalbox/core";
import { limits } from "@signalbox/protocol";
import { registersBytes, sumOf } from "./registers.ts";
import { SortedNames } from "./sorted-names.ts";

interface Kept extends Omit<Register, "epoch"> {
  open: boolean;
  changedMs: number;
}

/** Closed registers looked at when another one closes: more than are added, so that none stays for long. */
const forgottenAtOnce = 4;

/** An entry whose register is not as it said is answered with this. */
export const conflict = (found: { version: number; value?: string | undefined } | undefined) =>
  ({
    ok: false,
    code: "conflict",
    message: "the register was changed by somebody else",
    details: { version: found?.version ?? 0, ...(found?.value === undefined ? {} : { value: found.value }) },
  }) as const satisfies Appended;

export class VolatileRegisters {
  readonly #epoch: string;
  readonly #kept = new Map<string, Kept>();
  readonly #names = new SortedNames();
  /** Closed ones, in the order of their last change. */
  readonly #closed = new Set<string>();

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** Why the change cannot be made now; `undefined` if it can. */
  refusal({ key, from }: RegisterChange): Appended | undefined {
    const found = this.#kept.get(key);
    return (found?.version ?? 0) === from ? undefined : conflict(found);
  }

  change(change: RegisterChange, offset: number, nowMs: number): void {
    const { key, from, value, open } = change;
    this.#closed.delete(key);
    if (value === undefined) this.#delete(key);
    else {
      const counts = change.counts ?? this.#kept.get(key)?.counts;
      if (!this.#kept.has(key)) this.#names.add(key);
      const kept = { key, version: from + 1, value, offset, open, changedMs: nowMs };
      this.#kept.set(key, counts === undefined ? kept : { ...kept, counts });
      if (!open) this.#closed.add(key);
    }
    this.#forget(nowMs);
  }

  add(adds: readonly Addition[]): void {
    for (const { key, amounts } of adds) {
      const found = this.#kept.get(key);
      if (found?.counts !== undefined) found.counts = sumOf(found.counts, amounts);
    }
  }

  get(key: string): Register | undefined {
    const found = this.#kept.get(key);
    return found && this.#plain(found);
  }

  list({ prefix, after, limit, open }: RegisterQuery): Register[] {
    const found: Register[] = [];
    let bytes = 0;
    for (const key of this.#names.from(prefix, after)) {
      const kept = this.#kept.get(key);
      if (kept === undefined || (open === true && !kept.open)) continue;
      bytes += kept.value.length;
      if (found.length >= limit || (bytes > registersBytes && found.length > 0)) break;
      found.push(this.#plain(kept));
    }
    return found;
  }

  #forget(nowMs: number): void {
    let looked = 0;
    for (const key of this.#closed) {
      const changedMs = this.#kept.get(key)?.changedMs ?? 0;
      if (++looked > forgottenAtOnce || nowMs - changedMs < limits.steeringKeptMs.default) return;
      this.#closed.delete(key);
      this.#delete(key);
    }
  }

  #plain({ key, version, value, offset, counts }: Kept): Register {
    const register = { key, version, value, offset, epoch: this.#epoch };
    return counts === undefined ? register : { ...register, counts };
  }

  #delete(key: string): void {
    if (this.#kept.delete(key)) this.#names.remove(key);
  }
}
