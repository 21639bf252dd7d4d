/** WebSocket frames made once: a publication's bytes are shared by everybody who gets it. */
import type { SharedPublication, StateMessages } from "@signalbox/core";
import { textFrame } from "../../sockets/text-frame.ts";

const finalPing = 0x89;
const finalPong = 0x8a;

/** How a connection gets publications. */
export type FrameOf = (publication: SharedPublication) => Uint8Array;

export function frameOf(publication: SharedPublication): Uint8Array {
  publication.wire ??= textFrame(publication.json);
  return publication.wire;
}

/** A frame for each, in one piece. */
export function framesOf(messages: StateMessages): Uint8Array {
  messages.wire ??= Buffer.concat(messages.texts.map(textFrame));
  return messages.wire;
}

/** The text of a frame made here. */
export function payloadOf(frame: Uint8Array): Uint8Array {
  const length = frame[1] ?? 0;
  return frame.subarray(length < 126 ? 2 : length === 126 ? 4 : 10);
}

/** `data` is that of the ping: at most 125 bytes, copied, since they are a view into all that came with it. */
export function pongFrame(data: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafeSlow(2 + data.length);
  frame[0] = finalPong;
  frame[1] = data.length;
  frame.set(data, 2);
  return frame;
}

/** A ping that brings its number, 1 to 255: our heartbeats bring nothing. The same bytes for everybody. */
export const probeFrame = (number: number): Uint8Array => probeFrames.subarray(number * 3, number * 3 + 3);

const probeFrames = Buffer.from(Array.from({ length: 256 }, (_, number) => [finalPing, 1, number]).flat());

/** Which probe a pong answers; 0: it answers none. */
export const probeNumber = (pong: Uint8Array): number => (pong.length === 1 ? (pong[0] ?? 0) : 0);
