/** Messages about states that several connections are sent at once: made once, in one piece for each transport. */

export class StateMessages {
  /** Each a message as JSON text. */
  readonly texts: readonly string[];
  /** Characters of all of them, which are about their bytes. */
  readonly size: number;
  /** The WebSocket frames of them, kept here by the transport that made them first. */
  wire: Uint8Array | undefined;

  constructor(texts: readonly string[]) {
    this.texts = texts;
    this.size = texts.reduce((sum, { length }) => sum + length, 0);
    this.wire = undefined;
  }
}
