/** The little of RFC 6455 that a load generator needs: client frames out, server frames in. */

/** Control frames have the bit 8 of the opcode. */
export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/**
 * A final client frame. The mask is 0, which leaves the payload as it is: the sender saves the work, the receiver
 * has the same work as with any other mask.
 */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  const header = headerBytes(payload.length) + 4;
  const frame = Buffer.alloc(header + payload.length);
  putLength(frame, opcode, payload.length);
  frame[1] = (frame[1] ?? 0) | 0x80;
  frame.set(payload, header);
  return frame;
}

/** A final server frame, for subjects that are written here. */
export function serverFrame(opcode: number, payload: Uint8Array): Buffer {
  const header = headerBytes(payload.length);
  const frame = Buffer.allocUnsafe(header + payload.length);
  putLength(frame, opcode, payload.length);
  frame.set(payload, header);
  return frame;
}

const headerBytes = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

function putLength(frame: Buffer, opcode: number, length: number): void {
  frame[0] = 0x80 | opcode;
  if (length < 126) {
    frame[1] = length;
  } else if (length < 65_536) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
}

/** Gets the payload `bytes[start..end)`; the bytes are only its until it returns. */
export type OnFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void;

/**
 * Finds whole frames in what one socket reads. Only headers are looked at; bytes are copied only where a frame is cut
 * by the end of a read. Fragmented messages are not joined: no subject here sends them.
 */
export class FrameScanner {
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose end has not come yet. */
  #cut: Buffer = Buffer.alloc(0);
  #cutLength = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Takes `bytes[from..to)`, the next bytes of the stream. */
  read(bytes: Buffer, from: number, to: number): void {
    let at = from;
    while (this.#cutLength > 0) {
      const whole = frameEnd(this.#cut, 0, this.#cutLength);
      if (whole > 0 && whole <= this.#cutLength) {
        const cut = this.#cut;
        this.#cutLength = 0;
        this.#emit(cut, 0, whole);
        break;
      }
      if (at === to) return;
      // Without its whole header the frame's length is unknown: go on byte by byte until it is.
      const wanted = whole > 0 ? whole - this.#cutLength : 1;
      const taken = Math.min(wanted, to - at);
      this.#keep(bytes, at, at + taken);
      at += taken;
    }
    while (at < to) {
      const end = frameEnd(bytes, at, to);
      if (end < 0 || end > to) {
        this.#keep(bytes, at, to);
        return;
      }
      this.#emit(bytes, at, end);
      at = end;
    }
  }

  #emit(bytes: Buffer, at: number, end: number): void {
    const marker = (bytes[at + 1] ?? 0) & 0x7f;
    const header = marker < 126 ? 2 : marker === 126 ? 4 : 10;
    this.#onFrame((bytes[at] ?? 0) & 0x0f, bytes, at + header, end);
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    const length = this.#cutLength + to - from;
    if (length > this.#cut.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(1024, 2 * length));
      this.#cut.copy(larger, 0, 0, this.#cutLength);
      this.#cut = larger;
    }
    bytes.copy(this.#cut, this.#cutLength, from, to);
    this.#cutLength = length;
  }
}

/** Where the frame that begins at `at` ends; -1 while its header is not whole. Server frames have no mask. */
function frameEnd(bytes: Buffer, at: number, to: number): number {
  if (to - at < 2) return -1;
  const marker = (bytes[at + 1] ?? 0) & 0x7f;
  if (marker < 126) return at + 2 + marker;
  if (marker === 126) {
    if (to - at < 4) return -1;
    return at + 4 + ((bytes[at + 2] ?? 0) << 8) + (bytes[at + 3] ?? 0);
  }
  if (to - at < 10) return -1;
  return at + 10 + Number(bytes.readBigUInt64BE(at + 2));
}
