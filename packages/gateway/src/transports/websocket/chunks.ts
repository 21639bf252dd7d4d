/** A large message on its way in binary frames (§3.8), so that others get through in between. */

/** FIN, and the opcode for binary. */
const finalBinary = 0x82;
const chunkKind = 3;
const firstFlag = 1;
const lastFlag = 2;
/** Kind and flags. */
const headBytes = 2;
/** In one frame at the most, and at the least where there is more. */
const mostBytes = 65_536;
const leastBytes = 2_048;

/** Messages of more come in chunks: as much as may be written at once. */
export const chunkAbove = (windowBytes: number): number => Math.min(mostBytes, windowBytes / 2);

/** A quarter of what may be on the way: then there is room for others behind each. */
export const chunkBytes = (windowBytes: number): number =>
  Math.min(mostBytes, Math.max(leastBytes, Math.floor(windowBytes / 4)));

export class Chunks {
  /** Whose later messages have to wait. */
  readonly channel: string;
  readonly #text: Uint8Array;
  #at = 0;

  /** `text`: UTF-8. */
  constructor(channel: string, text: Uint8Array) {
    this.channel = channel;
    this.#text = text;
  }

  get done(): boolean {
    return this.#at === this.#text.length;
  }

  /** A frame with the next so many bytes. */
  next(bytes: number): Uint8Array {
    const end = Math.min(this.#text.length, this.#at + bytes);
    const flags = (this.#at === 0 ? firstFlag : 0) | (end === this.#text.length ? lastFlag : 0);
    const payload = headBytes + end - this.#at;
    const header = payload < 126 ? 2 : payload < 65_536 ? 4 : 10;
    const frame = Buffer.allocUnsafe(header + payload);
    frame[0] = finalBinary;
    frame[1] = header === 2 ? payload : header === 4 ? 126 : 127;
    if (header === 4) frame.writeUInt16BE(payload, 2);
    else if (header === 10) frame.writeBigUInt64BE(BigInt(payload), 2);
    frame[header] = chunkKind;
    frame[header + 1] = flags;
    frame.set(this.#text.subarray(this.#at, end), header + headBytes);
    this.#at = end;
    return frame;
  }
}
