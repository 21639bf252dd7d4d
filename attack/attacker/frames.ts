/** Frames as no decent client makes them. bench/load/frames.ts has the decent ones. */

export interface Oddities {
  /** The last of its message; true if absent. */
  final?: boolean;
  /** RSV1: the payload is said to be deflated. */
  deflated?: boolean;
}

export const continuation = 0;

/** A masked client frame of at most 65,535 bytes. The mask is 0, which leaves the payload as it is. */
export function oddFrame(opcode: number, payload: Uint8Array, { final = true, deflated = false }: Oddities): Buffer {
  const short = payload.length < 126;
  const frame = Buffer.alloc((short ? 2 : 4) + 4 + payload.length);
  frame[0] = (final ? 0x80 : 0) | (deflated ? 0x40 : 0) | opcode;
  frame[1] = 0x80 | (short ? payload.length : 126);
  if (!short) frame.writeUInt16BE(payload.length, 2);
  frame.set(payload, frame.length - payload.length);
  return frame;
}

/** The header of a frame that says it will have so many bytes; none of them follow. */
export function promise(opcode: number, length: bigint): Buffer {
  const header = Buffer.alloc(14);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(length, 2);
  return header;
}
