/**
 * Publications compressed once for all who get them so (spec §3.9): a gzip in a binary frame, or a text frame with
 * permessage-deflate. Without context takeover a frame owes nothing to those before it, so everybody can have the same.
 */
import { constants, deflateRawSync, gzipSync } from "node:zlib";
import type { SharedPublication } from "@signalbox/core";
import { frameFor } from "../../sockets/text-frame.ts";
import { type FrameOf, frameOf } from "./frames.ts";

export const gzip = "gzip";

/** Shorter messages gain too little. Bytes of UTF-8. */
const leastBytes = 1_024;
/**
 * Longer ones would hold up everybody: the event loop does nothing else meanwhile. At 7 µs per KiB of log lines and 14 of
 * base64 this is 0.3 to 1.8 ms, about what one slice of writing takes.
 */
const mostBytes = 131_072;
/** The fastest: a higher one gains 1 to 3 % of these sizes, and takes up to five times as long. */
const level = 1;

/** FIN, and the opcode for binary. */
const finalBinary = 0x82;
/** What a binary frame holds is said by its first byte. */
const gzipKind = 2;
/** FIN, RSV1 for "deflated", and the opcode for text. */
const deflatedText = 0xc1;
/** Every sync flush ends with 00 00 ff ff, which stays unsaid (RFC 7692 §7.2.1). */
const flushBytes = 4;

export class Compressor {
  /** Publications compressed since the start. */
  made = 0;
  readonly gzipped: FrameOf = (publication) => this.#frameOf(publication, gzip, gzipFrame);
  readonly deflated: FrameOf = (publication) => this.#frameOf(publication, "deflate", deflatedFrame);

  #frameOf(publication: SharedPublication, codec: string, make: (json: string) => Uint8Array): Uint8Array {
    const kept = publication.compressed?.get(codec);
    if (kept !== undefined) return kept;
    const { json } = publication;
    const bytes = bytesOf(publication);
    // Nothing more is kept of those that are not compressed.
    if (bytes <= leastBytes || bytes > mostBytes) return frameOf(publication);
    this.made++;
    const made = make(json);
    const frame = made.length < bytes ? made : frameOf(publication);
    publication.compressed ??= new Map();
    publication.compressed.set(codec, frame);
    return frame;
  }
}

/** Of its text. Counted at most once: who is not given a compressed frame gets the plain one, which tells. */
const bytesOf = ({ json, wire }: SharedPublication): number =>
  wire === undefined ? Buffer.byteLength(json) : wire.length - (wire.length < 65_536 ? 4 : 10);

/** Byte 0 says gzip, then comes the gzip of the message, in which `metadata.compressed` is true. */
export function gzipFrame(json: string): Uint8Array {
  const packed = gzipSync(markCompressed(json), { level });
  const frame = frameFor(finalBinary, packed.length + 1);
  const at = frame.length - packed.length;
  frame[at - 1] = gzipKind;
  frame.set(packed, at);
  return frame;
}

export function deflatedFrame(json: string): Uint8Array {
  const packed = deflateRawSync(json, { level, finishFlush: constants.Z_SYNC_FLUSH });
  const length = packed.length - flushBytes;
  const frame = frameFor(deflatedText, length);
  frame.set(packed.subarray(0, length), frame.length - length);
  return frame;
}

const metadataMember = '"metadata":';

/** The message's text, with `metadata.compressed` true. It was made by JSON.stringify, which spells a name in one way only. */
export function markCompressed(json: string): string {
  const at = json.lastIndexOf(metadataMember);
  if (at < 0) return `${json.slice(0, -1)},${metadataMember}{"compressed":true}}`;
  // What ends with the message is a member of it, not of something inside, where braces would be left over.
  const last = parsed(json.slice(at + metadataMember.length, -1));
  if (isObject(last)) {
    return `${json.slice(0, at)}${metadataMember}${JSON.stringify({ ...last, compressed: true })}}`;
  }
  const message = parsed(json);
  if (!isObject(message)) return json;
  const metadata: unknown = Reflect.get(message, "metadata");
  return JSON.stringify({ ...message, metadata: { ...(isObject(metadata) && metadata), compressed: true } });
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** `undefined` where the text is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
