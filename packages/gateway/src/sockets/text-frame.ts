/** A server's WebSocket frames, header and payload in one piece: made once, whoever gets them. */

/** FIN, and the opcode for text. */
const finalText = 0x81;

/** One unmasked text frame, header and payload in one piece. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = frameFor(finalText, length);
  frame.write(text, frame.length - length);
  return frame;
}

/** A frame whose last `length` bytes, its payload, are still to be written. `first`: its first byte. */
export function frameFor(first: number, length: number): Buffer {
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = first;
  if (header === 2) {
    frame[1] = length;
  } else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  return frame;
}
