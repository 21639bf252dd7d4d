/** The packet of a publication, made once for everybody who gets it. */
import { textFrame } from "../../sockets/text-frame.ts";

/** Engine.IO's type of a packet that carries one of Socket.IO. */
const message = "4";

export class SharedPacket {
  readonly text: string;
  #options: { compress: false; wsPreEncodedFrame: readonly [Buffer] } | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** With the WebSocket frame of it, in the list that Engine.IO hands to ws, made when first somebody gets the packet as it is. */
  get options(): { compress: false; wsPreEncodedFrame: readonly [Buffer] } {
    this.#options ??= { compress: false, wsPreEncodedFrame: [textFrame(message + this.text)] };
    return this.#options;
  }
}
