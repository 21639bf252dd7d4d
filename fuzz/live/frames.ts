/** WebSocket frames as a client makes them, and as no client should; and the frames of a server, read strictly. */
import { closeCodes } from "@signalbox/protocol";

export interface Frame {
  /** FIN, three reserved bits and the opcode. */
  first: number;
  payload: Buffer;
  masked: boolean;
  /** What the header says, if not the payload's length. */
  length?: bigint | undefined;
  /** The form of the length: 7 bits, 16, 64, or the shortest. */
  form: 7 | 16 | 64 | undefined;
}

export function frameBytes({ first, payload, masked, length, form }: Frame): Buffer {
  const said = length ?? BigInt(payload.length);
  const bits = form ?? (said < 126n ? 7 : said < 65_536n ? 16 : 64);
  const head = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10);
  head[0] = first;
  const mask = masked ? 0x80 : 0;
  head[1] = mask | (bits === 7 ? Number(said & 0x7fn) : bits === 16 ? 126 : 127);
  if (bits === 16) head.writeUInt16BE(Number(said & 0xffffn), 2);
  if (bits === 64) head.writeBigUInt64BE(BigInt.asUintN(64, said), 2);
  if (!masked) return Buffer.concat([head, payload]);
  const key = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
  const hidden = Buffer.from(payload.map((byte, at) => byte ^ (key[at & 3] ?? 0)));
  return Buffer.concat([head, key, hidden]);
}

/** Throws unless the bytes are whole text, ping, pong and close frames as a server may send them; a cut at the end is fine. */
export function readServerFrames(bytes: Buffer): { texts: string[]; close: number | undefined } {
  const texts: string[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    if ((second & 0x80) !== 0) throw new Error("the gateway masks a frame");
    const short = second & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (at + head > bytes.length) break;
    const length =
      short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
    const payload = bytes.subarray(at + head, at + head + length);
    at += head + length;
    if (payload.length < length) break;
    if (first === 0x81) texts.push(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    else if (first === 0x88) {
      if (at < bytes.length) throw new Error("something follows the gateway's close frame");
      const close = length < 2 ? 1005 : payload.readUInt16BE(0);
      return { texts, close };
    } else if (first !== 0x89 && first !== 0x8a)
      throw new Error(`the gateway sends a frame of 0x${first.toString(16)}`);
  }
  return { texts, close: undefined };
}

/** What ws itself says of broken frames, and what spec/codes.json says. Whoever closes gets its own number back. */
export function checkClose(code: number): void {
  const ofFrames = [1002, 1007, 1008, 1009];
  const ours = Object.values(closeCodes).some(({ number }) => number === code);
  if (!ofFrames.includes(code) && !ours) throw new Error(`closed with ${code}`);
}
