/** WebSocket frames made once: a publication's bytes are shared by everybody who gets it. */
import type { SharedPublication } from "@signalbox/core";
import * as ws from "ws";

const textOpcode = 1;

interface FrameOptions {
  fin: boolean;
  opcode: number;
  mask: boolean;
  readOnly: boolean;
  rsv1: boolean;
}

/** ws makes frames with this and exports it, though its types do not say so. */
interface SenderClass {
  frame(data: Buffer, options: FrameOptions): Buffer[];
}

const Sender = Reflect.get(ws, "Sender") as SenderClass;
const options: FrameOptions = { fin: true, opcode: textOpcode, mask: false, readOnly: true, rsv1: false };

/** One unmasked text frame, header and payload in one piece. */
export const textFrame = (text: string): Buffer => Buffer.concat(Sender.frame(Buffer.from(text), options));

export function frameOf(publication: SharedPublication): Uint8Array {
  publication.wire ??= textFrame(publication.json);
  return publication.wire;
}
