/**
 * The position of every channel of a stream in one text: `EPOCH*CHANNEL*OFFSET*CHANNEL*OFFSET;EPOCH*…`. Neither `*`
 * nor `;` is a character of channels and epochs. It travels in `id:` and Last-Event-ID, so it has to stay short.
 */
import { isChannel, isEpoch, isOffset, type Position } from "@signalbox/protocol";

/** Headers may be 16 KiB; half of that leaves room for the others. */
export const cursorLength = 8_192;

export class Cursor {
  readonly #byEpoch = new Map<string, Map<string, number>>();
  readonly #epochOf = new Map<string, string>();

  get size(): number {
    return this.#epochOf.size;
  }

  set(channel: string, { epoch, offset }: Position): void {
    const before = this.#epochOf.get(channel);
    if (before !== epoch) {
      if (before !== undefined) this.#byEpoch.get(before)?.delete(channel);
      this.#epochOf.set(channel, epoch);
    }
    const offsets = this.#byEpoch.get(epoch) ?? new Map<string, number>();
    offsets.set(channel, offset);
    this.#byEpoch.set(epoch, offsets);
  }

  /** By channel. */
  positions(): Map<string, Position> {
    const all = new Map<string, Position>();
    for (const [epoch, offsets] of this.#byEpoch) {
      for (const [channel, offset] of offsets) all.set(channel, { epoch, offset });
    }
    return all;
  }

  toString(): string {
    let text = "";
    for (const [epoch, offsets] of this.#byEpoch) {
      if (offsets.size === 0) continue;
      if (text !== "") text += ";";
      text += epoch;
      for (const [channel, offset] of offsets) text += `*${channel}*${offset}`;
    }
    return text;
  }
}

/** `undefined` unless the text is such a cursor. */
export function parseCursor(text: string): Cursor | undefined {
  const cursor = new Cursor();
  for (const group of text.split(";")) {
    const [epoch, ...pairs] = group.split("*");
    if (!isEpoch(epoch) || pairs.length === 0 || pairs.length % 2 !== 0) return undefined;
    for (let i = 0; i < pairs.length; i += 2) {
      const channel = pairs[i];
      const offset = Number(pairs[i + 1]);
      if (!isChannel(channel) || !/^[0-9]{1,16}$/.test(pairs[i + 1] ?? "") || !isOffset(offset)) return undefined;
      cursor.set(channel, { epoch, offset });
    }
  }
  return cursor;
}
